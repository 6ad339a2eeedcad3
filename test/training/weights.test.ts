import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Session } from '../../lib/engine/session.ts';
import { chooseThreshold } from '../../lib/evaluation/choose-threshold.ts';
import { readRecords } from '../../lib/intake/read-records.ts';
import { parsePack } from '../../lib/packs/parse-pack.ts';
import { noProgress } from '../../lib/progress.ts';
import { crossValidate } from '../../lib/training/cross-validation.ts';
import { type Dataset, prepareRecords } from '../../lib/training/dataset.ts';
import { defaults, fitCandidate } from '../../lib/training/fit-candidate.ts';
import { foldTraining } from '../../lib/training/folding.ts';
import { selectRows } from '../../lib/training/read-matrix.ts';
import { finishModel } from '../../lib/training/train-model.ts';
import { Random } from '../../samples/generators/random.ts';
import { makeOrders, shopPack, writeOrders } from '../helpers/shop.ts';

let folder: string;
let path: string;
const orders = makeOrders(600, 1);
const fit = { seed: 1, threads: 1, resample: 'none' } as const;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'assay-weights-'));
  path = await writeOrders(folder, 'orders.csv', orders);
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** A model of the orders, each as often as `weightOf` says. */
async function train(weightOf?: (seq: number) => number, pack = shopPack) {
  const session = await Session.open({ threads: 1 });
  try {
    const intake = await readRecords(session, pack, [{ path }]);
    const weights = weightOf && { weights: new Map(orders.map((_, seq) => [seq, weightOf(seq)])) };
    const options = { pack, seed: 1, progress: noProgress };
    const dataset: Dataset = await prepareRecords(intake.records, intake, { ...options, ...weights });
    const { data } = dataset.train;
    const validated = await crossValidate(
      data,
      foldTraining(dataset.train, 1).cuts,
      [defaults.forest],
      fit,
      noProgress,
    );
    const trained = await fitCandidate(validated.best, data, fit);
    const model = await finishModel(dataset, validated, trained, {
      ...options,
      threads: 1,
      resample: 'none',
    });
    return { dataset, model, scores: validated.scores };
  } finally {
    await session.close();
  }
}

describe('weights of records', () => {
  test('that are all 1 change nothing', async () => {
    const [plain, ones] = [await train(), await train(() => 1)];
    expect(ones.model.card).toEqual(plain.model.card);
    expect(ones.model.onnx).toEqual(plain.model.onnx);
  });

  test('count in training, folds, threshold, figures and profiles', async () => {
    const large = (seq: number) => Number(orders[seq]!.amount) > 500;
    const [plain, weighed] = [await train(), await train((seq) => (large(seq) ? 20 : 1))];
    const { dataset, model } = weighed;
    expect(dataset.heldOut.data.weights).toEqual(
      Float64Array.from(dataset.heldOut.seq, (seq) => (large(seq) ? 20 : 1)),
    );
    expect(model.card.version).not.toBe(plain.model.card.version);
    expect(model.card.crossValidation[0]!.folds).not.toEqual(plain.model.card.crossValidation[0]!.folds);
    expect(model.card.outOfBag).not.toEqual(plain.model.card.outOfBag);
    const { tp, fp, tn, fn } = model.card.evaluation!.atThreshold.confusion;
    expect(tp + fp + tn + fn).toBe(dataset.heldOut.data.weights!.reduce((sum, weight) => sum + weight, 0));
    const median = ({ card }: typeof model) => card.profiles.find(({ name }) => name === 'amount')!.median!;
    expect(median(plain.model)).toBeLessThan(600);
    expect(median(model)).toBeGreaterThan(650);
  });

  test('count in a capacity of flags a day, which all that they stand for share, in the training part or not', async () => {
    const perDay = 40;
    const pack = parsePack(
      `${shopPack.source}threshold: { policy: capacity, per_day: ${perDay} }\n`,
      'shop.yaml',
    );
    const known = new Set((await train()).dataset.train.entity);
    const weightOf = (seq: number) => (known.has(orders[seq]!.account) ? 12 : 1);
    const { dataset, model, scores } = await train(weightOf, pack);
    const { seq, data, days } = dataset.train;
    const sum = (rows: readonly number[]) => rows.reduce((total, one) => total + weightOf(one), 0);
    const timeOf = (one: number) => Date.parse(orders[one]!.at);
    const latest = Math.max(...seq.map(timeOf));
    const inItsTime = [...orders.keys()].filter((one) => timeOf(one) <= latest);
    const flagged = seq.filter((_, row) => scores[row]! >= model.card.threshold.value);
    const flagsADay = (sum(flagged) / sum(seq)) * (sum(inItsTime) / days!);
    expect(flagsADay).toBeLessThanOrEqual(perDay);
    expect(flagsADay).toBeGreaterThan(0.9 * perDay);
    // Rows would say something else.
    expect(data.rows / inItsTime.length).toBeLessThan(0.8 * (sum(seq) / sum(inItsTime)));
  });

  test('go with their rows', () => {
    const data = {
      rows: 3,
      columns: 1,
      values: Float32Array.of(1, 2, 3),
      labels: Uint8Array.of(0, 1, 0),
      weights: Float64Array.of(1, 5, 9),
    };
    expect(selectRows(data, Int32Array.of(2, 1)).weights).toEqual(Float64Array.of(9, 5));
  });
});

describe('a threshold on weighted records', () => {
  const random = new Random(2, 0);
  const labels = Uint8Array.from({ length: 60 }, () => (random.chance(0.3) ? 1 : 0));
  const scores = Float32Array.from(labels, (label) => Math.fround((label + random.uniform() * 1.5) / 2.5));
  const weights = Float64Array.from(labels, () => random.integer(1, 4));
  const repeated = [...labels.keys()].flatMap((row) => Array.from({ length: weights[row]! }, () => row));

  test.each([
    { policy: 'max_f1' },
    { policy: 'min_recall', recall: 0.7 },
    { policy: 'capacity', perDay: 12 },
  ] as const)('is that of records repeated: %j', (policy) => {
    const own = chooseThreshold(scores, labels, policy, { days: 3, weights });
    const naive = chooseThreshold(
      Float32Array.from(repeated, (row) => scores[row]!),
      Uint8Array.from(repeated, (row) => labels[row]!),
      policy,
      { days: 3 },
    );
    expect(own).toEqual(naive);
  });
});
