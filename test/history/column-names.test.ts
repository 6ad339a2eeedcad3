/** A pack may call its columns what it likes: no name that Assay's SQL gives to something of its own is taken for another. */
import { globSync, readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { dropKeys } from '../../lib/drops/drop-keys.ts';
import { fetchRun } from '../../lib/drops/fetch-run.ts';
import { quoteText, Session } from '../../lib/engine/session.ts';
import { compactHistory } from '../../lib/history/compact.ts';
import type { HistoryEntry } from '../../lib/history/history-entry.ts';
import { MergedRecords } from '../../lib/history/merged-records.ts';
import { PastReader } from '../../lib/history/past-reader.ts';
import { OnlineEngine } from '../../lib/online/online-engine.ts';
import { OnlineDrops } from '../../lib/online/record-request.ts';
import { RESERVED_COLUMNS } from '../../lib/packs/own-columns.ts';
import { parsePack } from '../../lib/packs/parse-pack.ts';
import { noProgress } from '../../lib/progress.ts';
import { snapshotDataset } from '../../lib/retraining/snapshot.ts';
import { replayDecision } from '../../lib/scoring/replay-decision.ts';
import { verifyRun } from '../../lib/verification/verify-run.ts';
import { DropBench, statusOf } from '../helpers/drop-bench.ts';
import { MemoryHistory } from '../helpers/memory-history.ts';
import { makeOrders, type Order, trainShop } from '../helpers/shop.ts';

/** Every name behind AS in what handles records, and some others. */
const taken = [
  ...globSync(
    join(import.meta.dirname, '../../lib/{features,scoring,history,drops,online,retraining}/*.ts'),
  ).flatMap((path) =>
    [...readFileSync(path, 'utf8').matchAll(/\bAS "?([a-z_]+)"?/g)].map(([, name]) => name!),
  ),
  ...['by', 'pair', 'rowid', 'filename', 'score', 'chance', 'model', 'first_line', 'records', 'features'],
  ...['c0', 'v0', 't0', 'u0', 'k_0', 'x_0', 'w_0', 'f_0', 'r_0', 'fact_0', 'key', 'part_1', 'place_1'],
];
const [ID, AT, ACCOUNT, AMOUNT, COUNTRY, NOTE, BAD] = ['d', 't', 'place', 'part', 'new_id', 'drop', 'label'];
const hard = [ID, AT, ACCOUNT, AMOUNT, COUNTRY, NOTE, BAD] as string[];
hard.push(...[...new Set(taken)].filter((name) => ![...hard, ...RESERVED_COLUMNS].includes(name)));
// What else they hold is of no account.
const plain = Array.from({ length: 8 }, (_, at) => `plain${at}`);

function packOf([id, at, account, amount, country, note, bad, ...others]: readonly string[]) {
  return parsePack(
    `domain: shop
record: { id: ${id}, time: ${at}, entity: ${account}, label: ${bad} }
columns:
  ${id}: { type: string, required: true }
  ${at}: { type: timestamp, required: true }
  ${account}: { type: string, required: true }
  ${amount}: { type: "decimal(18,2)", required: true, min: 0 }
  ${country}: string
  ${note}: string
  ${bad}: boolean
${others.map((name) => `  ${name}: string`).join('\n')}
parameters: { pLarge: 900 }
windows: { wWeek: 7 days, wEver: all, wCountry: { by: ${country}, over: 7 days } }
features:
  fSize: { is: ${amount}, words: "is {value}; usual is {usual}", impute: median }
  fVisits: { is: count(*) over wWeek, format: integer }
  fRatio: ${amount} / nullif(avg(${amount}) over wEver, 0)
  fBurst: max(fVisits) over wCountry
categories: { ${country}: { keep: 3 } }
rules:
  - { id: large, when: ${amount} > $pLarge, because: "more than {pLarge}", severity: high, flag: true }
`,
    'names.yaml',
  );
}

let folder: string;
const open: { close(): Promise<unknown> }[] = [];
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'assay-names-'));
});
afterAll(async () => {
  for (const one of open) await one.close();
  await rm(folder, { recursive: true, force: true });
});

function cells({ id, at, account, amount, country, note, bad }: Order, names: readonly string[]): string[] {
  return names.map((_, n) => [id, at, account, amount, country, note, bad][n] ?? `${(id.length + n) % 3}`);
}

