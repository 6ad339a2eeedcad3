import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Pack } from '../../lib/domain/pack.ts';
import type { ModelCard } from '../../lib/models/card.ts';
import { assembleChallenger } from '../../lib/retraining/assemble-challenger.ts';
import { compareModels } from '../../lib/retraining/compare-models.ts';
import { endOfGate, endOfSnapshot } from '../../lib/retraining/outcome.ts';
import { prepareTraining } from '../../lib/retraining/prepare-training.ts';
import { snapshotDataset } from '../../lib/retraining/snapshot.ts';
import { listTreeGroups, trainTreeGroup } from '../../lib/retraining/train-groups.ts';
import type { TrainingPlan } from '../../lib/retraining/training-plan.ts';
import { chooseCandidate, listTuningTasks, runTuningTask } from '../../lib/retraining/tune.ts';
import type { LabelClaim } from '../../lib/reviews/settle-labels.ts';
import { trainModel } from '../../lib/training/train-model.ts';
import {
  makeOrders,
  monotoneShopPack,
  type Order,
  shopPack,
  trainOptions,
  writeOrders,
} from '../helpers/shop.ts';
import { asOf, machine, plan, writeDrop } from './drops.ts';

let root: string;
const orders = makeOrders(600, 1);

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'assay-staged-'));
});
afterAll(() => rm(root, { recursive: true, force: true }));

const inTwo = (rows: readonly Order[]) => {
  const middle = Math.floor(rows.length / 2);
  return [rows.slice(0, middle), rows.slice(middle)];
};

/** All stages, the tasks of each from the last to the first: their order must not matter. */
async function runStages(
  name: string,
  own: TrainingPlan,
  delivered: readonly (readonly Order[])[],
  claims: readonly LabelClaim[] = [],
  pack: Pack = shopPack,
): Promise<{ folder: string; onnx: Uint8Array; card: ModelCard }> {
  const folder = join(root, name);
  const drops = [];
  for (const [at, rows] of delivered.entries()) {
    const receivedAt = new Date(Date.UTC(2025, 5 + at)).toISOString();
    drops.push(await writeDrop(folder, ['one', 'two', 'three'][at]!, rows, { receivedAt }));
  }
  await snapshotDataset({ ...machine, folder, pack, drops, claims, asOf });
  await prepareTraining(folder, own, machine);
  for (const task of (await listTuningTasks(folder, own)).toReversed())
    await runTuningTask(folder, own, task, machine);
  const groups = listTreeGroups(await chooseCandidate(folder, own), 3);
  for (const group of groups.toReversed()) await trainTreeGroup(folder, own, group, machine);
  const { card } = await assembleChallenger(folder, own, groups.toReversed(), machine);
  return { folder, card, onnx: new Uint8Array(await readFile(join(folder, 'model', 'model.onnx'))) };
}

/** All of a card but the names of the files. */
const contentOf = ({ dataset, ...card }: ModelCard) => ({ ...card, dataset: { ...dataset, files: [] } });

describe('a training in stages', () => {
  test('gives the bytes of one in one piece: a forest in three groups of trees', async () => {
    const whole = await trainModel(trainOptions(await writeOrders(root, 'whole.csv', orders)));
    const staged = await runStages('forest', plan, inTwo(orders));
    expect(staged.onnx).toEqual(whole.onnx);
    expect(contentOf(staged.card)).toEqual(contentOf(whole.card));
    expect(staged.card.dataset.files.map(({ name }) => name)).toEqual([
      'records/shop/one.parquet',
      'records/shop/two.parquet',
    ]);
  });

  test('gives the same where labels come from reviews instead of the drops', async () => {
    const claims = orders.map(
      ({ id, bad }): LabelClaim => ({
        recordId: id,
        label: bad === '1' ? 1 : 0,
        source: 'review',
        at: '2025-08-01T00:00:00Z',
        by: 'ann',
        from: `f-${id}`,
      }),
    );
    const staged = await runStages(
      'reviewed',
      plan,
      inTwo(orders.map((order) => ({ ...order, bad: '' }))),
      claims,
    );
    const other = await readFile(join(root, 'forest', 'model', 'model.onnx'));
    expect(Buffer.from(staged.onnx)).toEqual(other);
  });

  test.each([
    ['tuned', { tune: true, algorithm: 'boosting', resample: 'undersample' }],
    ['smote', { tune: false, algorithm: 'forest', resample: 'smote' }],
  ] as const)('gives the bytes of one in one piece: %s', async (name, changes) => {
    const few = orders.slice(0, 220);
    const path = await writeOrders(root, `${name}.csv`, few);
    const whole = await trainModel(trainOptions(path, changes));
    const staged = await runStages(name, { ...plan, ...changes }, inTwo(few));
    expect(staged.onnx).toEqual(whole.onnx);
    expect(contentOf(staged.card)).toEqual(contentOf(whole.card));
  });

  test.each(['forest', 'boosting'] as const)(
    'a monotone feature stays one in folds and groups of trees: %s',
    async (algorithm) => {
      const changes = { algorithm, pack: monotoneShopPack };
      const path = await writeOrders(root, `monotone-${algorithm}.csv`, orders);
      const whole = await trainModel(trainOptions(path, changes));
      const free = await trainModel(trainOptions(path, { algorithm }));
      const own = { ...plan, algorithm };
      const staged = await runStages(`monotone-${algorithm}`, own, inTwo(orders), [], monotoneShopPack);
      expect(staged.onnx).toEqual(whole.onnx);
      expect(contentOf(staged.card)).toEqual(contentOf(whole.card));
      expect(staged.onnx).not.toEqual(free.onnx);
    },
  );

  test('groups of trees are all trees, each once', () => {
    const forest = (trees: number) => ({ algorithm: 'forest' as const, hyperParameters: { trees } });
    expect(listTreeGroups(forest(100), 3)).toEqual([
      { first: 0, count: 33 },
      { first: 33, count: 33 },
      { first: 66, count: 34 },
    ]);
    expect(listTreeGroups(forest(2), 8)).toHaveLength(2);
    expect(listTreeGroups({ algorithm: 'boosting', hyperParameters: { trees: 50 } }, 8)).toEqual([
      { first: 0, count: 50 },
    ]);
  });
});

