/** A drop fetched as a run folder: proven and replayed there, the past of other drops included. */
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { fetchRun } from '../../lib/drops/fetch-run.ts';
import { Session } from '../../lib/engine/session.ts';
import { noProgress } from '../../lib/progress.ts';
import { replayDecision } from '../../lib/scoring/replay-decision.ts';
import { verifyRun } from '../../lib/verification/verify-run.ts';
import { DropBench, type FinishedDrop } from '../helpers/drop-bench.ts';
import { FolderStore } from '../helpers/folder-store.ts';
import { makeOrders, trainShop, writeOrders } from '../helpers/shop.ts';

let folder: string;
let bench: DropBench;
let first: FinishedDrop;
let last: FinishedDrop;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'assay-fetch-'));
  const model = await trainShop(await writeOrders(folder, 'labelled.csv', makeOrders(400, 1)));
  bench = await DropBench.open(model);
  const april = makeOrders(120, 2, '2025-04-01');
  const may = makeOrders(120, 3, '2025-04-06');
  const changed = april.slice(40, 50).map((order) => ({ ...order, amount: '950.00' }));
  first = await bench.drop(await writeOrders(folder, 'april.csv', april));
  // Some of them are delivered again, changed, and one twice: what was before is stale.
  await bench.drop(await writeOrders(folder, 'may.csv', [...may, ...changed, may[0]!]));
  const june = [...makeOrders(80, 4, '2025-04-08'), ...changed.slice(0, 5)];
  last = await bench.drop(await writeOrders(folder, 'june.csv', june), {
    rowsPerPartition: 40,
    bytesPerRange: 1000,
    wholeBytes: 0,
  });
  // A drop's working files expire.
  await rm(join(bench.folder, 'data', 'work'), { recursive: true });
});
afterAll(async () => {
  await bench.close();
  await rm(folder, { recursive: true, force: true });
});

function fetch({ plan }: FinishedDrop, out: string) {
  const deps = {
    data: bench.deps.data,
    audit: new FolderStore(join(bench.folder, 'audit')),
    history: bench.history,
    threads: 1,
    progress: noProgress,
  };
  return fetchRun(deps, plan.drop, out);
}

async function idsOf(file: string, where = 'true'): Promise<string[]> {
  const session = await Session.open({ threads: 1 });
  const rows = await session.rows<{ record_id: string }>(
    `SELECT record_id FROM read_parquet('${file}') WHERE ${where} ORDER BY record_id`,
  );
  await session.close();
  return rows.map((row) => row.record_id);
}

describe('a drop that saw earlier ones', () => {
  let out: string;
  beforeAll(async () => {
    out = join(folder, 'last');
    expect((await fetch(last, out)).past).toBe(2);
  });

  test('is verified, log, seal and all its files', async () => {
    const { verdict, findings, checked } = await verifyRun(out);
    expect([verdict, findings]).toEqual(['intact', []]);
    expect(checked).toHaveLength(12);
  });

  test('replays every decision, byte for byte', async () => {
    const ids = await idsOf(join(out, 'decisions.parquet'));
    expect(ids).toHaveLength(85);
    for (const id of ids.filter((_, at) => at % 4 === 0))
      expect(await replayDecision(out, id, 1)).toMatchObject({ identical: true, differences: [] });
  });

  test('brings each record of the past once, in its newest version', async () => {
    const past = await idsOf(join(out, 'history.parquet'));
    expect(new Set(past).size).toBe(past.length);
    const own = new Set(await idsOf(join(out, 'records.parquet')));
    expect(past.filter((id) => own.has(id))).toEqual([]);
    expect(past.length).toBeGreaterThan(100);
    const again = "record_id IN ('2-45', '2-46', '2-47', '2-48', '2-49')";
    expect(await idsOf(join(out, 'history.parquet'), `${again} AND amount <> 950`)).toEqual([]);
  });

  test('its past is needed: without it the decisions are others', async () => {
    await rm(join(out, 'history.parquet'));
    const ids = await idsOf(join(out, 'decisions.parquet'));
    const replayed = await Promise.all(ids.slice(0, 8).map((id) => replayDecision(out, id, 1)));
    expect(replayed.some(({ identical }) => !identical)).toBe(true);
  });
});

test('the first drop of a domain has no past to fetch', async () => {
  const out = join(folder, 'first');
  expect((await fetch(first, out)).past).toBe(0);
  expect(existsSync(join(out, 'history.parquet'))).toBe(false);
  const [id] = await idsOf(join(out, 'decisions.parquet'));
  expect((await replayDecision(out, id!, 1)).identical).toBe(true);
});

test('a run that is there is never written over, and one that broke off can be fetched again', async () => {
  const out = join(folder, 'broken-off');
  const none = new FolderStore(join(folder, 'nothing'));
  const deps = { history: bench.history, threads: 1, progress: noProgress, data: bench.deps.data };
  await expect(fetchRun({ ...deps, audit: none }, last.plan.drop, out)).rejects.toThrow('audit.jsonl');
  expect(existsSync(join(out, 'audit.jsonl'))).toBe(false);
  await fetch(last, out);
  expect(await readFile(join(out, 'summary.json'), 'utf8')).toContain('"received":85');
  await expect(fetch(last, out)).rejects.toThrow('already holds a run');
});
