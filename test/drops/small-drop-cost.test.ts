/** What a small drop and a request ask of the stores: little, and no more after many drops than after a few. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, onTestFinished, test, vi } from 'vitest';
import { quoteText, Session } from '../../lib/engine/session.ts';
import { compactHistory } from '../../lib/history/compact.ts';
import { type HistoryEntry, placeOf } from '../../lib/history/history-entry.ts';
import { historyKeys } from '../../lib/history/history-keys.ts';
import { MergedRecords } from '../../lib/history/merged-records.ts';
import { NEW_ID, PLACE, type Segment } from '../../lib/history/past.ts';
import { pastLines, storeLines } from '../../lib/history/past-list.ts';
import { PastReader } from '../../lib/history/past-reader.ts';
import { storeSegment } from '../../lib/history/store-segment.ts';
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
  // It stores the model, too, which a domain does once.
  await bench.drop(await writeOrders(folder, 'first.csv', makeOrders(10, 3)));
  if (drops === 0) {
    bench.history.pop();
    return bench;
  }
  const session = await Session.open({ threads: 1 });
  // The drop before them, and as many as a compaction is given in a while, each with objects of its own.
  const single = Math.min(drops - 1, 79);
  let stored = 0;
  for (const share of [0.7, 0.2, 0.07, 0.03]) {
    const count = share === 0.03 ? drops - 1 - single - stored : Math.floor((drops - 1 - single) * share);
    if (count > 0) bench.segments.push(await storeDrops(bench, session, stored, count));
    stored += count;
  }
  for (let n = stored; n < drops - 1; n++) {
    const entry = entryOf(bench, n);
    const path = join(session.folder, 'row.parquet');
    await session.run(
      `COPY (SELECT * REPLACE (record_id || '-${n}' AS record_id) FROM ${firstRows(bench)} LIMIT 1)
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

const firstRows = (bench: DropBench): string =>
  quoteText(join(bench.folder, 'data', historyKeys(bench.history[0]!).rows(0, 0, 0)));

function entryOf(bench: DropBench, n: number): HistoryEntry {
  const settledAt = new Date(Date.UTC(2025, 0, 1, 0, n)).toISOString();
  return { ...bench.history[0]!, drop: `i-${n}`, settledAt, finishedAt: settledAt, rows: 1 };
}

/** The segment of so many drops of a record each, as compactions leave it: thousands of them one by one would take minutes. */
async function storeDrops(bench: DropBench, session: Session, from: number, count: number): Promise<Segment> {
  const { data } = bench.deps;
  const entries = Array.from({ length: count }, (_, at) => entryOf(bench, from + at));
  const rows = join(session.folder, 'rows.parquet');
  const places = join(session.folder, 'places.json');
  await writeFile(places, entries.map((entry) => JSON.stringify({ place: placeOf(entry) })).join('\n'));
  await session.run(
    `COPY (SELECT place AS ${PLACE}, first.* REPLACE (record_id || '-' || place AS record_id), NULL::VARCHAR AS ${NEW_ID}
           FROM (FROM ${firstRows(bench)} LIMIT 1) AS first, read_json(${quoteText(places)}))
     TO ${quoteText(rows)} (FORMAT parquet)`,
  );
  const segment = await storeLines(data, 'shop', pastLines({ segments: [], recent: entries }));
  const [first] = entries;
  const piece: Segment = {
    ...{ segment, domain: 'shop', drops: count, committedAt: first!.settledAt },
    ...{ keys: first!.keys, partitions: 1, rows: count, stale: 0 },
  };
  const merged = await MergedRecords.create(session);
  expect(await merged.add(piece, [rows], 'within')).toBe(true);
  const stored = await storeSegment({ data, rowsPerPartition: 250_000 }, session, {
    ...{ name: piece, merged, pieces: [piece], left: 'SELECT 1 LIMIT 0' },
  });
  await merged.table.drop();
  return { ...piece, ...stored };
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

/** Calls of a drop of 20 records, of a request, and of the next one, which finds what the first one fetched. */
async function askedOf(bench: DropBench): Promise<{ ofDrop: string[]; ofFirst: number; ofNext: number }> {
  const past = { segments: [...bench.segments], recent: [] };
  const calls = countCalls(bench);
  await bench.drop(await writeOrders(folder, 'probe.csv', orders.slice(0, 20)));
  const ofDrop = calls()
    .map((call) => call.replace(/segments\/shop\/\w+/, 'segments/shop/…'))
    .toSorted();
  const engine = new OnlineEngine({
    champion: async () => champion,
    past: async () => past,
    history: new PastReader({ store: bench.deps.data, folder: join(bench.folder, 'cache'), maxBytes: 2e7 }),
    rates: bench.deps.rates,
    ...{ threads: 1, memoryLimitMb: 512, clock: () => 0 },
  });
  const { id, at, account, amount } = orders[30]!;
  const request = { domain: 'shop', records: [{ id, at, account, amount }], explain: 'all' } as const;
  await engine.score(request);
  const ofFirst = calls().length;
  await engine.score(request);
  const ofNext = calls().length;
  await engine.close();
  return { ofDrop, ofFirst, ofNext };
}

test('a drop and a request ask as much of the stores after 10,000 drops as after 10', async () => {
  const [none, few, many] = [await benchWith(0), await benchWith(10), await benchWith(10_000)];
  for (const [bench, drops] of [
    [few, 10],
    [many, 10_000],
  ] as const)
    expect([bench.history, bench.segments]).toEqual([
      [],
      [expect.objectContaining({ drops, partitions: 1 })],
    ]);
  const [before, ofFew, ofMany] = [await askedOf(none), await askedOf(few), await askedOf(many)];
  expect(ofMany).toEqual(ofFew);
  // Beside a drop without a past: the segment's one file is fetched, and the list of the past is stored.
  const ofPast = ofMany.ofDrop.filter((call) => /segments\/|\/past\.json/.test(call));
  const file = 'segments/shop/…/rows/0/0.parquet';
  expect(ofPast).toEqual([`download ${file}`, `read ${file}`, 'writeText results/shop/d-1/past.json']);
  expect(before.ofDrop).toEqual(ofMany.ofDrop.filter((call) => !ofPast.includes(call)));
  // A request fetches that file once.
  expect([before.ofFirst, before.ofNext]).toEqual([0, 0]);
  expect([ofMany.ofFirst, ofMany.ofNext]).toEqual([2, 0]);
});
