import { describe, expect, test } from 'vitest';
import type { Column, ColumnType } from '../../lib/packs/pack.ts';
import { intakeBench } from './intake-session.ts';
import { columnOf, packOf } from './pack-of.ts';

const bench = intakeBench();

/** What becomes of each text in a column: its value as DuckDB prints it, or `!` and the reason. */
async function outcomes(column: Column, texts: readonly string[]): Promise<string[]> {
  const pack = packOf([columnOf('n', 'string'), column]);
  const lines = texts.map((text, at) => `${at},"${text.replaceAll('"', '""')}"`);
  const { records, rejects } = await bench.read(pack, bench.file('typed.csv', `n,x\n${lines.join('\n')}\n`));
  const found = new Map<string, string>();
  for (const row of records) found.set(String(row.n), String(row.x));
  for (const { line, reason, column: where } of rejects) {
    expect(where).toBe('x');
    found.set(String(line - 2), `! ${reason}`);
  }
  return texts.map((_, at) => found.get(String(at))!);
}

async function accepted(column: Column, texts: readonly string[]): Promise<(string | null)[]> {
  return (await outcomes(column, texts)).map((outcome) => (outcome.startsWith('!') ? null : outcome));
}

describe('a decimal(18,2)', () => {
  const column = columnOf('x', 'decimal');
  test('is exact: what would have to be rounded, grouped or guessed is rejected', async () => {
    const good = [
      '12.5',
      '12.50',
      '12.500',
      ' 12.5 ',
      '-0.01',
      '+7',
      '.5',
      '3.',
      '0012',
      '9999999999999999.99',
    ];
    expect(await accepted(column, good)).toEqual([
      '12.50',
      '12.50',
      '12.50',
      '12.50',
      '-0.01',
      '7.00',
      '0.50',
      '3.00',
      '12.00',
      '9999999999999999.99',
    ]);
    const bad = [
      '12.345',
      '12,50',
      '1,000.00',
      '1_000',
      '1e3',
      '0x10',
      '99999999999999999',
      'NaN',
      'inf',
      '1 000',
      '.',
      '-',
      '12.5 EUR',
    ];
    expect(await accepted(column, bad)).toEqual(bad.map(() => null));
  });
  test('says what it expected and what it found', async () => {
    expect(await outcomes(column, ['12,50'])).toEqual([
      '! expected decimal(18,2), found "12,50" (looks like a decimal comma)',
    ]);
  });
  test('of scale 0 takes no fraction', async () => {
    const type: ColumnType = { kind: 'decimal', precision: 5, scale: 0 };
    expect(await accepted({ ...column, type }, ['12', '12.0', '12.5', '123456'])).toEqual([
      '12',
      '12',
      null,
      null,
    ]);
  });
});

test('an integer takes a fraction of zeros, as columns with gaps are written, and nothing else', async () => {
  const texts = [
    '1',
    '-1',
    '+1',
    '1.0',
    '3.000',
    '9223372036854775807',
    '1.5',
    '1e3',
    '1_000',
    '1,000',
    '9223372036854775808',
    '0x1f',
  ];
  expect(await accepted(columnOf('x', 'integer'), texts)).toEqual([
    '1',
    '-1',
    '1',
    '1',
    '3',
    '9223372036854775807',
    null,
    null,
    null,
    null,
    null,
    null,
  ]);
});

test('a number is finite and has no separators; minus zero is zero', async () => {
  const texts = ['1', '1.5e-3', '-.5', '-0', 'NaN', 'inf', '-Infinity', '1_000', '1,5', '1e400', '0x10', 'a'];
  expect(await accepted(columnOf('x', 'number'), texts)).toEqual([
    '1',
    '0.0015',
    '-0.5',
    '0',
    null,
    null,
    null,
    null,
    null,
    null,
    null,
    null,
  ]);
});

test('a boolean is 0/1, true/false, yes/no or Y/N in any case', async () => {
  const texts = ['0', '1', 'true', 'FALSE', 'Yes', 'no', 'Y', 'n', '1.0', '0.0', '2', 'ja', 't', 'on'];
  expect(await accepted(columnOf('x', 'boolean'), texts)).toEqual([
    'false',
    'true',
    'true',
    'false',
    'true',
    'false',
    'true',
    'false',
    'true',
    'false',
    null,
    null,
    null,
    null,
  ]);
});

