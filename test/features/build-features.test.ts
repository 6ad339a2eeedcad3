import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Session } from '../../lib/engine/session.ts';
import { buildFeatures } from '../../lib/features/build-features.ts';
import type { Pack } from '../../lib/packs/pack.ts';
import { parsePack } from '../../lib/packs/parse-pack.ts';
import { type TextRow, writeRecords } from './records-table.ts';

const PACK = `
domain: test
record: { id: id, time: t, entity: a, label: bad }
columns:
  id: string
  t: timestamp
  a: string
  b: string
  amount: decimal(18,2)
  x: number
  bad: boolean
parameters: { high: 50 }
windows:
  hour: 1 hours
  day: 1 days
  past: all
  pair: { by: [a, b], over: all }
  later: { by: b, over: 2 hours, delay: 1 hours }
  known: { by: b, over: all, delay: 30 minutes }
features:
  hour_count: count(*) over hour
  day_sum: sum(amount) over day
  past_mean: avg(x) over past
  pair_count: count(*) over pair
  later_count: count(amount) over later
  later_max: max(amount) over later
  distinct_b: count(distinct b) over day
  gap: epoch(t - lag(t) over past)
  first_amount: first(amount) over day
  last_later: lag(amount) over later
  bad_rate: avg(bad) over past
  bad_count: count(bad) over known
  high_day: count(*) filter (where amount > $high) over day
  spread: stddev(x) over past
  is_high: amount > $high
  highs: sum(is_high) over past
  busy: hour_count > 1
  busy_before: sum(busy) over past
  last_bad: lag(bad) over past
  known_not_bad: count(not coalesce(bad, false)) over past
encodings:
  b_rate: { of: b, smoothing: 2 }
rules:
  - { id: many, when: "hour_count >= 2 and is_high", because: "many" }
`;

interface Row {
  readonly id: string;
  readonly t: number | null;
  readonly a: string | null;
  readonly b: string | null;
  readonly amount: number | null;
  readonly x: number | null;
  readonly bad: boolean | null;
}

const HOUR = 3_600_000;
const key = fc.option(fc.constantFrom('p', 'q', 'r'), { freq: 8 });
const rowsOf = fc
  .array(
    fc.record({
      // Quarters of an hour: ties are many, and so are records on the very edge of a window.
      t: fc.option(fc.integer({ min: -20, max: 120 }), { freq: 12 }),
      a: key,
      b: key,
      amount: fc.option(
        fc.integer({ min: -10_000, max: 10_000 }).map((cents) => cents / 100),
        { freq: 6 },
      ),
      x: fc.option(fc.oneof(fc.integer({ min: -9, max: 9 }), fc.constantFrom(1.5, 0.1, 1e300, 123456.789)), {
        freq: 6,
      }),
      bad: fc.option(fc.boolean(), { freq: 2 }),
    }),
    { minLength: 1, maxLength: 60 },
  )
  .chain((rows) =>
    fc
      .shuffledSubarray(
        rows.map((_, index) => index),
        { minLength: rows.length },
      )
      .map((order) =>
        rows.map(
          (row, index): Row => ({
            ...row,
            id: `id${order[index]}`,
            t: row.t === null ? null : (row.t * HOUR) / 4,
          }),
        ),
      ),
  );

function toText(row: Row): TextRow {
  return {
    id: row.id,
    t: row.t === null ? null : new Date(row.t).toISOString().replace('Z', ''),
    a: row.a,
    b: row.b,
    amount: row.amount === null ? null : String(row.amount),
    x: row.x === null ? null : String(row.x),
    bad: row.bad === null ? null : String(row.bad),
  };
}

/** Is `other` before `row`: by time, ties by id? */
function isBefore(other: Row, row: Row): boolean {
  return other.t! < row.t! || (other.t === row.t && other.id < row.id);
}

interface NaiveWindow {
  readonly by: readonly ('a' | 'b')[];
  readonly over: number;
  readonly delay?: number;
  /** Without this record. */
  readonly earlier?: boolean;
}

