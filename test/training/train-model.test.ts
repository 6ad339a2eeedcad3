import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Session } from '../../lib/engine/session.ts';
import { chooseThreshold } from '../../lib/evaluation/choose-threshold.ts';
import { evaluate } from '../../lib/evaluation/evaluate.ts';
import { makeFolds } from '../../lib/evaluation/folds.ts';
import { profileInputs } from '../../lib/evaluation/profile-inputs.ts';
import { scoreRows } from '../../lib/forest/onnx/score-rows.ts';
import type { ModelCard } from '../../lib/models/card.ts';
import { parsePack } from '../../lib/packs/parse-pack.ts';
import { noProgress } from '../../lib/progress.ts';
import { crossValidate } from '../../lib/training/cross-validation.ts';
import { type Dataset, dependenceOf, prepareDataset } from '../../lib/training/dataset.ts';
import { exportFeatures } from '../../lib/training/export-features.ts';
import { defaults } from '../../lib/training/fit-candidate.ts';
import { trainModel } from '../../lib/training/train-model.ts';
import { Random } from '../../samples/generators/random.ts';
import { makeOrders, type Order, shopPack, trainOptions, writeOrders } from '../helpers/shop.ts';

let folder: string;
let path: string;
let onnx: Uint8Array;
let card: ModelCard;
let dataset: Dataset;
const orders = makeOrders(600, 1);

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'assay-train-'));
  path = await writeOrders(folder, 'orders.csv', orders);
  ({ onnx, card } = await trainModel(trainOptions(path)));
  const session = await Session.open({ threads: 1 });
  dataset = await prepareDataset(session, {
    pack: shopPack,
    inputs: [{ path }],
    seed: 1,
    progress: noProgress,
  });
  await session.close();
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const flip = (order: Order): Order => ({ ...order, bad: order.bad === '1' ? '0' : '1' });

describe('a leak that was planted', () => {
  test('what the held-out part says changes neither trees nor version, threshold, base or profiles', async () => {
    const heldOut = new Set(dataset.heldOut.id);
    const spoiled = orders.map((order) =>
      heldOut.has(order.id) ? { ...flip(order), country: 'XX' } : order,
    );
    const other = await trainModel(trainOptions(await writeOrders(folder, 'spoiled.csv', spoiled)));
    expect(other.onnx).toEqual(onnx);
    for (const key of [
      'version',
      'fitted',
      'base',
      'threshold',
      'training',
      'crossValidation',
      'profiles',
    ] as const) {
      expect(other.card[key], key).toEqual(card[key]);
    }
    expect(other.card.evaluation).not.toEqual(card.evaluation);
    expect(other.card.dataset.hash).not.toBe(card.dataset.hash);
  });

  test('a label of the training part changes them', async () => {
    const [id] = dataset.train.id;
    const other = orders.map((order) => (order.id === id ? flip(order) : order));
    const trained = await trainModel(trainOptions(await writeOrders(folder, 'relabelled.csv', other)));
    expect(trained.card.version).not.toBe(card.version);
  });

  // Every account has one label, by chance: anyone who has seen the account knows it, anyone who has not can only guess.
  test('a model that knows accounts by heart is no better than chance, in folds and on the held-out part', async () => {
    const random = new Random(8, 0);
    const labels = new Map<string, string>();
    const known = orders.map((order) => {
      const bad = labels.get(order.account) ?? (random.chance(0.3) ? '1' : '0');
      labels.set(order.account, bad);
      return { ...order, bad };
    });
    const pack = parsePack(
      `domain: accounts
record: { id: id, time: at, entity: account, label: bad }
columns: { id: string, at: timestamp, account: string, amount: number, bad: boolean }
features: { amount: amount }
categories: { account: { keep: 200 } }
`,
      'accounts.yaml',
    );
    const trained = await trainModel(trainOptions(await writeOrders(folder, 'known.csv', known), { pack }));
    const { training, evaluation, crossValidation } = trained.card;
    expect(training!.rocAuc.value).toBeGreaterThan(0.9);
    expect(evaluation!.rocAuc.value).toBeLessThan(0.65);
    for (const { rocAuc } of crossValidation[0]!.folds) expect(rocAuc).toBeLessThan(0.65);
  });
});

