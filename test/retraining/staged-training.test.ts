import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { averagePrecision } from '../../lib/evaluation/average-precision.ts';
import { scoreRows } from '../../lib/forest/onnx/score-rows.ts';
import type { ModelCard } from '../../lib/models/card.ts';
import type { Pack } from '../../lib/packs/pack.ts';
import { parsePack } from '../../lib/packs/parse-pack.ts';
import { assembleChallenger } from '../../lib/retraining/assemble-challenger.ts';
import { makeChangeRecord } from '../../lib/retraining/change-record.ts';
import { renderChangeRecord } from '../../lib/retraining/change-record-page.ts';
import { compareModels } from '../../lib/retraining/compare-models.ts';
import { endOfGate, endOfSnapshot } from '../../lib/retraining/outcome.ts';
import { readPart } from '../../lib/retraining/part-files.ts';
import { prepareTraining } from '../../lib/retraining/prepare-training.ts';
import { snapshotDataset } from '../../lib/retraining/snapshot.ts';
import { listTreeGroups, trainTreeGroup } from '../../lib/retraining/train-groups.ts';
import type { TrainingPlan } from '../../lib/retraining/training-plan.ts';
import { chooseCandidate, listTuningTasks, runTuningTask } from '../../lib/retraining/tune.ts';
import type { LabelClaim } from '../../lib/reviews/resolve-labels.ts';
import { trainModel } from '../../lib/training/train-model.ts';
import { fakeChange } from '../helpers/change-record.ts';
import {
  derivedShopPack,
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

/** All of a card but the names of the files, and its hash. */
const contentOf = ({ dataset, sha256: _, ...card }: ModelCard) => ({
  ...card,
  dataset: { ...dataset, files: [] },
});

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

  test('a label derived from columns is the same as delivered, also of drops that an earlier pack read', async () => {
    const path = await writeOrders(root, 'derived.csv', orders);
    const delivered = await readFile(join(root, 'forest', 'model', 'model.onnx'));
    const whole = await trainModel(trainOptions(path, { pack: derivedShopPack }));
    expect(Buffer.from(whole.onnx)).toEqual(delivered);
    const claims = orders.slice(0, 3).map(
      ({ id, bad }): LabelClaim => ({
        ...{ recordId: id, label: bad === '1' ? 0 : 1, source: 'review', at: '2025-08-01T00:00:00Z' },
        ...{ by: 'ann', from: `f-${id}` },
      }),
    );
    const staged = await runStages('derived', plan, inTwo(orders), [], derivedShopPack);
    expect(Buffer.from(staged.onnx)).toEqual(delivered);
    // What officers found is stronger than what the columns say.
    const { dataset } = (await runStages('derived-reviewed', plan, inTwo(orders), claims, derivedShopPack))
      .card;
    const turned = claims.reduce((sum, { label }) => sum + (label === 1 ? 1 : -1), 0);
    expect(dataset.positives).toBe(whole.card.dataset.positives + turned);
  });

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
    const { gate, notes, flags } = await compareModels(folder, join(folder, 'model'), machine);
    const overall = gate.criteria.find(({ id }) => id === 'overall')!;
    expect(overall.difference).toEqual({ value: 0, low: 0, high: 0 });
    const card = JSON.parse(await readFile(join(folder, 'model', 'card.json'), 'utf8')) as ModelCard;
    expect(overall.champion!.value).toBeCloseTo(card.evaluation!.prAuc.value, 12);
    expect(gate.heldOut).toEqual({
      rows: card.split!.heldOut,
      positives: card.split!.heldOutPositives,
      weighted: 0,
    });
    expect(flags).toMatchObject({ gained: 0, lost: 0, records: card.split!.heldOut });
    expect(notes).toEqual([
      'Both were trained on the same records and labels: the challenger learned from nothing new.',
    ]);
    expect(endOfGate(gate)?.outcome).toBe('same_as_champion');
  });

  test('a champion that learned labels turned round is beaten by one that learned them right', async () => {
    const wrong = orders.map((order) => ({ ...order, bad: order.bad === '1' ? '0' : '1' }));
    const bad = await runStages('wrong', plan, inTwo(wrong));
    // Twelve positives show nothing by the usual margins.
    const lenient = parsePack(
      `${shopPack.source}acceptance: { max_loss: 1, max_recall_loss: 1 }\n`,
      'lenient.yaml',
    );
    const good = await runStages('right', plan, inTwo(orders), [], lenient);
    const { gate, flags } = await compareModels(good.folder, join(bad.folder, 'model'), machine);
    expect(gate.passed).toBe(true);
    expect(endOfGate(gate)).toBeNull();
    expect(gate.criteria.find(({ id }) => id === 'overall')!.difference!.value).toBeGreaterThan(0.2);
    expect(flags!.gained + flags!.lost).toBeGreaterThan(0);
    const back = await compareModels(bad.folder, join(good.folder, 'model'), machine);
    expect(back.gate.champion).toBe(gate.challenger);
    expect(back.gate.passed).toBe(false);
  });

  test('the champion is compared by the threshold in force, not by its card’s', async () => {
    const folder = join(root, 'forest');
    const place = join(folder, 'model');
    const [own, none] = [
      await compareModels(folder, place, machine),
      await compareModels(folder, place, machine, 1),
    ];
    const flagged = ({ gate }: typeof own) =>
      gate.criteria.find(({ id }) => id === 'flag_volume')!.champion!.value;
    expect(flagged(own)).toBeGreaterThan(0);
    expect(flagged(none)).toBe(0);
    expect([none.figures.champion!.threshold, none.figures.champion!.recall.value]).toEqual([1, 0]);
    expect(none.flags!.gained).toBeGreaterThan(0);
  });

  test('twelve held-out positives end a retraining without a verdict, and say how many are needed', async () => {
    const folder = join(root, 'forest');
    const { gate } = await compareModels(folder, join(root, 'smote', 'model'), machine);
    expect(gate).toMatchObject({ passed: false, outcome: 'not_enough_data' });
    expect(gate.positivesNeeded).toBeGreaterThan(12);
    const end = endOfGate(gate)!;
    expect(end.outcome).toBe('not_enough_data');
    expect(end.reason).toMatch(
      /cannot be distinguished from 12 positives; about [\d,]+ held-out positives would show it/,
    );
  });

  test('records of blind review weigh in the gate as they do in the figures, up to the change record', async () => {
    const claims = orders.map(
      ({ id, bad }, at): LabelClaim => ({
        recordId: id,
        label: bad === '1' ? 1 : 0,
        source: 'review',
        at: '2025-08-01T00:00:00Z',
        by: 'ann',
        from: `f-${id}`,
        chance: at % 3 === 0 ? 0.05 : 1,
      }),
    );
    const unlabelled = orders.map((order) => ({ ...order, bad: '' }));
    const { folder, card } = await runStages('weighted', plan, inTwo(unlabelled), claims);
    const compared = await compareModels(folder, join(root, 'smote', 'model'), machine);
    const { data } = await readPart(folder, 'held-out');
    const weights = data.weights!;
    expect(compared.gate.heldOut.weighted).toBe(weights.filter((weight) => weight === 20).length);
    expect(compared.gate.heldOut.weighted).toBeGreaterThan(10);
    const scores = await scoreRows(
      new Uint8Array(await readFile(join(folder, 'model', 'model.onnx'))),
      data.values,
      data.rows,
    );
    const weighed = averagePrecision(scores, data.labels, weights);
    expect(weighed).not.toBeCloseTo(averagePrecision(scores, data.labels), 2);
    const criterion = (id: string) => compared.gate.criteria.find((one) => one.id === id)!;
    expect(criterion('overall').challenger!.value).toBeCloseTo(weighed, 12);
    expect(compared.figures.challenger.prAuc.value).toBeCloseTo(weighed, 12);
    // At its own threshold, by hand: what is flagged of what the records stand for.
    const flagged = (row: number) => scores[row]! >= card.threshold.value;
    const sum = (of: (row: number) => boolean) =>
      [...weights.keys()].reduce((total, row) => total + (of(row) ? weights[row]! : 0), 0);
    expect(criterion('flag_volume').challenger!.value).toBeCloseTo(sum(flagged) / sum(() => true), 12);
    const isPositive = (row: number) => data.labels[row] === 1;
    expect(criterion('recall').challenger!.value).toBeCloseTo(
      sum((row) => isPositive(row) && flagged(row)) / sum(isPositive),
      12,
    );
    const { comparison, ...change } = fakeChange();
    const record = makeChangeRecord({ ...change, comparison: { ...comparison, ...compared } });
    expect(record.comparison.gate.heldOut.weighted).toBe(compared.gate.heldOut.weighted);
    expect(renderChangeRecord(record)).toContain(
      `${compared.gate.heldOut.weighted} records of them came from blind review`,
    );
  });

  describe('what a challenger learned anew is shown to those who approve it', () => {
    const later = makeOrders(60, 2, '2025-02-01');
    const compareWith = async (
      name: string,
      drops: readonly (readonly Order[])[],
      claims: LabelClaim[] = [],
    ) => {
      const { folder } = await runStages(name, plan, drops, claims);
      const { notes } = await compareModels(folder, join(root, 'forest', 'model'), machine);
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

    test('nothing is said where it is not known: a label was turned round', async () => {
      const [{ id, bad }] = orders as [Order];
      const turned = { recordId: id, label: bad === '1' ? 0 : 1, source: 'review' } as const;
      const claims = [{ ...turned, at: '2025-08-01T00:00:00Z', by: 'ann', from: 'f-1' }];
      expect(await compareWith('turned', halves, claims)).toEqual([]);
    });
  });

  test('a first model has no one to be compared with', async () => {
    const { gate, flags, notes } = await compareModels(join(root, 'forest'), null, machine);
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