/** The records in a record's window in order, straight from the definition; null where its time or key is missing. */
function frame(
  rows: readonly Row[],
  row: Row,
  { by, over, delay = 0, earlier = false }: NaiveWindow,
): Row[] | null {
  if (row.t === null || by.some((column) => row[column] === null)) return null;
  const inside = rows.filter((other) => {
    if (other.t === null || by.some((column) => other[column] !== row[column])) return false;
    if (other.t < row.t! - over - delay) return false;
    if (delay > 0) return other.t <= row.t! - delay;
    return isBefore(other, row) || (other === row && !earlier);
  });
  return inside.sort((p, q) => (isBefore(p, q) ? -1 : 1));
}

const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);
const present = <T>(values: readonly (T | null)[]): T[] =>
  values.filter((value): value is T => value !== null);
const orNull = (values: readonly number[], of: (values: readonly number[]) => number) =>
  values.length === 0 ? null : of(values);
const mean = (values: readonly number[]) => orNull(values, (all) => sum(all) / all.length);
const believable = (x: number | null) => (x !== null && Math.abs(x) < 1e12 ? x : null);

function deviation(values: readonly number[]): number | null {
  if (values.length < 2) return null;
  const middle = sum(values) / values.length;
  return Math.sqrt(sum(values.map((x) => (x - middle) ** 2)) / (values.length - 1));
}

function naiveFeatures(rows: readonly Row[], row: Row): Record<string, number | null> {
  const day = { by: ['a'], over: 24 * HOUR } as const;
  const past = { by: ['a'], over: Infinity } as const;
  const later = { by: ['b'], over: 2 * HOUR, delay: HOUR } as const;
  const over = <T>(window: NaiveWindow, of: (inside: readonly Row[]) => T) => {
    const inside = frame(rows, row, window);
    return inside === null ? null : of(inside);
  };
  const isHigh = (other: Row) => (other.amount === null ? null : Number(other.amount > 50));
  const hourCount = (of: Row) => frame(rows, of, { by: ['a'], over: HOUR })?.length ?? null;
  const amounts = (inside: readonly Row[]) => present(inside.map(({ amount }) => amount));
  const labels = (inside: readonly Row[]) =>
    present(inside.map(({ bad }) => (bad === null ? null : Number(bad))));
  const busy = (other: Row) => (hourCount(other) === null ? null : Number(hourCount(other)! > 1));
  const earlierT = over({ ...past, earlier: true }, (inside) => inside.at(-1)?.t ?? null);
  return {
    hour_count: hourCount(row),
    day_sum: over(day, (inside) => orNull(amounts(inside), sum)),
    past_mean: over(past, (inside) => mean(present(inside.map(({ x }) => believable(x))))),
    pair_count: over({ by: ['a', 'b'], over: Infinity }, (inside) => inside.length),
    later_count: over(later, (inside) => amounts(inside).length),
    later_max: over(later, (inside) => orNull(amounts(inside), (all) => Math.max(...all))),
    distinct_b: over(day, (inside) => new Set(present(inside.map(({ b }) => b))).size),
    gap: earlierT === null ? null : (row.t! - earlierT) / 1000,
    first_amount: over(day, (inside) => inside[0]!.amount),
    last_later: over(later, (inside) => inside.at(-1)?.amount ?? null),
    bad_rate: over({ ...past, earlier: true }, (inside) => mean(labels(inside))),
    bad_count: over({ by: ['b'], over: Infinity, delay: HOUR / 2 }, (inside) => labels(inside).length),
    high_day: over(day, (inside) => inside.filter((other) => isHigh(other) === 1).length),
    spread: over(past, (inside) => deviation(present(inside.map(({ x }) => believable(x))))),
    is_high: isHigh(row),
    highs: over(past, (inside) => orNull(present(inside.map(isHigh)), sum)),
    busy: busy(row),
    last_bad: over({ ...past, earlier: true }, (inside) => labels(inside).at(-1) ?? null),
    known_not_bad: over({ ...past, earlier: true }, (inside) => labels(inside).length),
    busy_before: over(past, (inside) => orNull(present(inside.map(busy)), sum)),
  };
}

/** Smoothed by two pseudo-records at the rate of all earlier labelled records. */
function naiveEncoding(rows: readonly Row[], row: Row): number | null {
  const same = frame(rows, row, { by: ['b'], over: Infinity, earlier: true });
  if (same === null) return null;
  const all = frame(rows, row, { by: [], over: Infinity, earlier: true })!;
  const labels = (inside: readonly Row[]) =>
    present(inside.map(({ bad }) => (bad === null ? null : Number(bad))));
  const prior = mean(labels(all));
  return prior === null ? null : (sum(labels(same)) + 2 * prior) / (labels(same).length + 2);
}

