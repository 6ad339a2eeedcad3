import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Session } from '../../lib/engine/session.ts';
import { createTable } from '../../lib/engine/table.ts';
import { bindPack } from '../../lib/features/bind-plan.ts';
import { buildWindows, type WindowOptions } from '../../lib/features/build-windows.ts';
import { windowTableSql } from '../../lib/features/records-sql.ts';
import { readWindowColumns } from '../../lib/features/window-columns.ts';
import type { Records } from '../../lib/intake/records.ts';
import type { Pack } from '../../lib/packs/pack.ts';
import { parsePack } from '../../lib/packs/parse-pack.ts';
import { type TextRow, writeRecords } from './records-table.ts';

let session: Session;
beforeAll(async () => {
  session = await Session.open({ threads: 1, memoryLimitMb: 512 });
});
afterAll(() => session.close());

const COLUMNS = `
  id: string
  t: timestamp
  a: string
  b: string
  n: number
  amount: decimal(18,2)
  small: decimal(4,3)
  large: decimal(30,4)
  x: number
  k: integer
  on: date
  yes: boolean
  bad: boolean`;

/** Arguments by what aggregates may take of them. */
const NUMBERS = ['amount', 'small', 'x', 'k', 'yes', 'ln(abs(x) + 1)', 'amount * x', 'k / 7', 'n', 'large'];
const VALUES = [...NUMBERS, 't', 'on', 'b'];
const FILTERS = [
  '',
  ' filter (where yes)',
  ' filter (where amount > 10)',
  " filter (where b = 'p' or x is null)",
];
const WINDOWS = {
  hour: '1 hours',
  all_time: 'all',
  pair: '{ by: [a, b], over: all }',
  by_number: '{ by: small, over: 3 hours }',
  late: '{ by: b, over: 2 hours, delay: 1 hours }',
  known: '{ by: [b, k], over: all, delay: 30 minutes }',
  edge: '{ by: a, over: 15 minutes }',
};

const aggregate = fc.oneof(
  fc.constant('count(*)'),
  fc.constantFrom(...VALUES).map((value) => `count(${value})`),
  fc.constantFrom(...VALUES).map((value) => `count(distinct ${value})`),
  fc
    .tuple(fc.constantFrom('sum', 'avg', 'stddev'), fc.constantFrom(...NUMBERS))
    .map(([f, x]) => `${f}(${x})`),
  fc
    .tuple(fc.constantFrom('min', 'max', 'lag', 'first'), fc.constantFrom(...VALUES))
    .map(([f, x]) => `${f}(${x})`),
  fc.constantFrom('avg(bad)', 'lag(bad)', 'count(bad)', 'sum(bad)'),
);
const use = fc
  .tuple(aggregate, fc.constantFrom(...FILTERS), fc.constantFrom(...Object.keys(WINDOWS)))
  .map(([call, filter, window]) => `${call}${filter} over ${window}`);

/** Texts, dates and truths of windows are no numbers: what they are is counted. */
function featureOf(text: string): string {
  if (/^(min|max|lag|first)\((t|b)\)/.test(text)) return `length(cast(${text} as varchar))`;
  return /^(min|max|lag|first)\(on\)/.test(text) ? `year(${text}) * 400 + dayofyear(${text})` : text;
}

const packOf = fc
  .record({ uses: fc.uniqueArray(use, { minLength: 3, maxLength: 12 }), isDeep: fc.boolean() })
  .map(({ uses, isDeep }) => {
    const features = uses.map((text, index) => `  f${index}: "${featureOf(text)}"`);
    const deep = isDeep
      ? [
          '  d0: "sum(f0) over all_time"',
          '  d1: "stddev(f1) over hour"',
          '  d2: "count(distinct f2) over late"',
        ]
      : [];
    const windows = Object.entries(WINDOWS).map(([name, text]) => `  ${name}: ${text}`);
    return parsePack(
      `
domain: test
record: { id: id, time: t, entity: a, label: bad }
columns:${COLUMNS}
windows:
${windows.join('\n')}
features:
${[...features, ...deep].join('\n')}
encodings:
  rate: { of: [a, b], smoothing: 2 }
`,
      'test',
    );
  });