/** What drops, a compaction, requests, a replay and a dataset say under these names. */
async function story(names: readonly string[]): Promise<unknown> {
  const file = async (name: string, orders: readonly Order[]) => {
    const path = join(folder, `${names[0]}-${name}`);
    await writeFile(path, `${[names, ...orders.map((order) => cells(order, names))].join('\n')}\n`);
    return path;
  };
  const champion = await trainShop(await file('train.csv', makeOrders(200, 1)), { pack: packOf(names) });
  const bench = await DropBench.open(champion);
  open.push(bench);
  const orders = makeOrders(60, 2, '2025-01-10');
  const changed = orders.map((order) => ({ ...order, amount: '999.00' }));
  const small = { wholeBytes: 0, bytesPerRange: 8000, rowsPerPartition: 12 };
  const scored = async (name: string, delivered: readonly Order[], settings = {}) => {
    const { outcome, result, plan } = await bench.drop(await file(name, delivered), settings);
    const flags = await result('flagged_risks.csv');
    const { received, rejected, scored: accepted, flagged } = outcome.summary;
    const { repeats, stale } = outcome.entry;
    const rows = flags.split('\n').map((line) => line.split(','));
    const scores = rows.slice(1).map((row) => [row[0], ...row.slice(names.length, names.length + 3)]);
    return { plan, said: { received, rejected, accepted, flagged, repeats, stale, scores } };
  };
  const said = [];
  said.push((await scored('past.csv', makeOrders(20, 3), small)).said);
  for (let n = 0; n < 5; n++) said.push((await scored(`a${n}.csv`, orders.slice(8 * n, 8 * n + 8))).said);
  said.push((await scored('twice.csv', [...orders.slice(36, 44), ...changed.slice(40, 42)], small)).said);
  said.push((await scored('again.csv', changed.slice(2, 6))).said);
  const drops = bench.history.map(({ drop }) => drop);
  const index = new MemoryHistory(bench);
  const deps = { data: bench.deps.data, index, rowsPerPartition: 16, threads: 1, memoryLimitMb: 512 };
  const known = [...bench.history];
  expect(await compactHistory({ ...deps, now: () => new Date('2026-01-01T01:00:00Z') }, 'shop')).toBe(8);
  said.push((await scored('parts.csv', orders.slice(44, 52), small)).said);
  const last = await scored('whole.csv', orders.slice(44, 52));
  said.push(last.said);
  const engine = new OnlineEngine({
    champion: async () => champion,
    past: async () => ({ segments: bench.segments, recent: bench.history }),
    history: new PastReader({ store: bench.deps.data, folder: join(bench.folder, 'cache'), maxBytes: 2e7 }),
    rates: bench.deps.rates,
    ...{ threads: 1, memoryLimitMb: 512, clock: () => 0 },
  });
  open.push(engine);
  const records = orders
    .slice(52, 56)
    .map((order) => Object.fromEntries(cells(order, names).map((cell, at) => [names[at]!, cell])));
  const request = { domain: 'shop', records, explain: 'all' } as const;
  const online = await engine.score(request);
  const recorder = new OnlineDrops({
    engine,
    ...bench.deps,
    status: statusOf(new Map()),
    noteSealed: async () => undefined,
    addHistory: async (_, entry) => bench.history.push(entry),
    sampling: async () => ({ key: Buffer.alloc(32, 7), belowTheLine: 1, secondOpinion: 1 }),
    putBlind: async (entries) => void said.push(entries.length),
    candidate: async () => ({ version: champion.card.version, model: champion }),
    saveShadow: async (_, run) => void said.push({ ...run, champion: null, challenger: null, drop: null }),
  });
  await recorder.record(request, online, 'user-1');
  const out = join(bench.folder, 'fetched');
  await fetchRun(
    {
      data: bench.deps.data,
      audit: bench.audit,
      history: [...known, ...bench.history],
      threads: 1,
      progress: noProgress,
    },
    last.plan.drop,
    out,
  );
  expect((await verifyRun(join(out, 'audit.jsonl'))).findings).toEqual([]);
  const replayed = await replayDecision(out, orders[44]!.id, 1);
  expect(replayed).toMatchObject({ identical: true, differences: [] });
  const dataset = await snapshotDataset({
    folder: join(bench.folder, 'dataset'),
    pack: champion.pack,
    drops: drops.map((id) => ({
      path: join(bench.folder, 'data', dropKeys({ id, domain: 'shop' }).records),
      ...{ key: id, versionId: 'v', receivedAt: '2026-01-01T00:00:00Z', rejected: 0 },
    })),
    claims: [
      { recordId: orders[0]!.id, label: 1, source: 'review', at: '2026-01-01T00:00:00Z', by: 'a', from: 'r' },
    ],
    asOf: '2026-02-01T00:00:00Z',
    ...{ threads: 1, memoryLimitMb: 512, progress: noProgress },
  });
  const results = online.results.map((result) =>
    result.status === 'scored'
      ? [result.record_id, result.score, result.flagged, result.entity, result.time]
      : result,
  );
  return { said, results, counts: dataset.counts, sources: dataset.labelSources };
}

test('columns that are called as things of our own are dropped, compacted, scored and replayed as any', async () => {
  const expected = await story(plain);
  expect(await story(hard)).toEqual(expected);
}, 180_000);

test('columns that differ by capitals only, as versions of a pack may have them, are not put together', async () => {
  const session = await Session.open({ threads: 1 });
  open.push(session);
  const merged = await MergedRecords.create(session);
  const add = async (column: string) => {
    const path = join(session.folder, `${column}.parquet`);
    const row = `1 AS line, '${column}' AS record_id, 'hash' AS record_hash, 2 AS "${column}"`;
    await session.run(`COPY (SELECT ${row}) TO ${quoteText(path)} (FORMAT parquet)`);
    const entry: HistoryEntry = {
      ...{ drop: column, domain: 'shop', settledAt: '2026-01-01T00:00:00Z', keys: [] },
      ...{ partitions: 1, ranges: 1, rows: 1, repeats: 0, stale: 0 },
    };
    return merged.add(entry, [path], null);
  };
  expect([await add('amount'), await add('Amount'), await add('price')]).toEqual([true, false, true]);
  expect(merged.rows).toBe(2);
});