type FeatureRow = Readonly<Record<string, number | string | boolean | null>>;

async function featuresOf(session: Session, pack: Pack, rows: readonly Row[], history: readonly Row[] = []) {
  const records = await writeRecords(session, pack, rows.map(toText), history.map(toText));
  const features = await buildFeatures(records, pack);
  const found = await session.rows<FeatureRow>(
    `SELECT features.* EXCLUDE (seq, history), record_id FROM ${features} AS features JOIN ${records} USING (seq) WHERE NOT features.history ORDER BY seq`,
  );
  for (const table of [features, records]) await table.drop();
  return new Map(found.map((row) => [String(row.record_id), row]));
}

describe('buildFeatures', () => {
  const pack = parsePack(PACK, 'test.yaml');
  let session: Session;
  beforeAll(async () => {
    session = await Session.open({ threads: 2, memoryLimitMb: 512 });
  });
  afterAll(() => session.close());

  test('every feature, encoding and rule equals its definition, record by record', async () => {
    await fc.assert(
      fc.asyncProperty(rowsOf, async (rows) => {
        const found = await featuresOf(session, pack, rows);
        for (const row of rows) {
          const features = found.get(row.id)!;
          const expected = naiveFeatures(rows, row);
          for (const [index, { name }] of pack.features.entries()) {
            expectClose(features[`f_${index}`] as number | null, expected[name]!, `${name} of ${row.id}`);
          }
          expectClose(features.e_0 as number | null, naiveEncoding(rows, row), `b_rate of ${row.id}`);
          expect(features.r_0).toBe((expected.hour_count ?? 0) >= 2 && expected.is_high === 1);
        }
      }),
      { numRuns: 20 },
    );
  });

  test('features do not depend on the order of the input, to the last bit', async () => {
    await fc.assert(
      fc.asyncProperty(rowsOf, async (rows) => {
        const forwards = await featuresOf(session, pack, rows);
        const backwards = await featuresOf(session, pack, rows.toReversed());
        for (const { id } of rows) expect(backwards.get(id)).toEqual(forwards.get(id));
      }),
      { numRuns: 8 },
    );
  });

  // The pack without the windows that look across entities: those are what a partition by entity keeps whole.
  const byEntity = parsePack(
    PACK.replaceAll('by: b,', 'by: [a, b],').replace('of: b', 'of: [a, b]'),
    'test.yaml',
  );
  const ownPast = { ...byEntity, encodings: [] };

  test('features are the same in one piece, split by entity, with the past as history, and one record at a time', async () => {
    await fc.assert(
      fc.asyncProperty(rowsOf, fc.nat(), async (rows, pick) => {
        const whole = await featuresOf(session, ownPast, rows);
        for (const entity of [null, 'p', 'q', 'r']) {
          const part = rows.filter(({ a }) => a === entity);
          for (const [id, row] of await featuresOf(session, ownPast, part))
            expect(row).toEqual(whole.get(id));
        }
        const cut = rows[pick % rows.length]!.t ?? 0;
        const past = rows.filter(({ t }) => t !== null && t < cut);
        const drop = rows.filter((row) => !past.includes(row));
        for (const [id, row] of await featuresOf(session, ownPast, drop, past))
          expect(row).toEqual(whole.get(id));
        const single = rows[pick % rows.length]!;
        const before = rows.filter(
          (row) => row.t !== null && single.t !== null && isBefore(row, single) && row.a === single.a,
        );
        const alone = await featuresOf(session, ownPast, [single], before);
        expect(alone.get(single.id)).toEqual(whole.get(single.id));
      }),
      { numRuns: 6 },
    );
  });

  test('windows over an integer time count in its steps', async () => {
    const steps = parsePack(
      `domain: d
record: { id: id, time: n, entity: a }
columns: { id: string, n: integer, a: string }
windows: { last: 10 steps, late: { over: 5, delay: 2 } }
features: { last: count(*) over last, late: count(*) over late }`,
      'steps.yaml',
    );
    const at = [0, 1, 10, 11, 12, 21];
    const records = await writeRecords(
      session,
      steps,
      at.map((n) => ({ id: String(n), n: String(n), a: 'p' })),
    );
    const features = await buildFeatures(records, steps);
    const rows = await session.rows(`SELECT f_0, f_1 FROM ${features} ORDER BY seq`);
    expect(rows.map(({ f_0 }) => f_0)).toEqual([1, 2, 3, 3, 3, 3]);
    expect(rows.map(({ f_1 }) => f_1)).toEqual([0, 0, 0, 0, 1, 0]);
  });

  test('a record that cannot be computed has a missing feature and fails no other', async () => {
    const wild = parsePack(
      `domain: d
record: { id: id, time: t, entity: a }
columns: { id: string, t: timestamp, a: string, n: integer, x: number, s: string }
windows: { past: all }
features:
  product: n * n
  root: ln(x)
  ratio: n / x
  text: cast(s as integer)
  total: sum(x) over past
  squares: sum(n * n) over past
  spread: stddev(x) over past
  huge: x * 1e300`,
      'wild.yaml',
    );
    const row = { t: '2024-01-01', a: 'p' };
    const records = await writeRecords(session, wild, [
      { ...row, id: '1', n: '2', x: '4', s: '7' },
      { ...row, id: '2', n: '9223372036854775807', x: '-1', s: 'seven' },
      { ...row, id: '3', n: '1', x: '0', s: null },
      { ...row, id: '4', n: '3', x: 'inf', s: '' },
      { ...row, id: '5', n: '3', x: '1e300', s: '1' },
    ]);
    const features = await buildFeatures(records, wild);
    const rows = await session.rows(
      `SELECT f_0, f_1, f_2, f_3, f_4, f_5, f_6, f_7 FROM ${features} ORDER BY seq`,
    );
    expect(rows.map((found) => Object.values(found))).toEqual([
      [4, Math.log(4), 0.5, 7, 4, 4, null, 4e300],
      [null, null, -(2 ** 63), null, 3, 4, Math.sqrt(12.5), -1e300],
      [1, null, null, null, 3, 5, Math.sqrt(7), 0],
      [9, null, 0, null, 3, 14, Math.sqrt(7), null],
      [9, Math.log(1e300), 3 / 1e300, 1, 3, 23, Math.sqrt(7), null],
    ]);
  });

  test('equal values have no spread at all, and near ones an exact one', async () => {
    const spread = parsePack(
      `domain: d
record: { id: id, time: t, entity: a }
columns: { id: string, t: integer, a: string, x: number }
windows: { past: all }
features: { spread: stddev(x) over past }`,
      'spread.yaml',
    );
    const values = ['1700000000.1', '1700000000.1', '1700000000.1', '1700000000.3'];
    const records = await writeRecords(
      session,
      spread,
      values.map((x, index) => ({ id: `${index}`, t: `${index}`, a: 'p', x })),
    );
    const features = await buildFeatures(records, spread);
    const rows = await session.rows(`SELECT f_0 FROM ${features} ORDER BY seq`);
    expect(rows.map(({ f_0 }) => f_0)).toEqual([null, 0, 0, 0.1]);
  });

  test('without a time, encodings learn from the records before in order of content', async () => {
    const timeless = parsePack(
      `domain: d
record: { id: id, label: bad }
columns: { id: string, s: string, bad: boolean }
encodings: { rate: { of: s, smoothing: 0 } }`,
      'timeless.yaml',
    );
    const rows = Array.from({ length: 40 }, (_, index) => ({
      id: `${index}`,
      s: index % 2 ? 'p' : 'q',
      bad: String(index % 3 === 0),
    }));
    const records = await writeRecords(session, timeless, rows);
    const features = await buildFeatures(records, timeless);
    const found = await session.rows<{ s: string; bad: boolean; e_0: number | null }>(
      `SELECT s, bad, e_0 FROM ${features} JOIN ${records} USING (seq) ORDER BY record_hash`,
    );
    found.forEach(({ s, e_0 }, index) => {
      const before = found.slice(0, index).filter((other) => other.s === s);
      expect(e_0).toBe(before.length === 0 ? null : before.filter(({ bad }) => bad).length / before.length);
    });
  });
});

function expectClose(found: number | null, expected: number | null, what: string): void {
  if (expected === null || found === null) expect(found, what).toBe(expected);
  else
    expect(Math.abs(found - expected), `${what}: ${found} against ${expected}`).toBeLessThanOrEqual(
      1e-6 * Math.max(1, Math.abs(expected)),
    );
}
