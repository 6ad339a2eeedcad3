/** What a small drop and a request ask of the stores: little, and no more after many drops than after a few. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, onTestFinished, test, vi } from 'vitest';
import { quoteText, Session } from '../../lib/engine/session.ts';
import { compactHistory } from '../../lib/history/compact.ts';
import type { HistoryEntry } from '../../lib/history/history-entry.ts';
import { historyKeys } from '../../lib/history/history-keys.ts';
import { PastReader } from '../../lib/history/past-reader.ts';
import type { Model } from '../../lib/models/model-folder.ts';
import { OnlineEngine } from '../../lib/online/online-engine.ts';
import { DropBench } from '../helpers/drop-bench.ts';
import type { FolderStore } from '../helpers/folder-store.ts';
import { MemoryHistory } from '../helpers/memory-history.ts';
import { makeOrders, trainShop, writeOrders } from '../helpers/shop.ts';

const CALLS = ['download', 'read', 'upload', 'readText', 'writeText', 'list'] as const;

let folder: string;
let champion: Model;
const benches: DropBench[] = [];
const orders = makeOrders(400, 2, '2025-01-10');

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'assay-cost-'));
  champion = await trainShop(await writeOrders(folder, 'champion.csv', makeOrders(300, 1)));
});
afterEach(() => vi.restoreAllMocks());
afterAll(async () => {
  for (const bench of benches) await bench.close();
  await rm(folder, { recursive: true, force: true });
});

/** Calls of the stores of drops, data and audit since it was asked last. */
function countCalls({ deps, audit }: DropBench): () => string[] {
  const calls: string[] = [];
  for (const store of [deps.drops, deps.data, audit] as FolderStore[])
    for (const name of CALLS) {
      const call = store[name].bind(store) as (...given: unknown[]) => unknown;
      vi.spyOn(store, name).mockImplementation(((key: string, ...rest: unknown[]) => {
        calls.push(`${name} ${name === 'upload' ? String(rest[0]) : key}`);
        return call(key, ...rest);
      }) as never);
    }
  return () => calls.splice(0);
}

/** A past of so many drops of a record each, put together. */
async function benchWith(drops: number): Promise<DropBench> {
  const bench = await DropBench.open(champion);
  benches.push(bench);
  await bench.drop(await writeOrders(folder, 'first.csv', makeOrders(10, 3)));
  const [first] = bench.history;
  const session = await Session.open({ threads: 1 });
  const rows = join(bench.folder, 'data', historyKeys(first!).rows(0, 0, 0));
  for (let n = 0; n < drops; n++) {
    const settledAt = new Date(Date.UTC(2025, 0, 1, 0, n)).toISOString();
    const entry: HistoryEntry = { ...first!, drop: `i-${n}`, settledAt, finishedAt: settledAt, rows: 1 };
    const path = join(session.folder, 'row.parquet');
    await session.run(
      `COPY (SELECT * REPLACE (record_id || '-${n}' AS record_id) FROM ${quoteText(rows)} LIMIT 1)
       TO ${quoteText(path)} (FORMAT parquet)`,
    );
    await bench.deps.data.upload(path, historyKeys(entry).rows(0, 0, 0));
    bench.history.push(entry);
  }
  await session.close();
  await compactHistory(
    {
      data: bench.deps.data,
      index: new MemoryHistory(bench),
      ...{ rowsPerPartition: 250_000, threads: 1, memoryLimitMb: 512 },
      now: () => new Date('2025-12-01T00:00:00Z'),
    },
    'shop',
  );
  return bench;
}

test('a drop of 400 records opens two sessions and makes few calls, and fetches its file once for each function', async () => {
  const bench = await DropBench.open(champion);
  benches.push(bench);
  await bench.drop(await writeOrders(folder, 'one.csv', makeOrders(10, 3)));
  const path = await writeOrders(folder, 'small.csv', orders);
  const [calls, sessions] = [countCalls(bench), vi.spyOn(Session, 'open')];
  onTestFinished(() => sessions.mockRestore());
  await bench.drop(path);
  const made = calls().filter((call) => call !== 'readText work/d-1/outcome.json');
  expect(made.filter((call) => call.startsWith('download drops/'))).toHaveLength(2);
  // One that plans, one that does everything else.
  expect(sessions).toHaveBeenCalledTimes(2);
  expect(made.filter((call) => call.includes('/results/') || / results\//.test(call)).length).toBeLessThan(9);
  expect(made.length).toBeLessThanOrEqual(27);
});

test('a drop and a request ask as much of the stores after 200 drops as after 10', async () => {
  const [few, many] = [await benchWith(10), await benchWith(200)];
  const asked = [];
  for (const bench of [few, many]) {
    expect([bench.history, bench.segments.length]).toEqual([[], 1]);
    const calls = countCalls(bench);
    await bench.drop(await writeOrders(folder, 'probe.csv', orders.slice(0, 20)));
    const ofDrop = calls().length;
    const engine = new OnlineEngine({
      champion: async () => champion,
      past: async () => ({ segments: bench.segments, recent: [] }),
      history: new PastReader({ store: bench.deps.data, folder: join(bench.folder, 'cache'), maxBytes: 2e7 }),
      rates: bench.deps.rates,
      ...{ threads: 1, memoryLimitMb: 512, clock: () => 0 },
    });
    const { id, at, account, amount } = orders[30]!;
    const request = { domain: 'shop', records: [{ id, at, account, amount }], explain: 'all' } as const;
    await engine.score(request);
    const ofFirst = calls();
    await engine.score(request);
    asked.push({ ofDrop, ofFirst: ofFirst.length, ofNext: calls() });
    await engine.close();
  }
  expect(asked[1]).toEqual(asked[0]);
  expect(asked[0]).toMatchObject({ ofNext: [] });
  expect(asked[0]!.ofFirst).toBeLessThanOrEqual(2);
});
