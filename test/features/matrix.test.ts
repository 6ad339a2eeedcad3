import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Session } from '../../lib/engine/session.ts';
import { buildFeatures } from '../../lib/features/build-features.ts';
import { type RecordDescription, rowDescriber } from '../../lib/features/describe-rows.ts';
import type { Features } from '../../lib/features/feature-tables.ts';
import { fitInputs } from '../../lib/features/fit-inputs.ts';
import type { FittedInputs } from '../../lib/features/model-input.ts';
import { streamMatrix } from '../../lib/features/stream-matrix.ts';
import { parsePack } from '../../lib/packs/parse-pack.ts';
import { type TextRow, writeRecords } from './records-table.ts';

const PACK = parsePack(
  `
domain: d
record: { id: id, time: at, entity: account, label: bad }
columns:
  id: string
  at: timestamp
  account: string
  amount: decimal(18,2)
  big: decimal(38,4)
  count: integer
  country: string
  due: date
  bad: boolean
windows: { day: 24 hours, past: all }
features:
  amount: amount
  filled: { is: amount, impute: median }
  zeroed: { is: amount, impute: 0 }
  high: { is: amount > 10, usual: avg(high) over past }
  records: { is: count(*) over day, usual: count(*) over past / 2.0 }
categories: { country: { keep: 2 } }
encodings: { rate: { of: [account, country], smoothing: 2 } }
rules:
  - { id: large, when: amount > 10, because: large }
  - { id: hasty, when: records > 1 and high, because: hasty }
`,
  'd.yaml',
);

const ROWS: readonly TextRow[] = [
  { id: 'a', at: '2024-01-01 00:00:00', account: 'p', amount: '5.10', country: 'DE', bad: 'true' },
  {
    id: 'b',
    at: '2024-01-01 10:00:00.5',
    account: 'p',
    amount: null,
    country: 'DE',
    bad: 'false',
    due: '2024-02-29',
  },
  {
    id: 'c',
    at: '2024-01-02 00:00:00',
    account: 'p',
    amount: '20.00',
    country: 'FR',
    bad: null,
    count: '7',
    big: '1.5000',
  },
  {
    id: 'd',
    at: '2024-01-03 00:00:00',
    account: 'q',
    amount: '30.35',
    country: "'; drop",
    bad: 'true',
    count: '9007199254740993',
  },
  {
    id: 'e',
    at: '2024-01-04 00:00:00',
    account: 'q',
    amount: '1.00',
    country: null,
    bad: 'false',
    big: '12345678901234567.8901',
  },
  { id: 'f', at: '2024-01-05 00:00:00', account: 'q', amount: '2.00', country: 'FR', bad: null },
];
/** One of these is of two years before: only the windows see it. */
const HISTORY: readonly TextRow[] = [
  { id: 'h', at: '2022-01-01', account: 'q', amount: '99.00', country: 'IT', bad: 'true' },
];

const trained = { where: 'seq < 5' };

async function matrixOf(features: Features, fitted: FittedInputs, mode: 'train' | 'score', where?: string) {
  const rows: number[][] = [];
  for await (const block of streamMatrix(
    features,
    PACK,
    fitted,
    where === undefined ? { mode } : { mode, where },
  )) {
    const width = fitted.inputs.length;
    for (let row = 0; row < block.rows; row++) {
      rows.push([block.seq[row]!, ...block.values.subarray(row * width, (row + 1) * width)]);
    }
  }
  return rows;
}

