import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { cutRanges } from '../../lib/intake/cut-ranges.ts';
import { examineFor } from '../../lib/intake/delivery.ts';
import { readRange } from '../../lib/intake/read-range.ts';
import type { IntakeOptions } from '../../lib/intake/read-records.ts';
import { sampleRows } from '../../lib/intake/sample-rows.ts';
import { loadPack } from '../../lib/packs/load-pack.ts';
import { intakeBench } from './intake-session.ts';
import { columnOf, packOf, textPackOf } from './pack-of.ts';

const CASES = join(import.meta.dirname, '../fixtures/cases');
const bench = intakeBench();
const ABC = textPackOf(['a', 'b', 'c']);

async function read(text: string, pack = ABC, options: IntakeOptions = {}) {
  const path = bench.file('shape.csv', text);
  const { result, records, rejects } = await bench.read(pack, path, options);
  const cells = records.map((row) => pack.columns.map(({ name }) => row[name]));
  expect(result.received).toBe(result.accepted + result.rejected);
  return {
    result,
    warnings: result.warnings,
    cells,
    lines: records.map(({ line }) => Number(line)),
    rejects,
  };
}

describe('files/ and field/ cases', () => {
  const rows = [
    ['N001', 'A001', '120.50'],
    ['N002', 'A002', '900.00'],
    ['N003', 'A003', '50.00'],
  ];
  test.each([
    ['s01_sep_line', /its header is on line 2; the line before it is not read/],
    ['s01b_sep_quoted', /its header is on line 2/],
    ['s02_preamble', /its header is on line 5; the 4 lines before it are not read/],
    ['s09_extra_trailing_delim', /its rows end in a delimiter more than its header/],
    ['s10_header_trailing_delim_only', /its header ends in a delimiter more than its rows/],
    ['s24_excel_eof_ctrlz', null],
  ])('%s is read whole', async (name, warning) => {
    const pack = await loadPack(join(CASES, 'field/tx.yaml'));
    const { result, records, rejects } = await bench.read(pack, join(CASES, `field/${name}.csv`));
    expect(records.map(({ tx_id, account, amount }) => [tx_id, account, amount])).toEqual(rows);
    expect(rejects).toEqual([]);
    if (warning === null) expect(result.warnings).toEqual([]);
    else expect(result.warnings.join('\n')).toMatch(warning);
  });

  test('a lost separator before a quote is a reject and shifts no cell', async () => {
    const pack = await loadPack(join(CASES, 'files/lost-separator.yaml'));
    const { records, rejects } = await bench.read(pack, join(CASES, 'files/lost-separator.csv'));
    expect(records.map(({ a, b, c }) => [a, b, c])).toEqual([['1', 'q', '2']]);
    expect(rejects).toMatchObject([{ line: 2, text: '1,x"y,z"' }]);
    expect(rejects[0]!.reason).toContain('the delimiter before it may be missing');
  });

  test('rows of delimiters are no records', async () => {
    const pack = await loadPack(join(CASES, 'files/empty-rows.yaml'));
    const { result, records } = await bench.read(pack, join(CASES, 'files/empty-rows.csv'));
    expect(records.map(({ a, b }) => [a, b])).toEqual([
      ['1', '2'],
      ['3', '4'],
    ]);
    expect(result.warnings).toEqual([
      'empty-rows.csv: 2 rows of delimiters or blanks only are no records and not read, the first on line 3',
    ]);
  });

  test('a quote after a blank opens a quoted field', async () => {
    const { records } = await bench.read(ABC, join(CASES, 'files/comma-space.csv'));
    expect(records.map(({ a, b, c }) => [a, b, c])).toEqual([['1', 'x, y', '2']]);
  });

  test('a delimiter too many in every row is read with a warning', async () => {
    const pack = textPackOf(['a', 'b', 'c', 'label']);
    const { result, records } = await bench.read(pack, join(CASES, 'files/trailing-delimiter.csv'));
    expect(records.map(({ a, label }) => [a, label])).toEqual([
      ['1', '0'],
      ['4', '1'],
    ]);
    expect(result.warnings).toHaveLength(1);
  });

  test('a file without a header is refused with a hint, and read by position', async () => {
    const path = join(CASES, 'files/headerless-ofac-alt.csv');
    const pack = packOf([
      columnOf('id', 'integer'),
      columnOf('alt', 'integer'),
      columnOf('kind', 'string'),
      columnOf('name', 'string'),
    ]);
    await expect(bench.read(pack, path)).rejects.toThrow(/looks like data.*--no-header/);
    const { records } = await bench.read(pack, path, { header: false });
    expect(records.map(({ id, name, line }) => [id, name, line])).toEqual([
      ['36', 'AERO-CARIBBEAN', '1'],
      ['173', 'AVIA IMPORT', '2'],
      ['306', 'BNC', '3'],
    ]);
    expect((await bench.read({ ...pack, header: 'none' }, path)).records).toEqual(records);
  });

  test('a header without a name is refused with a hint', async () => {
    const path = join(CASES, 'files/all-empty-header.csv');
    await expect(bench.read(ABC, path)).rejects.toThrow(/--no-header/);
    const { records } = await bench.read(ABC, path, { header: false });
    expect(records.map(({ a, b, c }) => [a, b, c])).toEqual([
      ['1', '2', '3'],
      ['4', '5', '6'],
    ]);
  });

  test('one column whose values hold another delimiter stays one column', async () => {
    expect(await sampleRows(join(CASES, 'field/g18_semicolon_in_one_col.csv'), 9)).toMatchObject({
      header: ['c0'],
    });
  });

  test('a preamble is seen without a pack', async () => {
    const { header, rows } = await sampleRows(join(CASES, 'field/g02_german_bank_preamble.csv'), 100);
    expect(header).toEqual(['Buchungsdatum', 'Wertstellung', 'Status', 'Empfänger', 'Betrag (€)']);
    expect(rows).toHaveLength(40);
  });
});

