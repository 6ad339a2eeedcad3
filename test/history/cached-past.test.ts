/** Many recorded requests are looked up at once; a twin looks each of them up in its file. Both must see the same past. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { ScoringRequest } from '../../lib/api/online-scoring.ts';
import { Session } from '../../lib/engine/session.ts';
import { CachedPast } from '../../lib/history/cached-past.ts';
import type { HistoryEntry } from '../../lib/history/history-entry.ts';
import { PastReader } from '../../lib/history/past-reader.ts';
import type { Model } from '../../lib/models/model-folder.ts';
import { OnlineEngine } from '../../lib/online/online-engine.ts';
import { OnlineDrops } from '../../lib/online/record-request.ts';
import { DropBench } from '../helpers/drop-bench.ts';
import { makeOrders, type Order, otherShopPack, trainShop, writeOrders } from '../helpers/shop.ts';

let folder: string;
let bench: DropBench;
let champion: Model;
let other: Model;
const engines: OnlineEngine[] = [];
let tick = 0;
const orders = makeOrders(80, 2, '2025-01-10');

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'assay-cached-'));
  champion = await trainShop(await writeOrders(folder, 'champion.csv', makeOrders(300, 1)));
  other = await trainShop(await writeOrders(folder, 'other.csv', makeOrders(300, 5)), {
    pack: otherShopPack,
  });
  bench = await DropBench.open(champion);
  await bench.drop(await writeOrders(folder, 'past.csv', makeOrders(100, 3)));
  // Packs change: each keeps its own columns, of its own types.
  for (const [model, from, to] of [
    [champion, 0, 20],
    [other, 20, 40],
    [champion, 40, 50],
  ] as const)
    await recordOneByOne(model, orders.slice(from, to));
  // Some of what was recorded is delivered again, later and otherwise.
  const again = orders
    .slice(10, 30)
    .map((order) => ({ ...order, at: '2025-01-12T00:00:00Z', amount: '1.00' }));
  await bench.drop(await writeOrders(folder, 'again.csv', again));
  await recordOneByOne(champion, orders.slice(50, 56));
});
afterAll(async () => {
  for (const engine of engines) await engine.close();
  await bench.close();
  await rm(folder, { recursive: true, force: true });
});

function requestOf(rows: readonly Order[]): ScoringRequest {
  const filled = rows.map((row) =>
    Object.fromEntries(Object.entries(row).filter(([, value]) => value !== '')),
  );
  return { domain: 'shop', records: filled, explain: 'all' };
}

function open(model: Model, seen: () => readonly HistoryEntry[]): OnlineEngine {
  const cache = join(folder, `cache-${engines.length}`);
  const engine = new OnlineEngine({
    champion: async () => model,
    past: async () => ({ segments: [], recent: seen() }),
    history: new PastReader({ store: bench.deps.data, folder: cache, maxBytes: 2e7 }),
    rates: bench.deps.rates,
    ...{ threads: 1, memoryLimitMb: 512, clock: () => performance.now() },
  });
  engines.push(engine);
  return engine;
}

/** Two orders a request. */
async function recordOneByOne(model: Model, rows: readonly Order[]): Promise<void> {
  const engine = open(model, () => bench.history);
  const states = new Set<string>();
  // After the drops so far, before the next one of the bench.
  const minute = bench.history.filter(({ drop }) => drop.startsWith('d-')).length - 1;
  const recorder = new OnlineDrops({
    ...{ engine, ...bench.deps, now: () => new Date(Date.UTC(2026, 0, 1, 0, minute, 0, 100 * ++tick)) },
    status: {
      receive: async () => true,
      planned: async () => undefined,
      done: async (id) => states.add(id),
      get: async (id) => (states.has(id) ? { state: 'done' } : null),
    },
    noteSealed: async () => {},
    // Each saw all before it, however close they lie in time.
    addHistory: async (_domain, entry) =>
      bench.history.push({ ...entry, finishedAt: '2025-12-31T00:00:00Z' }),
    sampling: async () => ({ key: Buffer.alloc(32), belowTheLine: 0, secondOpinion: 0 }),
    ...{ putBlind: async () => {}, candidate: async () => null, saveShadow: async () => {} },
  });
  for (let from = 0; from < rows.length; from += 2) {
    const request = requestOf(rows.slice(from, from + 2));
    await recorder.record(request, await engine.score(request), 'user-1');
  }
}

test.each([
  ['the pack that recorded most of them', () => champion],
  ['a pack that came between', () => other],
] as const)(
  'the past of many recorded requests, to %s, is what their files hold one by one',
  async (_, modelOf) => {
    const model = modelOf();
    // What is larger than a request is not cached: said to be, it is looked up in its file.
    const asLarge = (entry: HistoryEntry): HistoryEntry => ({ ...entry, rows: 1_000_000 });
    let seen = 0;
    const entries = () => bench.history.slice(0, seen);
    const [fast, naive] = [open(model, entries), open(model, () => entries().map(asLarge))];
    for (seen of [20, bench.history.length, 10]) {
      const request = requestOf(orders.slice(54));
      const { results } = await fast.score(request);
      expect(results).toEqual((await naive.score(request)).results);
      expect(results.filter(({ status }) => status === 'scored').length).toBeGreaterThan(15);
    }
  },
);

test('a past that grew is looked up by the same statements', async () => {
  const session = await Session.open({ threads: 1, repeats: true });
  try {
    const cached = new CachedPast(async (keys) => keys.map((key) => join(bench.folder, 'data', key)));
    const own = bench.history.filter(({ drop }) => drop.startsWith('i-'));
    const sources = [];
    for (const recent of [own.slice(0, 2), own.slice(0, 5)]) {
      await session.dropTables();
      const { source } = await cached.load(session, champion.pack, { segments: [], recent });
      const { n } = await session.row<{ n: number }>(`SELECT count(*)::DOUBLE AS n FROM ${source!}`);
      expect(n).toBe(2 * recent.length);
      sources.push(source);
    }
    expect(sources[1]).toBe(sources[0]);
  } finally {
    await session.close();
  }
});

test('what is cached is read once', async () => {
  const asked: string[] = [];
  const store = {
    ...bench.deps.data,
    download: async (key: string, path: string) => {
      asked.push(key);
      await bench.deps.data.download(key, path);
    },
  };
  const engine = new OnlineEngine({
    champion: async () => champion,
    past: async () => ({ segments: [], recent: bench.history }),
    // A cache that holds no file beyond the request.
    history: new PastReader({ store, folder: join(folder, 'no-cache'), maxBytes: 0 }),
    rates: bench.deps.rates,
    ...{ threads: 1, memoryLimitMb: 512, clock: () => performance.now() },
  });
  engines.push(engine);
  await engine.score(requestOf(orders.slice(60, 61)));
  expect(asked.filter((key) => key.includes('/i-'))).toHaveLength(28);
  asked.length = 0;
  await engine.score(requestOf(orders.slice(61, 62)));
  expect(asked.filter((key) => key.includes('/rows/'))).toEqual([]);
});
