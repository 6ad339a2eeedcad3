/** Files as the field delivers them: see test/fixtures/cases/README.md for what each must give. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { sampleRows } from '../../lib/intake/sample-rows.ts';
import { detectNotation } from '../../lib/packs/detect-notation.ts';
import type { Pack } from '../../lib/packs/pack.ts';
import { parsePack } from '../../lib/packs/parse-pack.ts';
import { intakeBench } from './intake-session.ts';

const bench = intakeBench();
const cases = join(import.meta.dirname, '../fixtures/cases');

async function packWith(changes: readonly (readonly [string, string])[]): Promise<Pack> {
  let yaml = await readFile(join(cases, 'field/tx.yaml'), 'utf8');
  for (const [from, to] of changes) {
    expect(yaml).toContain(from);
    yaml = yaml.replace(from, to);
  }
  return parsePack(yaml, 'tx.yaml');
}

const AMOUNT = 'amount: { type: "decimal(18,2)", required: true }';
const BOOKED = 'booked: { type: timestamp, required: true }';

describe('amounts', () => {
  test.each([
    ['n01_us_thousands.csv', ['1234.56', '12000.00', '15.00'], 'looks like thousands grouped by commas'],
    ['n02_decimal_comma.csv', ['1234.56', '12000.00', '15.00'], 'looks like a decimal comma'],
    ['n02b_decimal_comma_semicolon.csv', ['1234.56', '-12000.00', '15.00'], 'looks like a decimal comma'],
    [
      'n03_parentheses.csv',
      ['-123.45', '-30.00', '400.00', '-50.00'],
      'looks like a negative amount in parentheses',
    ],
    ['n04_trailing_minus.csv', ['-5.00', '2000.00', '-1234.56'], 'has its sign behind'],
    ['n05_crdr.csv', ['500.00', '-250.00', '100.00', '-75.00'], 'has a mark of debit or credit'],
    [
      'n06_lakhs.csv',
      ['100000.00', '1234567.89', '5000.00', '99.00'],
      'looks like thousands grouped by commas',
    ],
    [
      'n07_swiss_apostrophe.csv',
      ['1234.50', '1234.50', '99.00'],
      'looks like thousands grouped by apostrophes',
    ],
    ['n08_nbsp.csv', ['1234.50', '1234.50', '99.00', '99.00'], 'looks like thousands grouped by blanks'],
    ['n09_unicode_minus.csv', ['-3000.00', '-12.00', '12.00'], 'has a minus sign other than "-"'],
    ['n10_sci.csv', ['1230000000000000.00', '1000.00', '12.00'], 'is in scientific notation'],
    ['n11_currency.csv', ['12.00', '12.00', '12.00', '12.00'], 'has a currency mark'],
    ['n12_leading_apostrophe.csv', ['12.00', '12.00', '12.00'], 'is marked as text by a spreadsheet'],
  ])('%s: every row in the notation that is found, a hint without one', async (name, amounts, hint) => {
    const path = join(cases, 'field', name);
    const { header, rows } = await sampleRows(path, 100);
    const [found] = detectNotation(rows.map((row) => row[header.indexOf('amount')]!));
    expect(found!.share).toBe(1);
    const notation = JSON.stringify(found!.notation);
    const pack = await packWith([
      [AMOUNT, `amount: { type: "decimal(18,2)", required: true, notation: ${notation} }`],
    ]);
    const read = await bench.read(pack, path);
    expect(read.rejects).toEqual([]);
    expect(read.records.map(({ amount }) => amount)).toEqual(amounts);
    const { rejects } = await bench.read(await packWith([]), path);
    expect(rejects.length).toBeGreaterThan(0);
    expect(rejects.some(({ column, reason }) => column === 'amount' && reason.includes(hint))).toBe(true);
  });

  test('european.csv: amounts, a label in words and dates are read by their pack', async () => {
    const yaml = `domain: eu
record: { id: Nr, entity: Konto, label: Verdacht }
columns:
  Nr: { type: string }
  Datum: { type: date, format: "%d.%m.%Y" }
  Konto: { type: string }
  Betrag: { type: "decimal(18,2)", notation: "1.234,56" }
  Saldo: { type: "decimal(18,2)", notation: "1.234,56" }
  Zeit: { type: timestamp, format: epoch }
  Verdacht: { type: boolean, yes: [ja], no: [nein] }
features: { Betrag: Betrag }
`;
    const { records, rejects } = await bench.read(
      parsePack(yaml, 'eu.yaml'),
      join(cases, 'files/european.csv'),
    );
    expect(rejects).toEqual([]);
    expect(records).toHaveLength(200);
    expect(records[1]).toMatchObject({
      Datum: '2024-02-02',
      Betrag: '2.01',
      Saldo: '1001.50',
      Zeit: '2023-11-14 23:13:20',
      Verdacht: false,
    });
  });
});

describe('times', () => {
  test('t01: the skipped hour is rejected, the hour that comes twice is warned of', async () => {
    const pack = await packWith([
      [BOOKED, 'booked: { type: timestamp, required: true, timezone: Europe/Berlin }'],
    ]);
    const { result, rejects, records } = await bench.read(pack, join(cases, 'field/t01_dst_berlin.csv'));
    expect(rejects.map(({ line, column }) => [line, column])).toEqual([[3, 'booked']]);
    expect(records).toHaveLength(4);
    expect(result.warnings.some((warning) => warning.includes('show twice'))).toBe(true);
  });
  test('t04: years of two digits are no %Y', async () => {
    const pack = await packWith([[BOOKED, 'booked: { type: date, required: true, format: "%m/%d/%Y" }']]);
    const { records, rejects } = await bench.read(pack, join(cases, 'field/t04_us_two_digit_year.csv'));
    expect(records.map(({ booked }) => booked)).toEqual(['2025-10-01']);
    expect(rejects).toHaveLength(4);
  });
  test.each([
    ['g01_german_bank.csv', 'Buchungstag', '%d.%m.%Y', '2025-10-01 00:00:00'],
    ['g03_us_dates_ambiguous.csv', 'date', '%m/%d/%Y', '2025-01-01 00:00:00'],
    ['g19_yyyymmdd.csv', 'when', '%Y%m%d', '2025-10-01 00:00:00'],
    ['g20_epoch_ms.csv', 'when', 'epoch_ms', '2025-10-01 09:00:00'],
    ['g21_ampm.csv', 'when', '%m/%d/%Y %I:%M %p', '2025-01-01 13:00:00'],
    ['g22_iso_compact_offset.csv', 'when', null, '2025-10-01 07:00:00'],
    ['g23_oct_mon.csv', 'when', '%d-%b-%Y %H:%M', '2025-10-01 09:00:00'],
    ['g24_ddmmyy.csv', 'when', '%d.%m.%y', '2025-10-01 00:00:00'],
  ])('%s: %s as %s', async (name, column, format, first) => {
    const path = join(cases, 'field', name);
    const type = format === null ? 'timestamp' : `{ type: timestamp, format: "${format}" }`;
    const pack = parsePack(
      `domain: t\ncolumns: { ${column}: ${type} }\nfeatures: { year: "year(\\"${column}\\")" }\n`,
      't.yaml',
    );
    const { records, rejects } = await bench.read(pack, path);
    expect(rejects).toEqual([]);
    expect(records.length).toBeGreaterThan(50);
    expect(records[0]![column]).toBe(first);
  });
  test('g25: a time in four columns', async () => {
    const yaml = `domain: cards
columns:
  booked: { type: timestamp, from: [Year, Month, Day, Time], format: "%Y %m %d %H:%M" }
  Amount: { type: "decimal(18,2)", notation: { like: "1234.56", currency: ["$"] } }
features: { Amount: Amount }
`;
    const { records, rejects } = await bench.read(
      parsePack(yaml, 'c.yaml'),
      join(cases, 'field/g25_tabformer.csv'),
    );
    expect(rejects).toEqual([]);
    expect(records[0]).toMatchObject({ booked: '2019-01-01 11:17:00', Amount: '34.71' });
  });
});

describe('keys', () => {
  test('x07: an account in floating point is the account that other files have', async () => {
    const { records, rejects } = await bench.read(
      await packWith([
        ['account: { type: string, required: true }', 'account: { type: string }'],
        [AMOUNT, 'amount: number'],
      ]),
      join(cases, 'field/x07_pandas.parquet'),
    );
    expect(rejects).toEqual([]);
    expect(records.map(({ account }) => account)).toEqual(['1', '2', null]);
  });
  test('x08: times with a time zone are UTC', async () => {
    const { records } = await bench.read(await packWith([]), join(cases, 'field/x08_pandas_tz.parquet'));
    expect(records[0]!.booked).toBe('2025-10-01 07:00:00');
  });
});

test('bad3.yaml: a format without a directive is refused', async () => {
  const yaml = await readFile(join(cases, 'newcomer/bad3.yaml'), 'utf8');
  expect(() => parsePack(yaml, 'bad3.yaml')).toThrow(
    'bad3.yaml:6: columns.offered.format: found "DD.MM.YYYY": it has no directive',
  );
});

test.each([
  ['%d.%m', 'it has no year'],
  ['%m/%Y', 'it has no day'],
  ['%d %Y', 'it has no month'],
  ['%d/%m/%Y %H:%m', 'it has the month twice (minutes are %M)'],
  ['%d/%m/%Y %I:%M', 'without AM or PM'],
  ['%d/%m/%Y %M', 'it has no hour'],
  ['%d/%m/%Y %q', 'it has %q, expected %Y'],
  ['%d/%m/%y %Y', 'short year'],
])('a format as %s is refused: %s', (format, problem) => {
  const yaml = `domain: t\ncolumns: { at: { type: timestamp, format: "${format}" } }\nfeatures: { a: year(at) }\n`;
  expect(() => parsePack(yaml, 't.yaml')).toThrow(problem);
});

test.each([
  ['record: { id: n }', 'record.id: column n is of type number, which is floating point'],
  ['record: { entity: n, time: at }', 'record.entity: column n is of type number'],
  [
    'record: { entity: k, time: at }\nwindows: { w: { by: [k, n], over: 1 day } }',
    'windows.w.by: column n is of type number',
  ],
])('floating point as a key is refused: %s', (record, problem) => {
  const yaml = `domain: t\n${record}\ncolumns: { n: number, k: string, at: timestamp }\nfeatures: { a: year(at) }\n`;
  expect(() => parsePack(yaml, 't.yaml')).toThrow(problem);
});

describe('a column made of several', () => {
  const pack = parsePack(
    `domain: t
record: { id: id }
columns:
  id: string
  booked: { type: timestamp, from: [Date, Time], format: ["%d.%m.%Y %H:%M", "%d.%m.%Y"] }
features: { hour: hour(booked) }
`,
    't.yaml',
  );
  test('is one text of a CSV, read where it lies or written anew, and of JSONL', async () => {
    const csv = 'id,Time,Date\n1,10:15,31.01.2025\n2,,31.01.2025\n3,,\n4,10:15,\n';
    const jsonl = csv
      .split('\n')
      .slice(1, -1)
      .map((line) => {
        const [id, time, date] = line.split(',');
        return `${JSON.stringify({ id, Time: time, Date: date })}\n`;
      });
    for (const path of [
      bench.file('two.csv', csv),
      bench.file('two-spooled.csv', csv.replace('10:15,31', ' 10:15,31')),
      bench.file('two.jsonl', jsonl.join('')),
    ]) {
      const { records, rejects } = await bench.read(pack, path);
      expect(records.map(({ booked }) => booked)).toEqual([
        '2025-01-31 10:15:00',
        '2025-01-31 00:00:00',
        null,
      ]);
      expect(rejects.map(({ reason }) => reason)).toEqual([
        'expected timestamp (%d.%m.%Y %H:%M or %d.%m.%Y), found "10:15"',
      ]);
    }
  });
  test('is warned of where a part is not there', async () => {
    const { result } = await bench.read(pack, bench.file('part.csv', 'id,Date\n1,31.01.2025\n'));
    expect(result.warnings[0]).toContain('it is made of "Date", "Time", and the header has no "Time"');
  });
});
