/** Runs that earlier code left in the buckets are fetched, verified and replayed as they were: test/fixtures/earlier-store. */
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { fetchRun } from '../../lib/drops/fetch-run.ts';
import type { HistoryEntry } from '../../lib/history/history-entry.ts';
import { noProgress } from '../../lib/progress.ts';
import { replayDecision } from '../../lib/scoring/replay-decision.ts';
import { verifyRun } from '../../lib/verification/verify-run.ts';
import { FolderStore } from '../helpers/folder-store.ts';
import { makeOrders } from '../helpers/shop.ts';

const store = fileURLToPath(new URL('../fixtures/earlier-store/', import.meta.url));
let folder: string;
let known: { readonly request: string; readonly history: readonly HistoryEntry[] };
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'assay-earlier-'));
  known = JSON.parse(await readFile(join(store, 'history.json'), 'utf8'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

test.each([
  ['a drop', (): string => 'd-1', 1, makeOrders(20, 3)],
  ['a recorded request', (): string => known.request, 2, makeOrders(5, 4)],
] as const)('%s: log, seal and files verify, and decisions replay', async (_, idOf, past, orders) => {
  const out = join(folder, idOf());
  const deps = {
    data: new FolderStore(join(store, 'data')),
    audit: new FolderStore(join(store, 'audit')),
    ...{ history: known.history, threads: 1, progress: noProgress },
  };
  expect((await fetchRun(deps, { id: idOf(), domain: 'shop' }, out)).past).toBe(past);
  const verified = await verifyRun(join(out, 'audit.jsonl'));
  // The reports of the fixture are emptied, and nothing sealed them then.
  const found = verified.findings.filter(({ file }) => !file.startsWith('report.'));
  expect(found).toEqual([]);
  expect(verified.checked).toHaveLength(7);
  for (const { id } of orders.slice(-3))
    expect(await replayDecision(out, id, 1)).toMatchObject({ identical: true, differences: [] });
});
