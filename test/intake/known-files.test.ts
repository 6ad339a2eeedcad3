import { readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { InputError } from '../../lib/errors.ts';
import { originalRows } from '../../lib/intake/original-rows.ts';
import type { IntakeResult } from '../../lib/intake/read-records.ts';
import { sampleRows } from '../../lib/intake/sample-rows.ts';
import { intakeBench } from './intake-session.ts';
import { textPackOf } from './pack-of.ts';

const FIXTURES = join(import.meta.dirname, '../fixtures');
const SPECTRUM = join(FIXTURES, 'csv-spectrum');
const HORROR = join(FIXTURES, 'horror');
const bench = intakeBench();

async function originalsOf({ records, deliveries }: IntakeResult): Promise<Record<string, string>[]> {
  const { columns, table } = await originalRows(records, deliveries, records);
  const rows = await bench.session.rows<Record<string, string | null>>(`SELECT * FROM ${table} ORDER BY seq`);
  return rows.map((row) => Object.fromEntries(columns.map((name, at) => [name, row[`c${at}`] ?? ''])));
}

describe('csv-spectrum', () => {
  const names = readdirSync(join(SPECTRUM, 'csvs')).map((file) => basename(file, '.csv'));

  test('has its twelve files', () => expect(names).toHaveLength(12));

  test.each(names)('%s comes out as its JSON says', async (name) => {
    const path = join(SPECTRUM, 'csvs', `${name}.csv`);
    const answer: unknown = JSON.parse(readFileSync(join(SPECTRUM, 'json', `${name}.json`), 'utf8'));
    const expected = (Array.isArray(answer) ? answer : [answer]) as Record<string, string>[];
    // Upstream made the number unrecognisable in the JSON only.
    if (name === 'location_coordinates') expected[0]!['Contact Phone Number'] = '2095257564';
    const { header } = await sampleRows(path, 1);
    const { result, records, rejects } = await bench.read(textPackOf(header), path);
    expect(rejects).toEqual([]);
    expect(await originalsOf(result)).toEqual(expected);
    const typed = records.map((row) => Object.fromEntries(header.map((key) => [key, row[key] ?? ''])));
    const trimmed = expected.map((row) =>
      Object.fromEntries(Object.entries(row).map(([key, value]) => [key, value.trim()])),
    );
    expect(typed).toEqual(trimmed);
  });
});

/** Per file: [accepted, rejected, delimiter, encoding, a cell that shows it was read right], or what it is refused for. */
const OUTCOMES: Record<string, [number, number, string, string, string?] | RegExp> = {
  'badcolspan.html': /HTML page/,
  'begrotingsanalyse-2011.csv': [41, 0, ',', 'utf-8'],
  'bian-anal-mca-2005-dols-eng-1011-0312-tab3.xlsm': /Excel workbook/,
  'blank_line.ods': /OpenDocument/,
  'complex.csv': [3, 0, ',', 'utf-8', 'Galway and more'],
  'complex.html': /HTML page/,
  'encrypted_no_password.xls': /old Excel workbook/,
  'example.tsv': [140, 0, '\t', 'utf-8'],
  'excel_pasting.csv': [18, 0, ',', 'utf-8', 'Timber'],
  'excel_properties.xls': /old Excel workbook/,
  'html.html': /HTML page/,
  'invisible_text.html': /HTML page/,
  'libreoffice.xlsx': /Excel workbook/,
  'loffice-4.4.1.2.ods': /OpenDocument/,
  'long.csv': [3999, 0, ',', 'utf-8', 'foo'],
  'mixedGLB.csv': [133, 0, ',', 'utf-8'],
  'multilineods.ods': /OpenDocument/,
  'null.csv': /its first row \("1", "null", "0", …\) looks like data/,
  'ods_formats.ods': /OpenDocument/,
  'rowcolspan.html': /HTML page/,
  'simple.csv': [6, 0, ',', 'utf-8', 'Berkeley'],
  'simple.ods': /OpenDocument/,
  'simple.psv': [28, 0, '|', 'utf-8', '44000'],
  'simple.ssv': [6, 0, ';', 'utf-8', 'Berkeley'],
  'simple.unknown': /is empty \(0 bytes\)/,
  'simple.xls': /old Excel workbook/,
  'simple.xlsx': /Excel workbook/,
  'simple.zip': /ZIP archive/,
  'skip_initials.csv': [2, 0, ',', 'utf-8', 'goodbye'],
  'small.csv': [0, 0, ',', 'utf-8'],
  'span_rich.xls': /old Excel workbook/,
  'spanish_chars.csv': [115, 0, ',', 'windows-1252', 'Legislación'],
  'sparse_with_column_errors.csv': [2200, 0, ',', 'windows-1252'],
  'sw_gen.xlsx': /Excel workbook/,
  'unicode_sheet_name.xls': /old Excel workbook/,
  'utf-16le_encoded.csv': [327, 0, ',', 'utf-16le'],
  'utf8bom.csv': [0, 0, ',', 'utf-8'],
  // A title of several lines over the table, whose header begins with a delimiter.
  'weird_head_padding.csv': [60, 16, ';', 'utf-8'],
};

/** What stands where the header should is judged by the columns of a pack. */
const READ_WITHOUT_PACK = ['null.csv'];

describe('messytables horror', () => {
  test('has an outcome for every file', () => {
    const files = readdirSync(HORROR).filter((file) => !file.endsWith('.md'));
    expect(files.sort()).toEqual(Object.keys(OUTCOMES).sort());
  });

  test.each(Object.entries(OUTCOMES))('%s is read right or refused with a reason', async (name, outcome) => {
    const path = join(HORROR, name);
    if (outcome instanceof RegExp) {
      if (!READ_WITHOUT_PACK.includes(name)) {
        await expect(sampleRows(path, 5)).rejects.toThrow(InputError);
        await expect(sampleRows(path, 5)).rejects.toThrow(outcome);
      }
      await expect(bench.read(textPackOf(['a']), path)).rejects.toThrow(outcome);
      return;
    }
    const [accepted, rejected, delimiter, encoding, cell] = outcome;
    const { header } = await sampleRows(path, 1);
    const { result, records, rejects } = await bench.read(textPackOf(header), path);
    expect(result).toMatchObject({ received: accepted + rejected, accepted, rejected });
    expect(result.files[0]).toMatchObject({ name, delimiter, encoding, format: 'csv' });
    expect(rejects).toHaveLength(rejected);
    if (cell !== undefined) expect(records.flatMap(Object.values)).toContain(cell);
  });
});
