/** What the README sells as proof, each with the defect that it is there for, planted: the run must fail, and never look finished. */
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, test, vi } from 'vitest';
import { sealingTime } from '../../lib/drops/store-run.ts';
import { Session } from '../../lib/engine/session.ts';
import { buildFeatures } from '../../lib/features/build-features.ts';
import { streamMatrix } from '../../lib/features/stream-matrix.ts';
import { readRecords } from '../../lib/intake/read-records.ts';
import type { Model } from '../../lib/models/model-folder.ts';
import { FolderStore } from '../helpers/folder-store.ts';
import { makeOrders, scoreOrders, shopPack, trainShop, writeOrders } from '../helpers/shop.ts';

const defect = vi.hoisted(() => ({ planted: 'none' as 'none' | 'a record lost' | 'a record not counted' }));

/** The scanner counts one record more than DuckDB is given: as if one had been lost on the way. */
vi.mock('../../lib/intake/load-csv.ts', async (original) => {
  const real = await original<typeof import('../../lib/intake/load-csv.ts')>();
  const loadCsv: typeof real.loadCsv = async (context) => {
    const loaded = await real.loadCsv(context);
    return defect.planted === 'a record lost' ? { ...loaded, sound: loaded.sound + 1 } : loaded;
  };
  return { ...real, loadCsv };
});

/** One record of those received is neither scored nor rejected. */
vi.mock('../../lib/scoring/score-records.ts', async (original) => {
  const real = await original<typeof import('../../lib/scoring/score-records.ts')>();
  const scoreRecords: typeof real.scoreRecords = async (...given) => {
    const scored = await real.scoreRecords(...given);
    return defect.planted === 'a record not counted' ? { ...scored, scored: scored.scored - 1 } : scored;
  };
  return { ...real, scoreRecords };
});

let folder: string;
let fresh: string;
let model: Model;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'assay-guards-'));
  model = await trainShop(await writeOrders(folder, 'labelled.csv', makeOrders(300, 1)));
  fresh = await writeOrders(folder, 'fresh.csv', makeOrders(60, 2));
});
beforeEach(() => {
  defect.planted = 'none';
});
afterAll(() => rm(folder, { recursive: true, force: true }));

test.each([
  ['a record lost', 'fresh.csv: 61 records were scanned, but DuckDB read 60'],
  ['a record not counted', '60 records received, but 59 scored and 0 rejected'],
] as const)('%s ends the run, and nothing of it looks finished', async (planted, message) => {
  defect.planted = planted;
  const out = join(folder, planted.replaceAll(' ', '-'));
  await expect(scoreOrders(model, fresh, out)).rejects.toThrow(message);
  const left = await readdir(out);
  expect(left.filter((name) => ['seal.json', 'audit.jsonl', 'summary.json'].includes(name))).toEqual([]);
  // The same folder and file without the defect are a run.
  defect.planted = 'none';
  const { summary } = await scoreOrders(model, fresh, join(folder, `${planted.replaceAll(' ', '-')}-sound`));
  expect(summary).toMatchObject({ received: 60, scored: 60, rejected: 0 });
});

test('rows of features that come out of order are no scores of the wrong records', async () => {
  const session = await Session.open({ threads: 1 });
  try {
    const { records } = await readRecords(session, shopPack, [{ path: fresh }], {});
    const features = await buildFeatures(records, shopPack, { encodings: false });
    await features.replace(`SELECT * FROM ${features} ORDER BY seq DESC`);
    const { fitted } = model.card;
    const read = Array.fromAsync(streamMatrix(features, shopPack, fitted, { mode: 'train' }));
    await expect(read).rejects.toThrow('features came out of order: 58 after 59');
  } finally {
    await session.close();
  }
});

test('a drop that is finished again is sealed with the time of the first', async () => {
  const store = new FolderStore(join(folder, 'bucket'));
  const first = new Date('2025-06-01T10:00:00Z');
  const known = () => store.readText('sealed-at');
  expect(await sealingTime(store, 'sealed-at', () => first, await known())).toEqual(first);
  const later = () => new Date('2025-06-02T10:00:00Z');
  expect(await sealingTime(store, 'sealed-at', later, await known())).toEqual(first);
});
