/** The list of the drops that one saw: the same again when it is read, and no longer than what was not compacted. */
import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { HistoryEntry } from '../../lib/history/history-entry.ts';
import type { Past, Segment } from '../../lib/history/past.ts';
import { pastLines, readPast, storeLines, storePast } from '../../lib/history/past-list.ts';
import { countDrops } from '../../lib/scoring/past-text.ts';
import { FolderStore } from '../helpers/folder-store.ts';

let folder: string;
let store: FolderStore;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'assay-past-'));
  store = new FolderStore(folder);
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const drop = (id: string) => ({ id, domain: 'shop' });
const parted = { domain: 'shop', keys: [], partitions: 1, rows: 1, stale: 0 };
const entryOf = (n: number): HistoryEntry => ({
  ...parted,
  drop: `i-${String(n).padStart(20, '0')}`,
  settledAt: '2026-01-01T00:00:00.000Z',
  ...{ ranges: 1, repeats: 0 },
});

/** Put together a number at a time, each segment from the ones before it, and the rest left as it is. */
async function pastOf(count: number, atATime: number): Promise<Past> {
  let past: Past = { segments: [], recent: [] };
  for (let from = 0; from + atATime <= count; from += atATime) {
    const recent = Array.from({ length: atATime }, (_, n) => entryOf(from + n));
    const lines = pastLines({ ...past, recent });
    const segment = await storeLines(store, 'shop', lines);
    const one: Segment = { ...parted, segment, drops: countDrops(lines), committedAt: '' };
    past = { segments: [one], recent: [] };
  }
  const rest = count % atATime;
  return { ...past, recent: Array.from({ length: rest }, (_, n) => entryOf(count - rest + n)) };
}

test('what is read are the drops that were seen, however often they were put together', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 1, max: 300 }),
      fc.integer({ min: 1, max: 90 }),
      async (count, atATime) => {
        const lines = pastLines(await pastOf(count, atATime));
        await storePast(store, drop('d-1'), lines);
        const read = await readPast(store, drop('d-1'));
        expect(read.drops).toEqual(Array.from({ length: count }, (_, n) => entryOf(n).drop));
        expect(read.lines).toEqual(lines);
        expect(countDrops(lines)).toBe(count);
      },
    ),
    { numRuns: 12 },
  );
});

test('a drop with 10,000 before it stores no more of them than one with 100', async () => {
  const sizes: number[] = [];
  for (const count of [100, 10_000]) {
    await storePast(store, drop('d-2'), pastLines(await pastOf(count, 100)));
    sizes.push((await stat(join(folder, 'results/shop/d-2/past.json'))).size);
  }
  expect(sizes[1]).toBeLessThan(sizes[0]! + 10);
});

test('a list that was changed is not read', async () => {
  const lines = pastLines(await pastOf(10, 5));
  await storePast(store, drop('d-3'), lines);
  const sha256 = lines[0]!.split(' ')[0]!;
  await store.writeText(`history/shop/past/${sha256}.txt`, 'i-other\n');
  await expect(readPast(store, drop('d-3'))).rejects.toThrow('it was changed');
});

test('a list by an earlier version is read', async () => {
  const block = await storeLines(store, 'shop', ['i-1', 'i-2']);
  const list = { format: 'assay-past/1', blocks: [block], rest: ['i-3'] };
  await store.writeText('results/shop/d-4/past.json', JSON.stringify(list));
  expect(await readPast(store, drop('d-4'))).toEqual({
    ...{ lines: ['i-1', 'i-2', 'i-3'], drops: ['i-1', 'i-2', 'i-3'], byIds: false },
  });
});
