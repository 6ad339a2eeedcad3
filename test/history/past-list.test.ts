/** The list of the drops that one saw: the same again when it is read, and not stored anew by each drop. */
import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { readPast, storePast } from '../../lib/history/past-list.ts';
import { FolderStore } from '../helpers/folder-store.ts';

let folder: string;
let store: FolderStore;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'assay-past-'));
  store = new FolderStore(folder);
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const idsOf = (count: number) => Array.from({ length: count }, (_, n) => `i-${String(n).padStart(20, '0')}`);
const drop = (id: string) => ({ id, domain: 'shop' });

test('what is read is what was stored, however long it is', async () => {
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 1, max: 1_100 }), async (count) => {
      await storePast(store, drop(`d-${count}`), idsOf(count));
      expect(await readPast(store, drop(`d-${count}`))).toEqual(idsOf(count));
    }),
    { numRuns: 12, examples: [[255], [256], [257], [512]] },
  );
});

test('of two thousand drops, each with all before it as its past, each stores a few kilobytes at the most', async () => {
  const own = new FolderStore(join(folder, 'many'));
  await own.writeText('results/x', '');
  let most = 0;
  for (const count of [1, 255, 256, 1_000, 1_999, 2_000]) {
    await storePast(own, drop(`d-${count}`), idsOf(count));
    most = Math.max(most, (await stat(join(folder, 'many', `results/shop/d-${count}/past.json`))).size);
  }
  expect(most).toBeLessThan(8_000);
  // Blocks that a drop before has stored are not stored again: 2,000 ids have seven.
  expect((await own.list('history/shop/past/')).length).toBe(7);
});
