import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { featureColumn } from '../../lib/features/feature-tables.ts';
import { LeakFound, prepareTraining } from '../../lib/retraining/prepare-training.ts';
import { snapshotDataset } from '../../lib/retraining/snapshot.ts';
import { makeOrders, shopPack } from '../helpers/shop.ts';
import { asOf, machine, plan, writeDrop } from './drops.ts';

// The engine itself gone wrong: a feature that looks at the account's next record, wherever it is computed.
vi.mock('../../lib/features/build-features.ts', async (importOriginal) => {
  const original = await importOriginal<typeof import('../../lib/features/build-features.ts')>();
  const buildFeatures: typeof original.buildFeatures = async (...given) => {
    const features = await original.buildFeatures(...given);
    const column = featureColumn(0);
    await features.replace(
      `SELECT * REPLACE (
         lead(${column}, 1, ${column}) OVER (PARTITION BY entity ORDER BY time, seq) AS ${column}
       ) FROM ${features} ORDER BY seq`,
    );
    return features;
  };
  return { ...original, buildFeatures };
});

let root: string;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'assay-future-'));
});
afterAll(() => rm(root, { recursive: true, force: true }));

test('a feature that looks ahead is found by taking away what lies ahead, and nothing is trained on it', async () => {
  const drops = [await writeDrop(root, 'one', makeOrders(600, 1))];
  await snapshotDataset({ ...machine, folder: root, pack: shopPack, drops, claims: [], asOf });
  const preparing = prepareTraining(root, plan, machine);
  await expect(preparing).rejects.toThrow(LeakFound);
  await expect(preparing).rejects.toThrow(
    /1 inputs differ once later records are taken away.*\(amount \(\d+ records\)\)/,
  );
});
