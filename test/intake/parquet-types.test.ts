import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { glanceAtDelivery } from '../../lib/intake/delivery.ts';
import { parquetTexts } from '../../lib/intake/load-parquet.ts';
import { intakeBench } from './intake-session.ts';
import { columnOf, packOf } from './pack-of.ts';

const bench = intakeBench();
const golden = join(import.meta.dirname, '../parity/golden');
const cases = join(import.meta.dirname, '../fixtures/cases');

test('every type of Parquet gives the texts that pyarrow reads', async () => {
  const { texts } = JSON.parse(await readFile(join(golden, 'parquet-types.json'), 'utf8')) as {
    texts: Record<string, (string | null)[]>;
  };
  const delivery = await glanceAtDelivery(join(golden, 'parquet-types.parquet'), {});
  const { columns, table } = await parquetTexts(bench.session, delivery);
  const rows = await bench.session.rows<Record<string, string | null>>(
    `SELECT * FROM ${table} ORDER BY line`,
  );
  const found = Object.fromEntries(columns.map((name, at) => [name, rows.map((row) => row[`c${at}`])]));
  expect(found).toEqual(texts);
});

test('dates, times and timestamps of Parquet are typed as those of a CSV, two columns of them as one', async () => {
  const pack = packOf([
    columnOf('date32', 'date'),
    columnOf('timestamp_berlin', 'timestamp'),
    columnOf('booked', 'timestamp', {
      from: ['date32', 'time64'],
      type: {
        kind: 'timestamp',
        formats: ['%Y-%m-%d %H:%M:%S', '%Y-%m-%d %H:%M:%S.%f'],
        timezone: null,
        overlap: null,
      },
    }),
  ]);
  const { records, rejects } = await bench.read(pack, join(golden, 'parquet-types.parquet'));
  expect(rejects).toEqual([]);
  expect(records.map(({ date32, timestamp_berlin, booked }) => [date32, timestamp_berlin, booked])).toEqual([
    ['1969-07-20', '2024-02-29 13:14:15.123', '1969-07-20 13:14:15.123456'],
    ['2024-02-29', '2024-10-27 00:30:00', '2024-02-29 00:00:00'],
    [null, null, null],
  ]);
});

test.each([
  ['x_dec50_10_12.34.parquet', 50],
  ['x_dec60_2_1.50.parquet', 60],
])(
  '%s: decimals of more than 38 digits are refused by the schema, also where the pack has no such column',
  async (name, precision) => {
    for (const column of ['amount', 'id']) {
      await expect(
        bench.read(packOf([columnOf(column, 'string')]), join(cases, 'files', name)),
      ).rejects.toThrow(`${name}: column "amount" is a decimal of precision ${precision}; up to 38 is read.`);
    }
  },
);