describe('dates and timestamps', () => {
  test('a date is ISO, or what its format says', async () => {
    const texts = [
      '2024-02-29',
      '2024-02-30',
      '2024-2-3',
      '29/02/2024',
      '2024-02-29 00:00:00',
      '2024-02-29 10:00:00',
      'epoch',
      'infinity',
    ];
    expect(await accepted(columnOf('x', 'date'), texts)).toEqual([
      '2024-02-29',
      null,
      null,
      null,
      '2024-02-29',
      null,
      null,
      null,
    ]);
    const type: ColumnType = { kind: 'date', formats: ['%d/%m/%Y'], timezone: null, overlap: null };
    expect(
      await accepted(columnOf('x', 'date', { type }), ['29/02/2024', '30/02/2024', '2024-02-29']),
    ).toEqual(['2024-02-29', null, null]);
  });
  test('a timestamp with an offset becomes UTC', async () => {
    const texts = [
      '2024-01-05T10:00:00Z',
      '2024-01-05T10:00:00+02:00',
      '2024-01-05 10:00:00.25-0530',
      '2024-01-05 10:00:00+00',
      '2024-01-05 10:00',
      '2024-01-05',
      '2024-01-05 25:00:00',
      '05.01.2024 10:00',
      'infinity',
      'now',
    ];
    expect(await accepted(columnOf('x', 'timestamp'), texts)).toEqual([
      '2024-01-05 10:00:00',
      '2024-01-05 08:00:00',
      '2024-01-05 15:30:00.25',
      '2024-01-05 10:00:00',
      '2024-01-05 10:00:00',
      '2024-01-05 00:00:00',
      null,
      null,
      null,
      null,
    ]);
  });
  test('one without an offset is local time in the timezone of the column, summer time included', async () => {
    const type: ColumnType = { kind: 'timestamp', formats: [], timezone: 'Europe/Berlin', overlap: null };
    const texts = ['2024-01-05 10:00:00', '2024-07-05 10:00:00', '2024-07-05T10:00:00Z'];
    expect(await accepted(columnOf('x', 'timestamp', { type }), texts)).toEqual([
      '2024-01-05 09:00:00',
      '2024-07-05 08:00:00',
      '2024-07-05 10:00:00',
    ]);
  });
  test('a format is followed, with its timezone or its own offset', async () => {
    const local: ColumnType = {
      kind: 'timestamp',
      formats: ['%d/%m/%Y %H:%M'],
      timezone: 'Europe/Berlin',
      overlap: null,
    };
    expect(
      await accepted(columnOf('x', 'timestamp', { type: local }), ['05/07/2024 10:00', '2024-07-05 10:00']),
    ).toEqual(['2024-07-05 08:00:00', null]);
    const offset: ColumnType = {
      kind: 'timestamp',
      formats: ['%d/%m/%Y %H:%M %z'],
      timezone: 'Europe/Berlin',
      overlap: null,
    };
    expect(await accepted(columnOf('x', 'timestamp', { type: offset }), ['05/07/2024 10:00 +0500'])).toEqual([
      '2024-07-05 05:00:00',
    ]);
  });
});

describe('constraints', () => {
  test('min and max are inclusive, and compared at full precision', async () => {
    const column = columnOf('x', 'decimal', { min: 0.005, max: 100 });
    expect(await outcomes(column, ['0.00', '0.01', '100', '100.01', '-5'])).toEqual([
      '! expected at least 0.005, found "0.00"',
      '0.01',
      '100.00',
      '! expected at most 100, found "100.01"',
      '! expected at least 0.005, found "-5"',
    ]);
    const dates = columnOf('x', 'date', { min: '2024-01-01' });
    expect(await accepted(dates, ['2023-12-31', '2024-01-01'])).toEqual([null, '2024-01-01']);
  });
  test('allowed values of texts and numbers', async () => {
    expect(
      await outcomes(columnOf('x', 'string', { allowed: ['web', "it's"] }), ['web', "it's", 'Web']),
    ).toEqual(['web', "it's", '! expected one of web, it\'s, found "Web"']);
    expect(await accepted(columnOf('x', 'integer', { allowed: [1, 2] }), ['1', '2.0', '3'])).toEqual([
      '1',
      '2',
      null,
    ]);
  });
  test('a pattern must match the whole text', async () => {
    const column = columnOf('x', 'string', { pattern: '[A-Z]{2}\\d' });
    expect(await accepted(column, ['AB1', 'AB12', 'xAB1'])).toEqual(['AB1', null, null]);
  });
  test('an empty cell, a blank one and a text of the missing list are missing', async () => {
    const column = columnOf('x', 'integer', { missing: ['NA', '?'] });
    expect(await accepted(column, ['', '   ', 'NA', ' ? ', '5'])).toEqual([
      'null',
      'null',
      'null',
      'null',
      '5',
    ]);
    expect(await outcomes({ ...column, required: true }, ['', 'NA', '5'])).toEqual([
      '! it is missing and must not be',
      '! it is missing and must not be',
      '5',
    ]);
  });
  test('personal data are not quoted in a reason', async () => {
    expect(await outcomes(columnOf('x', 'integer', { pii: true }), ['Anna K.'])).toEqual([
      '! expected integer, found a value of 7 characters',
    ]);
  });
  test('a long value is quoted in part', async () => {
    const [reason] = await outcomes(columnOf('x', 'integer'), ['y'.repeat(500)]);
    expect(reason).toBe(`! expected integer, found "${'y'.repeat(60)}…"`);
  });
});