describe('from features to a matrix', () => {
  let session: Session;
  let features: Features;
  let fitted: FittedInputs;
  beforeAll(async () => {
    session = await Session.open();
    features = await buildFeatures(await writeRecords(session, PACK, ROWS, HISTORY), PACK);
    fitted = await fitInputs(features, PACK, trained.where);
  });
  afterAll(() => session.close());

  test('fitInputs keeps the most frequent values, ties by value, and learns medians and counts from the training rows', () => {
    expect(fitted.inputs).toEqual([
      { name: 'amount', kind: 'feature', source: 'amount' },
      { name: 'filled', kind: 'feature', source: 'filled', impute: Math.fround((5.1 + 20) / 2) },
      { name: 'zeroed', kind: 'feature', source: 'zeroed', impute: 0 },
      { name: 'high', kind: 'feature', source: 'high' },
      { name: 'records', kind: 'feature', source: 'records' },
      { name: 'country=DE', kind: 'category', source: 'country', value: 'DE' },
      { name: "country='; drop", kind: 'category', source: 'country', value: "'; drop" },
      { name: 'country=other', kind: 'category', source: 'country', value: null },
      { name: 'country=missing', kind: 'category', source: 'country' },
      { name: 'rate', kind: 'encoding', source: 'rate' },
    ]);
    expect(fitted.encodings).toEqual([
      {
        name: 'rate',
        prior: 0.5,
        smoothing: 2,
        counts: { '["p","DE"]': [2, 1], '["q","\'; drop"]': [1, 1] },
      },
    ]);
  });

  test('streamMatrix gives float32 rows in order: missing as NaN, imputed where asked, one-hot, unknown as other', async () => {
    const found = await matrixOf(features, fitted, 'train');
    const f = Math.fround;
    const filled = f(12.55);
    expect(found).toEqual([
      [0, f(5.1), f(5.1), f(5.1), 0, 1, 1, 0, 0, 0, 1],
      [1, NaN, filled, 0, NaN, 2, 1, 0, 0, 0, 1],
      [2, 20, 20, 20, 1, 3, 0, 0, 1, 0, f(2 / 3)],
      [3, f(30.35), f(30.35), f(30.35), 1, 1, 0, 1, 0, 0, f(2 / 3)],
      [4, 1, 1, 1, 0, 2, 0, 0, 0, 1, NaN],
      [5, 2, 2, 2, 0, 2, 0, 0, 1, 0, f(3 / 5)],
    ]);
  });

  test('in score mode encodings are those of the end of training: unknown keys lean on the prior, missing ones stay missing', async () => {
    const rates = (await matrixOf(features, fitted, 'score')).map((row) => row.at(-1));
    expect(rates).toEqual([0.5, 0.5, 0.5, Math.fround(2 / 3), NaN, 0.5]);
  });

  test('a condition picks rows, in order', async () => {
    const found = await matrixOf(features, fitted, 'score', 'seq IN (4, 1)');
    expect(found.map(([seq]) => seq)).toEqual([1, 4]);
  });

  test('rows come in order and unmixed over many blocks, in both modes', async () => {
    const many = Array.from({ length: 50_000 }, (_, index) => ({
      id: `${index}`,
      at: `2024-01-01 00:00:${String(index % 60).padStart(2, '0')}`,
      account: `a${index % 1000}`,
      amount: `${index % 7919}.00`,
      country: ['DE', 'FR', 'IT', null][index % 4]!,
      bad: String(index % 10 === 0),
    }));
    await using other = {
      session: await Session.open(),
      [Symbol.asyncDispose]: async () => other.session.close(),
    };
    const records = await writeRecords(other.session, PACK, many);
    await records.replace(`SELECT * FROM ${records} ORDER BY record_hash`);
    const features = await buildFeatures(records, PACK);
    const learned = await fitInputs(features, PACK);
    for (const mode of ['train', 'score'] as const) {
      const found = await matrixOf(features, learned, mode);
      expect(found).toHaveLength(many.length);
      const wrong = found.findIndex(([seq, amount], row) => seq !== row || amount !== row % 7919);
      expect(wrong).toBe(-1);
      const hot = found.findIndex((row) => row.slice(6, 10).reduce((sum, one) => sum + one, 0) !== 1);
      expect(hot).toBe(-1);
    }
  });

  test('rowDescriber gives values with their types, what is usual, and the rules that hit', async () => {
    const found: RecordDescription[] = [];
    const describeRows = await rowDescriber(features, PACK, fitted);
    for await (const one of describeRows([3, 1, 2, 4])) found.push(one);
    expect(found.map(({ seq, recordId }) => [seq, recordId])).toEqual([
      [3, 'd'],
      [1, 'b'],
      [2, 'c'],
      [4, 'e'],
    ]);
    const [d, b, c, e] = found as [
      RecordDescription,
      RecordDescription,
      RecordDescription,
      RecordDescription,
    ];
    expect(c.rules).toEqual(['large', 'hasty']);
    expect(d.rules).toEqual(['large']);
    expect(b.rules).toEqual([]);
    expect(c.recordHash).toMatch(/^[0-9a-f]{64}$/);
    expect(Object.fromEntries(c.sources)).toEqual({
      amount: { value: 20, usual: null },
      filled: { value: 20, usual: null },
      zeroed: { value: 20, usual: null },
      high: { value: true, usual: 0.5 },
      records: { value: 3, usual: 1.5 },
      country: { value: 'FR', usual: null },
      rate: { value: 0.5, usual: 0.5 },
    });
    expect(Object.fromEntries(b.values)).toEqual({
      id: 'b',
      at: '2024-01-01T10:00:00.5Z',
      account: 'p',
      amount: null,
      big: null,
      count: null,
      country: 'DE',
      due: '2024-02-29',
      bad: false,
      filled: null,
      zeroed: null,
      high: null,
      records: 2,
      rate: 0.5,
    });
    expect([c.values.get('count'), c.values.get('big')]).toEqual([7, 1.5]);
    expect(d.values.get('count')).toBe('9007199254740993');
    expect(e.values.get('big')).toBe('12345678901234567.8901');
    expect(e.sources.get('rate')).toEqual({ value: null, usual: 0.5 });
  });

  test('a record that is not there is a defect, not a blank', async () => {
    const describeRows = await rowDescriber(features, PACK, fitted);
    await expect(describeRows([99]).next()).rejects.toThrow('no record has seq 99');
  });
});
