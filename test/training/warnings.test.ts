/** What a training says unasked, and what it refuses before it has read anything. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { makeFolds } from '../../lib/evaluation/folds.ts';
import { splitByEntityAndTime } from '../../lib/evaluation/split.ts';
import { parsePack } from '../../lib/packs/parse-pack.ts';
import { renderReport } from '../../lib/report/render-report.ts';
import { thresholdWarnings } from '../../lib/training/threshold-warnings.ts';
import { trainModel } from '../../lib/training/train-model.ts';
import { makeOrders, shopPack, trainOptions, writeOrders } from '../helpers/shop.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'assay-warnings-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const change = (from: string, to: string) => {
  expect(shopPack.source).toContain(from);
  return parsePack(shopPack.source.replace(from, to), 'changed.yaml');
};

test('records without a time take no part, and are counted', async () => {
  const pack = change('at: { type: timestamp, required: true }', 'at: timestamp');
  const orders = makeOrders(400, 1).map((order, i) => (i % 4 === 0 ? { ...order, at: '' } : order));
  const path = await writeOrders(folder, 'untimed.csv', orders);
  const { card, warnings } = await trainModel(trainOptions(path, { pack }));
  expect(warnings).toEqual([
    '100 of 400 labelled records have no "at": they are neither trained on nor held out',
  ]);
  expect(card.split!.unused).toBeGreaterThanOrEqual(100);
});

test('a threshold policy that flags everything is noticed', async () => {
  const pack = parsePack(
    `${shopPack.source}threshold: { policy: capacity, per_day: 1000 }\n`,
    'capacity.yaml',
  );
  const path = await writeOrders(folder, 'all.csv', makeOrders(400, 1));
  const { warnings, card, report } = await trainModel(trainOptions(path, { pack }));
  const all = 'the threshold policy capacity leads to flagging every record that it was chosen on';
  expect([warnings, card.warnings]).toEqual([[all], [all]]);
  expect(renderReport(report)).toContain(all);
  expect((await trainModel(trainOptions(path))).warnings).toEqual([]);
});

test('a pack without a label is refused before anything is read', async () => {
  const pack = parsePack(
    'domain: unlabelled\nrecord: { id: id }\ncolumns: { id: string, amount: number }\nfeatures: { amount: amount }\n',
    'unlabelled.yaml',
  );
  await expect(trainModel(trainOptions(join(folder, 'nowhere.csv'), { pack }))).rejects.toThrow(
    'pack unlabelled: record.label is not set; without a label a pack can score but not train',
  );
});

test('one is not called "1 entities"', () => {
  const labels = Uint8Array.of(1, 0, 0, 0, 0);
  expect(() => makeFolds(['a', 'b', 'c', 'd', 'e'], labels, 4, 1)).toThrow(
    '1 entity has positives and 4 have negatives in the training part',
  );
  const one = { id: [...'abcde'], entity: [...'xxxxx'], time: [1, 2, 3, 4, 5], labels };
  expect(() => splitByEntityAndTime(one, { heldOutShare: 0.25, seed: 1 })).toThrow('of one entity.');
});

test('a threshold below half of the share of positives is called about 0, by any policy and with weights', () => {
  const labels = Uint8Array.from({ length: 100 }, (_, row) => Number(row < 10));
  const chosen = (value: number) => {
    const reached = {
      flagged: 60,
      flaggedShare: 0.6,
      precision: 0.16,
      recall: 1,
      f1: 0.28,
      flaggedPerDay: 1,
    };
    return { value, reached };
  };
  const policy = { policy: 'max_f1' } as const;
  expect(thresholdWarnings(chosen(0.05), policy, { labels })).toEqual([]);
  expect(thresholdWarnings(chosen(0.0499), policy, { labels })).toEqual([
    'the threshold 0.050 is about 0, below half of the share of positives (10.0 %): policy max_f1 flags 60.0 % of the records, also those that the model takes to be less likely positive than any record; choose another policy or look at the scores',
  ]);
  // What each record stands for makes positives rarer, or more frequent.
  const weights = Float64Array.from(labels, (label) => (label === 1 ? 1 : 10));
  expect(thresholdWarnings(chosen(0.0499), policy, { labels, weights })).toEqual([]);
  expect(thresholdWarnings(chosen(0.005), policy, { labels, weights })).toHaveLength(1);
});