describe('what stands before the header', () => {
  test.each([
    ['a title', 'Report of May\na,b,c\n1,2,3\n', 2],
    ['a title with the table’s delimiters', 'Report of May,,\n,,\na,b,c\n1,2,3\n', 3],
    ['comments', '# made by x, y\n# at noon\na,b,c\n1,2,3\n', 3],
    ['a quote that is never closed', '"Report\n\na,b,c\n1,2,3\n', 3],
    ['key and value', 'from:,May\nto:,June\n\na,b,c\n1,2,3\n', 4],
    ['sep= with delimiters behind it', 'sep=,,,\na,b,c\n1,2,3\n', 2],
    ['sep= and a title', 'sep=;\nReport\na;b;c\n1;2;3\n', 3],
    ['sep= of a tab, CRLF', 'sep=\t\r\na\tb\tc\r\n1\t2\t3\r\n', 2],
  ])('%s is found, named, and lines are counted from the first', async (_what, text, line) => {
    const { cells, lines, warnings } = await read(text);
    expect(cells).toEqual([['1', '2', '3']]);
    expect(lines).toEqual([line + 1]);
    expect(warnings[0]).toContain(`its header is on line ${line}`);
  });

  test('blank lines are nothing to warn of', async () => {
    expect((await read('\n\na,b,c\n1,2,3\n')).warnings).toEqual([]);
  });

  test('a header that begins with # is a header', async () => {
    expect((await read('#a,b,c\n1,2,3\n')).cells).toEqual([['1', '2', '3']]);
  });

  test('--skip and header: say where it is, and what stands there is taken', async () => {
    const text = 'x,y,z\na,b,c\n1,2,3\n';
    expect((await read(text, ABC, { skipLines: 1 })).cells).toEqual([['1', '2', '3']]);
    expect((await read(text, { ...ABC, header: 2 })).cells).toEqual([['1', '2', '3']]);
    await expect(read(text, ABC, { skipLines: 0 })).rejects.toThrow(/no column of the domain/);
  });

  test('--skip counts lines of records where there is no header', async () => {
    const { cells, lines } = await read('title\n1,2,3\n4,5,6\n', ABC, { skipLines: 1, header: false });
    expect(cells).toEqual([
      ['1', '2', '3'],
      ['4', '5', '6'],
    ]);
    expect(lines).toEqual([2, 3]);
  });

  test('a first row with a name too few is the header still: rows do not become one', async () => {
    const { rejects } = await read('a,b,c\n1,2,3,4\n5,6,7,8\n');
    expect(rejects.map(({ reason }) => reason)).toEqual([
      'expected 3 fields, found 4',
      'expected 3 fields, found 4',
    ]);
  });
});

describe('comments', () => {
  test('are passed over and counted where the file begins with one', async () => {
    const { cells, warnings } = await read('# title\na,b,c\n1,2,3\n# middle\n4,5,6\n# end\n');
    expect(cells).toHaveLength(2);
    expect(warnings).toContain(
      'shape.csv: 2 lines that begin with # are no records and not read, the first on line 4',
    );
  });

  test('are no excuse for a record: # in a first cell stays, and elsewhere a short row is rejected', async () => {
    expect((await read('# title\na,b,c\n#1,2,3\n')).cells).toEqual([['#1', '2', '3']]);
    expect((await read('a,b,c\n1,2,3\n#4,5\n')).rejects).toHaveLength(1);
  });
});