const QUARTER = 900_000;
const missing = { freq: 8 };
const row = fc.record({
  // Before and after 1970; ties are many, and so are records on the very edge of a window.
  t: fc.option(fc.integer({ min: -30, max: 60 }), missing),
  a: fc.option(fc.constantFrom('p', 'q', 'é', ''), missing),
  b: fc.option(fc.constantFrom('p', 'r', "s'"), missing),
  n: fc.option(fc.constantFrom('0', '-0.0', '1', '2.5'), missing),
  amount: fc.option(fc.oneof(cents(100_000), cents(5e15)), missing),
  small: fc.option(
    fc.integer({ min: -9999, max: 9999 }).map((x) => (x / 1000).toFixed(3)),
    missing,
  ),
  large: fc.option(cents(1e6), missing),
  x: fc.option(
    fc.oneof(
      { weight: 6, arbitrary: fc.double({ min: -1e4, max: 1e4, noNaN: true }) },
      { weight: 4, arbitrary: fc.integer({ min: -9, max: 9 }).map((x) => x + 5e-10) },
      { weight: 1, arbitrary: fc.constantFrom(1e300, 4.4e6, 7e9, 1e15, 3e19) },
    ),
    missing,
  ),
  k: fc.option(fc.oneof(fc.integer({ min: -50, max: 50 }), fc.constantFrom(2 ** 53, -(2 ** 60))), missing),
  on: fc.option(fc.integer({ min: -400, max: 20_000 }), missing),
  yes: fc.option(fc.boolean(), missing),
  bad: fc.option(fc.boolean(), { freq: 2 }),
});

function cents(most: number): fc.Arbitrary<string> {
  return fc
    .integer({ min: -most, max: most })
    .map((x) => `${Math.trunc(x / 100)}.${String(Math.abs(x) % 100).padStart(2, '0')}`);
}

const rowsOf = fc.array(row, { minLength: 1, maxLength: 60 }).map((rows): TextRow[] =>
  rows.map(({ t, on, x, k, yes, bad, ...texts }, index) => ({
    ...texts,
    // Not in the order in which they come, and not in that of JavaScript's texts either.
    id: `${index % 2 === 0 ? '\u{1F600}' : '\uFF5E'}${(index * 7) % 61}`,
    t: t === null ? null : new Date(t * QUARTER).toISOString().replace('Z', ''),
    on: on === null ? null : new Date(on * 86_400_000).toISOString().slice(0, 10),
    x: x === null ? null : String(x),
    k: k === null ? null : String(BigInt(k)),
    yes: yes === null ? null : String(yes),
    bad: bad === null ? null : String(bad),
  })),
);

/** Every result by the record's number, doubles to the last bit. */
async function windowsOf(
  records: Records,
  pack: Pack,
  options: Pick<Partial<WindowOptions>, 'kernel' | 'averages' | 'ofHistory'>,
) {
  const bound = await bindPack(session, pack, true);
  const tables = await buildWindows(records, bound, { withEncodings: true, averages: 'once', ...options });
  const joins = tables.map((table) => ` JOIN ${windowTableSql(table)} USING (seq)`).join('');
  const names = tables.flatMap(({ columns }) => [...columns.keys()]).sort();
  const columns = names.map((name) => `${name} AS ${name}, typeof(${name}) AS type_${name}`);
  const rows = await session.rows<Record<string, unknown>>(
    `SELECT ${['seq', ...columns].join(', ')} FROM ${records}${joins} ORDER BY seq`,
  );
  const byKernel = tables
    .filter(({ table }) => table.name.startsWith('results'))
    .reduce((sum, table) => sum + table.columns.size, 0);
  for (const { table } of tables) await table.drop();
  return { rows, byKernel };
}

