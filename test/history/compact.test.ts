/** A compaction changes where the past lies and nothing of what is seen of it: drops, requests and replays say the same. */
import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { ScoringRequest } from '../../lib/api/online-scoring.ts';
import { dropKeys } from '../../lib/drops/drop-keys.ts';
import { fetchRun } from '../../lib/drops/fetch-run.ts';
import { type CompactDeps, compactHistory } from '../../lib/history/compact.ts';
import type { HistoryEntry } from '../../lib/history/history-entry.ts';
import type { Past } from '../../lib/history/past.ts';
import { PastReader } from '../../lib/history/past-reader.ts';
import type { Model } from '../../lib/models/model-folder.ts';
import { OnlineEngine } from '../../lib/online/online-engine.ts';
import { noProgress } from '../../lib/progress.ts';
import { replayDecision } from '../../lib/scoring/replay-decision.ts';
import { verifyRun } from '../../lib/verification/verify-run.ts';
import { DropBench } from '../helpers/drop-bench.ts';
import { MemoryHistory } from '../helpers/memory-history.ts';
import { makeOrders, type Order, otherShopPack, trainShop, writeOrders } from '../helpers/shop.ts';

let folder: string;
let bench: DropBench;
let champion: Model;
let other: Model;
let everything: HistoryEntry[];
let index: MemoryHistory;
/** What is seen of the past as the drops left it. */
let before: unknown;
const engines: OnlineEngine[] = [];
const orders = makeOrders(90, 2, '2025-01-10');
const changed = (rows: readonly Order[]) => rows.map((order) => ({ ...order, amount: '999.00' }));

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'assay-compact-'));
  champion = await trainShop(await writeOrders(folder, 'champion.csv', makeOrders(300, 1)));
  other = await trainShop(await writeOrders(folder, 'other.csv', makeOrders(300, 5)), {
    pack: otherShopPack,
  });
  bench = await DropBench.open(champion, other);
  const drop = async (name: string, rows: readonly Order[], model = champion, parted = false) => {
    const path = await writeOrders(folder, name, rows);
    await bench.drop(path, parted ? small : {}, { model });
  };
  await drop('past.csv', makeOrders(100, 3));
  for (let n = 0; n < 4; n++) await drop(`a${n}.csv`, orders.slice(8 * n, 8 * n + 8));
  await drop('other-1.csv', orders.slice(32, 40), other);
  await drop('parted.csv', orders.slice(40, 60), champion, true);
  // Delivered again: what was compacted before it, and what is beside it.
  await drop('again.csv', changed(orders.slice(4, 12)));
  // Twice in one file: the second is rejected.
  await drop('twice.csv', [...orders.slice(60, 64), ...changed(orders.slice(60, 62))]);
  await drop('again-2.csv', changed([...orders.slice(10, 14), ...orders.slice(42, 46)]));
  // Two that ran side by side: neither saw the other, and both deliver the same records.
  const seen = bench.history.length;
  await drop('one.csv', orders.slice(64, 70));
  const [one] = bench.history.splice(seen);
  await drop('two.csv', changed(orders.slice(66, 72)));
  const two = bench.history.pop()!;
  bench.history.push({ ...one!, finishedAt: two.settledAt }, two);
  everything = [...bench.history];
  index = new MemoryHistory(bench);
}, 120_000);
afterAll(async () => {
  for (const engine of engines) await engine.close();
  await bench.close();
  await rm(folder, { recursive: true, force: true });
});

/** Several ranges and partitions, of few records. */
const small = { wholeBytes: 0, bytesPerRange: 700, rowsPerPartition: 8 };

const compactDeps = (rowsPerPartition = 250_000): CompactDeps => ({
  data: bench.deps.data,
  index,
  ...{ rowsPerPartition, threads: 1, memoryLimitMb: 512 },
  now: () => new Date('2026-01-01T01:00:00Z'),
});

function requestOf(rows: readonly Order[]): ScoringRequest {
  const records = rows.map((row) =>
    Object.fromEntries(Object.entries(row).filter(([, value]) => value !== '')),
  );
  return { domain: 'shop', records, explain: 'all' };
}

async function online(model: Model, past: Past): Promise<unknown> {
  const cache = join(folder, `cache-${engines.length}`);
  const engine = new OnlineEngine({
    champion: async () => model,
    past: async () => past,
    history: new PastReader({ store: bench.deps.data, folder: cache, maxBytes: 2e7 }),
    rates: bench.deps.rates,
    ...{ threads: 1, memoryLimitMb: 512, clock: () => 0 },
  });
  engines.push(engine);
  return (await engine.score(requestOf(orders.slice(70)))).results;
}