describe('the card is true', () => {
  test('its figures are those of its own file on the held-out part and on the training part', async () => {
    const onPart = async (part: Dataset['train']) =>
      evaluate(
        await scoreRows(onnx, part.data.values, part.data.rows),
        part.data.labels,
        card.threshold.value,
        { dependence: dependenceOf(part) },
      );
    const heldOut = await onPart(dataset.heldOut);
    const train = await onPart(dataset.train);
    expect(card.evaluation).toMatchObject({
      rocAuc: heldOut.rocAuc,
      prAuc: heldOut.prAuc,
      rows: heldOut.rows,
    });
    expect(card.evaluation!.atThreshold.confusion).toEqual(heldOut.atThreshold.confusion);
    expect(card.training).toEqual({ rocAuc: train.rocAuc, prAuc: train.prAuc, logLoss: train.logLoss });
    expect(card.split).toEqual(dataset.split);
  });

  test('its threshold is chosen on out-of-fold scores of the training part, folds whole by account', async () => {
    const { data, entity } = dataset.train;
    const folds = makeFolds(entity, data.labels, 4, 1);
    const byEntity = new Map(entity.map((name, row) => [name, folds[row]]));
    expect(entity.every((name, row) => byEntity.get(name) === folds[row])).toBe(true);
    const options = { seed: 1, threads: 1, resample: 'none' } as const;
    const { scores } = await crossValidate(data, [folds], [defaults.forest], options, noProgress);
    const { value } = chooseThreshold(scores, data.labels, shopPack.threshold, {});
    expect(card.threshold.value).toBeCloseTo(value, 8);
    expect(card.threshold.chosenOn).toBe('out-of-fold scores of the training part, 4 folds');
  });

  test('its profiles are of the training part, its base the mean score there', async () => {
    const { data } = dataset.train;
    const names = dataset.fitted.inputs.map(({ name }) => name);
    expect(card.profiles).toEqual(profileInputs(data.values, data.rows, names));
    expect(card.base).toBeGreaterThan(0.1);
    expect(card.base).toBeLessThan(0.3);
  });

  test('its segments are the held-out records by country', () => {
    const rows = dataset.heldOut.id.map((id) => orders.find((order) => order.id === id)!);
    expect(card.evaluation!.segments.length).toBeGreaterThan(2);
    for (const segment of card.evaluation!.segments) {
      const country = segment.value === '(missing)' ? '' : segment.value;
      const own = rows.filter((order) => order.country === country);
      expect([segment.rows, segment.positives]).toEqual([
        own.length,
        own.filter(({ bad }) => bad === '1').length,
      ]);
    }
  });

  test('importances are by source, the largest gain first, and their gains are shares of a whole', () => {
    const sources = card.importances.map(({ source }) => source);
    expect([...sources].sort()).toEqual(
      [...new Set(dataset.fitted.inputs.map(({ source }) => source))].sort(),
    );
    const gains = card.importances.map(({ gain }) => gain);
    expect(gains).toEqual([...gains].sort((a, b) => b - a));
    expect(gains.reduce((sum, gain) => sum + gain, 0)).toBeCloseTo(1, 9);
  });
});

test('a capacity of flags a day is spread over the days and the share of records that the training part holds', async () => {
  const pack = parsePack(`${shopPack.source}threshold: { policy: capacity, per_day: 4 }\n`, 'shop.yaml');
  const { card } = await trainModel(trainOptions(path, { pack }));
  const { data, days, share } = dataset.train;
  const folds = makeFolds(dataset.train.entity, data.labels, 4, 1);
  const options = { seed: 1, threads: 1, resample: 'none' } as const;
  const { scores } = await crossValidate(data, [folds], [defaults.forest], options, noProgress);
  const flagged = scores.filter((score) => score >= card.threshold.value).length;
  const allowed = 4 * days! * share;
  expect(flagged).toBeLessThanOrEqual(allowed);
  expect(flagged).toBeGreaterThan(allowed * 0.8);
});

test('--tune looks at both algorithms, and the card lists every candidate with the one chosen', async () => {
  const few = await writeOrders(folder, 'few.csv', orders.slice(0, 200));
  const { card } = await trainModel(trainOptions(few, { algorithm: null, tune: true }));
  const algorithms = new Set(card.crossValidation.map(({ algorithm }) => algorithm));
  expect([...algorithms].sort()).toEqual(['boosting', 'forest']);
  const [chosen, ...others] = card.crossValidation.filter((candidate) => candidate.chosen);
  expect(others).toEqual([]);
  expect(chosen!.meanPrAuc).toBe(Math.max(...card.crossValidation.map(({ meanPrAuc }) => meanPrAuc)));
  expect(card.algorithm).toBe(chosen!.algorithm);
  expect(card.hyperParameters).toEqual({ ...chosen!.hyperParameters, resample: 'none' });
});

test('exported features are the matrix that the model is trained on, part by part', async () => {
  const out = join(folder, 'features.parquet');
  const counts = await exportFeatures({ ...trainOptions(path), out });
  expect(counts).toEqual({
    rows: dataset.train.data.rows + dataset.heldOut.data.rows,
    inputs: dataset.fitted.inputs.length,
    train: dataset.train.data.rows,
    heldOut: dataset.heldOut.data.rows,
    warnings: [],
  });
  const session = await Session.open({ threads: 1 });
  const rows = await session.rows<Record<string, number | string>>(`SELECT * FROM read_parquet('${out}')`);
  await session.close();
  for (const [name, { data, id }] of [
    ['train', dataset.train],
    ['held_out', dataset.heldOut],
  ] as const) {
    const part = rows.filter((row) => row.part === name);
    expect(part.map((row) => row.record_id)).toEqual(id);
    expect(part.map((row) => row.label)).toEqual([...data.labels]);
    const values = part.flatMap((row) => dataset.fitted.inputs.map((input) => row[input.name]));
    expect(values).toEqual([...data.values]);
  }
});