describe('the window kernel', () => {
  test('gives what the window functions of DuckDB give, to the last bit and in the same types', async () => {
    let byKernel = 0;
    await fc.assert(
      fc.asyncProperty(packOf, rowsOf, async (pack, rows) => {
        const records = await writeRecords(
          session,
          pack,
          rows.slice(rows.length >> 1),
          rows.slice(0, rows.length >> 1),
        );
        const fast = await windowsOf(records, pack, { ofHistory: true });
        expect(fast.rows).toEqual((await windowsOf(records, pack, { kernel: false })).rows);
        const own = new Set(
          (await session.rows(`SELECT seq FROM ${records} WHERE NOT history`)).map(({ seq }) => seq),
        );
        const isOwn = ({ seq }: Record<string, unknown>) => own.has(seq);
        expect((await windowsOf(records, pack, {})).rows.filter(isOwn)).toEqual(fast.rows.filter(isOwn));
        await records.drop();
        byKernel += fast.byKernel;
      }),
      { numRuns: Number(process.env.ASSAY_WINDOW_RUNS ?? 20) },
    );
    expect(byKernel).toBeGreaterThan(100);
  });

  test('rounds averages once, and twice as DuckDB does for runs of earlier versions', async () => {
    const pack = parsePack(
      `
domain: test
record: { id: id, time: t, entity: a }
columns: { id: string, t: timestamp, a: string, amount: "decimal(18,2)" }
windows: { past: all }
features: { mean: avg(amount) over past }
`,
      'mean.yaml',
    );
    // 42,959.56 / 83 lies so close to the middle of two doubles that rounding to a long double first ends at the other one.
    const rows = Array.from({ length: 83 }, (_, index) => ({
      id: String(index).padStart(2, '0'),
      t: '2025-01-01 00:00:00',
      a: 'p',
      amount: index === 82 ? '1959.56' : '500.00',
    }));
    const records = await writeRecords(session, pack, rows);
    const { mean } = await session.row<{ mean: number }>(`SELECT avg(amount) AS mean FROM ${records}`);
    const last = async (options: Parameters<typeof windowsOf>[2]) =>
      (await windowsOf(records, pack, options)).rows.at(-1)!.w_0;
    expect(await last({})).toBe(4295956 / 8300);
    expect(await last({ kernel: false })).toBe(4295956 / 8300);
    expect(await last({ averages: 'twice' })).toBe(mean);
  });

  test('a reading that fails leaves nothing behind in a session that goes on', async () => {
    const source = { sql: "SELECT 1::BIGINT AS seq, 1 AS t, 'p' AS a", order: 't', rows: 1 };
    const wanted = { numbers: new Set<string>(), present: new Set<string>(), codes: new Set(['a']) };
    const broken = { ...wanted, codes: new Set(['a', 'no_such_column']) };
    await expect(readWindowColumns(session, source, broken)).rejects.toThrow('no_such_column');
    expect((await readWindowColumns(session, source, wanted)).codes.get('a')).toEqual(Int32Array.of(0));
  });

  test('leaves to DuckDB what needs more than half of the memory', async () => {
    const pack = parsePack(
      `
domain: test
record: { id: id, time: t, entity: a }
columns: { id: string, t: timestamp, a: string }
windows: { past: all }
features: { before: count(*) over past }
`,
      'large.yaml',
    );
    const small = await Session.open({ threads: 1, memoryLimitMb: 64 });
    try {
      const records: Records = await createTable(
        small,
        'records',
        `SELECT i AS seq, false AS history, i::VARCHAR AS record_id, '' AS record_hash,
        i::VARCHAR AS id, TIMESTAMP '2025-01-01' AS t, (i % 2)::VARCHAR AS a FROM range(350000) r(i)`,
      );
      const bound = await bindPack(small, pack, true);
      const tables = await buildWindows(records, bound, { withEncodings: false, averages: 'once' });
      expect(tables.map(({ table }) => table.name)).toEqual([expect.stringMatching(/^windows_/)]);
    } finally {
      await small.close();
    }
  });
});