/** Without becoming history. */
async function dropped(model: Model, settings: object): Promise<unknown> {
  const path = await writeOrders(folder, 'probe.csv', orders.slice(70));
  const { result } = await bench.drop(path, settings, { model });
  bench.history.pop();
  return [await result('flagged_risks.csv'), await result('explanations.jsonl'), await result('rejects.csv')];
}

async function seenBy(model: Model): Promise<unknown> {
  const past = { segments: [...bench.segments], recent: [...bench.history] };
  return {
    online: await online(model, past),
    whole: await dropped(model, {}),
    ...(model === champion && { parts: await dropped(model, small) }),
  };
}

const seenByBoth = async () => [await seenBy(champion), await seenBy(other)];

test.each([
  ['one partition', 250_000],
  ['several partitions', 16],
])(
  'drops and requests see the same of what was compacted into %s',
  async (_, rowsPerPartition) => {
    bench.segments.splice(0);
    bench.history.splice(0, Number.POSITIVE_INFINITY, ...everything);
    before ??= await seenByBoth();
    // First a part, so that what comes later finds segments there.
    const late = bench.history.splice(8);
    await compactHistory(compactDeps(rowsPerPartition), 'shop');
    bench.history.push(...late.slice(0, 2));
    expect(await compactHistory(compactDeps(rowsPerPartition), 'shop')).toBe(0);
    bench.history.push(...late.slice(2));
    expect(await seenByBoth()).toEqual(before);
    while (bench.history.length < 8) bench.history.push(await emptyDrop());
    expect(await compactHistory(compactDeps(rowsPerPartition), 'shop')).toBe(8);
    expect(bench.history).toEqual([]);
    // By each pack's columns their own.
    expect(bench.segments).toHaveLength(2);
    expect(await seenByBoth()).toEqual(before);
  },
  300_000,
);

/** Of which every record lies after all that are scored. */
async function emptyDrop(): Promise<HistoryEntry> {
  const rows = makeOrders(8, 100 + bench.history.length, '2027-01-01');
  await bench.drop(await writeOrders(folder, 'later.csv', rows));
  return bench.history.pop()!;
}

test('a decision that was made over segments is fetched, verified and made again from what the drops left', async () => {
  expect(bench.segments.length).toBeGreaterThan(0);
  const path = await writeOrders(folder, 'replayed.csv', orders.slice(70, 76));
  const { plan } = await bench.drop(path);
  const out = join(folder, 'fetched');
  const known = [...everything, ...bench.history];
  const listed = await bench.deps.data.list('history/shop/d-');
  for (const id of new Set(listed.map((key) => key.split('/')[2]!)))
    if (!known.some(({ drop }) => drop === id)) known.push(await entryOf(id));
  const fetched = await fetchRun(
    { data: bench.deps.data, audit: bench.audit, history: known, threads: 1, progress: noProgress },
    plan.drop,
    out,
  );
  expect(fetched.past).toBeGreaterThan(everything.length - 1);
  const { findings } = await verifyRun(join(out, 'audit.jsonl'));
  expect(findings).toEqual([]);
  for (const { id } of orders.slice(70, 76))
    expect(await replayDecision(out, id, 1)).toMatchObject({ identical: true, differences: [] });
}, 120_000);

async function entryOf(id: string): Promise<HistoryEntry> {
  const text = await bench.deps.data.readText(dropKeys({ id, domain: 'shop' }).outcome);
  return JSON.parse(text!).entry;
}

test('what was replaced is emptied after all plans that may name it are gone, and not before', async () => {
  const replaced = index.replaced.map(({ segment }) => segment.segment);
  expect(replaced.length).toBeGreaterThan(0);
  const full = async () => {
    const keys = await bench.deps.data.list('segments/');
    const sizes = await Promise.all(keys.map((key) => stat(join(bench.folder, 'data', key))));
    return keys.filter((_, at) => sizes[at]!.size > 0);
  };
  const before = await full();
  await compactHistory({ ...compactDeps(), now: () => new Date('2026-01-15T01:00:00Z') }, 'shop');
  expect(await full()).toEqual(before);
  await compactHistory({ ...compactDeps(), now: () => new Date('2026-01-17T01:00:00Z') }, 'shop');
  const after = await full();
  expect(after.some((key) => replaced.some((id) => key.includes(id)))).toBe(false);
  for (const { segment } of bench.segments) expect(after.some((key) => key.includes(segment))).toBe(true);
});
