import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { withinWorkFolder } from '../../lib/services/work-folder.ts';
import { FolderStore } from '../helpers/folder-store.ts';

let root: string;
let store: FolderStore;

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'assay-work-test-'));
  store = new FolderStore(root);
});
afterAll(() => rm(root, { recursive: true, force: true }));

test('brings what is read, puts back what was written, and leaves nothing on the machine', async () => {
  for (const name of ['train.json', 'train.f32', 'other.json', 'trees/1.bin'])
    await store.writeText(`work/r/${name}`, name);
  let seen: string | undefined;
  const result = await withinWorkFolder(
    store,
    { prefix: 'work/r/', reads: ['train.', 'trees/'], except: 'delivered' },
    async (folder) => {
      seen = folder;
      expect((await readdir(folder, { recursive: true })).sort()).toEqual([
        ...['train.f32', 'train.json', 'trees', join('trees', '1.bin')],
      ]);
      await mkdir(join(folder, 'delivered'));
      await writeFile(join(folder, 'delivered', 'drop.parquet'), 'large');
      await writeFile(join(folder, 'chosen.json'), '{}');
      return 7;
    },
  );
  expect([result, existsSync(seen!)]).toEqual([7, false]);
  expect(await store.list('work/r/')).toEqual(
    ['chosen.json', 'other.json', 'train.f32', 'train.json', 'trees/1.bin'].map((name) => `work/r/${name}`),
  );
});