describe('champion and challenger', () => {
  test('the champion scores the held-out records as it was measured on them, and the same model again is no new one', async () => {
    const folder = join(root, 'forest');
    const { gate, notes, flags } = await compareModels(folder, join(folder, 'model'), plan, machine);
    const overall = gate.criteria.find(({ id }) => id === 'overall')!;
    expect(overall.difference).toEqual({ value: 0, low: 0, high: 0 });
    const card = JSON.parse(await readFile(join(folder, 'model', 'card.json'), 'utf8')) as ModelCard;
    expect(overall.champion!.value).toBeCloseTo(card.evaluation!.prAuc.value, 12);
    expect(gate.heldOut).toEqual({ rows: card.split!.heldOut, positives: card.split!.heldOutPositives });
    expect(flags).toMatchObject({ gained: 0, lost: 0, records: card.split!.heldOut });
    expect(notes).toEqual([
      'Both were trained on the same records and labels: the challenger learned from nothing new.',
    ]);
    expect(endOfGate(gate)?.outcome).toBe('same_as_champion');
  });

  test('a champion that learned labels turned round is beaten by one that learned them right', async () => {
    const wrong = orders.map((order) => ({ ...order, bad: order.bad === '1' ? '0' : '1' }));
    const bad = await runStages('wrong', plan, inTwo(wrong));
    const good = join(root, 'forest');
    const { gate, flags } = await compareModels(good, join(bad.folder, 'model'), plan, machine);
    expect(gate.passed).toBe(true);
    expect(endOfGate(gate)).toBeNull();
    expect(gate.criteria.find(({ id }) => id === 'overall')!.difference!.low).toBeGreaterThan(0);
    expect(flags!.gained + flags!.lost).toBeGreaterThan(0);
    const back = await compareModels(bad.folder, join(good, 'model'), plan, machine);
    expect(back.gate.champion).toBe(gate.challenger);
  });

  describe('what a challenger learned anew is told to those who approve it', () => {
    const later = makeOrders(60, 2, '2025-02-01');
    const compareWith = async (
      name: string,
      drops: readonly (readonly Order[])[],
      claims: LabelClaim[] = [],
    ) => {
      const { folder } = await runStages(name, plan, drops, claims);
      const { notes } = await compareModels(folder, join(root, 'forest', 'model'), plan, machine);
      return notes;
    };
    const halves = inTwo(orders);

    test('nothing, where records have come since and no label', async () => {
      const unlabelled = later.map((order) => ({ ...order, bad: '' }));
      expect(await compareWith('unlabelled', [...halves, unlabelled])).toEqual([
        'No label has come since the champion was trained: the challenger learned from nothing new.',
      ]);
    });

    test('how many labels have come since', async () => {
      expect(await compareWith('labelled', [...halves, later])).toEqual([
        '60 of 660 labels have come since the champion was trained.',
      ]);
    });

    test('nothing is said where it cannot be told: a label was turned round', async () => {
      const [{ id, bad }] = orders as [Order];
      const turned = { recordId: id, label: bad === '1' ? 0 : 1, source: 'review' } as const;
      const claims = [{ ...turned, at: '2025-08-01T00:00:00Z', by: 'ann', from: 'f-1' }];
      expect(await compareWith('turned', halves, claims)).toEqual([]);
    });
  });

  test('a first model has nobody to be compared with', async () => {
    const { gate, flags, notes } = await compareModels(join(root, 'forest'), null, plan, machine);
    expect([gate.champion, flags]).toEqual([null, null]);
    expect(notes[0]).toContain('no champion');
  });
});

test('too few labels end a retraining before anything is trained', async () => {
  const folder = join(root, 'few');
  const drops = [await writeDrop(folder, 'one', orders.slice(0, 30))];
  const version = await snapshotDataset({ ...machine, folder, pack: shopPack, drops, claims: [], asOf });
  expect(endOfSnapshot(shopPack.acceptance, version)).toMatchObject({ outcome: 'too_few_labels' });
});