describe('delimiters at the end', () => {
  test('several, as a spreadsheet leaves them, are read with a warning', async () => {
    const { cells, warnings } = await read('a,b,c\n1,2,3,,\n4,5,6,,\n');
    expect(cells).toHaveLength(2);
    expect(warnings[0]).toContain('2 delimiters more than its header');
  });

  test('are no licence: what stands behind the last column is a reject', async () => {
    const { cells, rejects } = await read('a,b,c\n1,2,3,\n4,5,6,x\n7,8,9,\n');
    expect(cells).toHaveLength(2);
    expect(rejects).toMatchObject([{ line: 3, reason: 'expected 3 fields, found 4' }]);
  });

  test('of one row only are a reject', async () => {
    const { rejects } = await read('a,b,c\n1,2,3\n4,5,6,\n7,8,9\n');
    expect(rejects).toMatchObject([{ line: 3 }]);
  });

  test('that header and rows share make a column without a name', async () => {
    expect((await read('a,b,c,\n1,2,3,\n')).warnings).toEqual([]);
  });
});

describe('quotes', () => {
  test.each([
    ['blanks around them', 'a,b,c\n1 , "x, ""y""" ,2\n', [['1', 'x, "y"', '2']]],
    ['a line end within, after a blank', 'a,b,c\n1, "x\ny",2\n', [['1', 'x\ny', '2']]],
    ['inches in two columns', 'a,b,c\n1,5",6"\n', [['1', '5"', '6"']]],
    ['inches in one', 'a,b,c\n1,12" pipe,3\n', [['1', '12" pipe', '3']]],
  ])('%s', async (_what, text, expected) => {
    expect((await read(text)).cells).toEqual(expected);
  });

  test.each(['1,x"y,z"', 'x"1,500.00",2', '1,12"pipe, long"', '1,x"y ,z" '])(
    '%j has lost a separator, and is a reject',
    async (row) => {
      const { cells, rejects } = await read(`a,b,c\n${row}\n4,5,6\n`);
      expect(cells).toEqual([['4', '5', '6']]);
      expect(rejects).toHaveLength(1);
    },
  );
});

describe('a header that repeats a name', () => {
  const text = 'a,b,a\n1,2,3\n';
  test('is fine where no column is meant', async () => {
    expect((await read(text, textPackOf(['b']))).cells).toEqual([['2']]);
  });
  test('is refused where one is, with both places', async () => {
    await expect(read(text, textPackOf(['a']))).rejects.toThrow(
      /has "a" more than once, in columns 1 and 3; say which one "a" is: position: 1/,
    );
  });
  test('is addressed by position', async () => {
    const pack = packOf([
      columnOf('first', 'string', { position: 1 }),
      columnOf('last', 'string', { position: 3 }),
    ]);
    expect((await read(text, pack)).cells).toEqual([['1', '3']]);
  });
  test('a position beyond the last column is a missing column', async () => {
    const pack = packOf([
      columnOf('b', 'string'),
      columnOf('far', 'string', { position: 7, required: true }),
    ]);
    await expect(read(text, pack)).rejects.toThrow(/column "far" is missing; the file has 3 columns/);
  });
});

describe('Ctrl-Z at the end', () => {
  test.each(['1,2,3\x1a', '1,2,3\n\x1a', '1,2,3\r\n\x1a\x1a'])('%j is ignored', async (rows) => {
    const { cells, result } = await read(`a,b,c\n${rows}`);
    expect(cells).toEqual([['1', '2', '3']]);
    expect(result.rejected).toBe(0);
  });
  test('within the text stays', async () => {
    expect((await read('a,b,c\n1,\x1a,3\n')).cells).toEqual([['1', '\x1a', '3']]);
  });
});

test('a file read in byte ranges gives what it gives in one piece, whatever its shape', async () => {
  const body =
    'title\n# made by x\n\n#a,b,c\n1,2,3,\n,,,\n4, "5, 5" ,6,\n# c\n7,x"8,9"\n10,11,12,\n13,14,15,\n\x1a';
  for (const [text, options] of [
    [body, {}],
    [body.replace('#a,b,c\n', ''), { skipLines: 3, header: false as const }],
  ] as const) {
    const path = bench.file('whole.csv', text);
    const whole = await bench.read(ABC, path, options);
    const delivery = await examineFor(path, ABC, options);
    const { ranges, shape } = await cutRanges(delivery, 12);
    expect(ranges.length).toBeGreaterThan(2);
    const bytes = readFileSync(path);
    const rows: unknown[] = [];
    const rejects: unknown[] = [];
    for (const { from, to, line } of ranges) {
      const source = {
        ...delivery.source,
        path: bench.file('part.csv', bytes.subarray(from, to ?? bytes.length)),
      };
      const read = await readRange(bench.session, ABC, { ...delivery, source }, line);
      rows.push(
        ...(await bench.session.rows(
          `SELECT line::INTEGER AS line, a, b, c FROM ${read.records} ORDER BY line`,
        )),
      );
      rejects.push(
        ...(await bench.session.rows(`SELECT line::INTEGER AS line, reason, text FROM ${read.rejects}`)),
      );
    }
    expect(rows).toEqual(whole.records.map(({ line, a, b, c }) => ({ line: Number(line), a, b, c })));
    expect(rejects).toEqual(
      whole.rejects.map(({ line, reason, text: raw }) => ({ line, reason, text: raw })),
    );
    expect(shape.emptyRows).toBe(1);
  }
});
