import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Explanation } from '../../lib/decisions/explanation.ts';
import { Session } from '../../lib/engine/session.ts';
import { chooseThreshold } from '../../lib/evaluation/choose-threshold.ts';
import { evaluate } from '../../lib/evaluation/evaluate.ts';
import { readOnnx } from '../../lib/forest/onnx/onnx-read.ts';
import { writeOnnx } from '../../lib/forest/onnx/onnx-write.ts';
import { scoreRows } from '../../lib/forest/onnx/score-rows.ts';
import type { TreeEnsemble } from '../../lib/forest/tree-ensemble.ts';
import { COVERS_OF_TRAINING_ROWS } from '../../lib/models/card.ts';
import { parsePack } from '../../lib/packs/parse-pack.ts';
import { noProgress } from '../../lib/progress.ts';
import type { TrainedModel } from '../../lib/training/assemble-model.ts';
import { type Dataset, prepareDataset } from '../../lib/training/dataset.ts';
import { importModel } from '../../lib/training/import-model.ts';
import { selectRows } from '../../lib/training/read-matrix.ts';
import { trainModel } from '../../lib/training/train-model.ts';
import { makeOrders, type Order, scoreOrders, shopPack, trainOptions, writeOrders } from '../helpers/shop.ts';

let folder: string;
let path: string;
let ours: TrainedModel;
let taken: TrainedModel;
let dataset: Dataset;
const orders = makeOrders(900, 1);

const importFrom = (file: string): Promise<TrainedModel> =>
  importModel({ ...trainOptions(file), onnx: ours.onnx, name: 'theirs.onnx' });

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'assay-import-'));
  path = await writeOrders(folder, 'orders.csv', orders);
  ours = await trainModel(trainOptions(path));
  taken = await importFrom(path);
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

const half = (): number => Math.floor(dataset.heldOut.data.rows / 2);
const rowsFrom = (from: number, to: number) =>
  selectRows(
    dataset.heldOut.data,
    Int32Array.from({ length: to - from }, (_, i) => from + i),
  );

/** As the Python of docs/models.md writes scikit-learn's trees. */
function tableOf({
  treeStart,
  feature,
  threshold,
  left,
  right,
  missingLeft,
  cover,
  value,
  base,
  link,
}: TreeEnsemble): string {
  const lines = Array.from(feature, (f, node) => {
    const tree = treeStart.findLastIndex((start) => start <= node);
    const child = (at: number): number => (f < 0 ? -1 : at - treeStart[tree]!);
    const split = [child(left[node]!), child(right[node]!), f, threshold[node]!, missingLeft[node]!];
    return [tree, node - treeStart[tree]!, ...split, cover[node]!, value[node]!, base, link].join(',');
  });
  return `tree,node,left,right,feature,threshold,missing_left,cover,value,base,link\n${lines.join('\n')}\n`;
}

describe('a model whose score is not one sum of trees', () => {
  test('is scored and explained by its parts, with reasons that add up', async () => {
    const { ensemble } = readOnnx(ours.onnx);
    const half = (ensemble.treeStart.length - 1) / 2;
    const part = (scale: number) => ({
      trees: half,
      base: 0,
      curves: [{ kind: 'logistic' as const, scale, offset: -2 }],
      weight: 0.5,
    });
    const onnx = writeOnnx({ ...ensemble, parts: [part(8), part(6)] });
    const options = trainOptions(path);
    const { card, ...model } = await importModel({ ...options, onnx, name: 'calibrated.onnx' });
    const run = join(folder, 'run');
    await scoreOrders({ onnx: model.onnx, card, pack: options.pack }, path, run, {
      threshold: 0.3,
      threads: 2,
    });
    const lines = (await readFile(join(run, 'explanations.jsonl'), 'utf8')).trimEnd().split('\n');
    expect(lines.length).toBeGreaterThan(40);
    for (const line of lines) {
      const { base, contributions, score, unexplained } = JSON.parse(line) as Explanation;
      expect(unexplained).toBeUndefined();
      expect(contributions.reduce((sum, one) => sum + one.contribution, base)).toBeCloseTo(score, 8);
      expect(base).toBeCloseTo(card.base, 8);
    }
  });
});

describe("a model given by its library's own file", () => {
  const table = () => ({
    kind: 'sklearn' as const,
    name: 'trees.csv',
    bytes: Buffer.from(tableOf(readOnnx(ours.onnx).ensemble)),
  });
  /** As a converter writes it: no covers. */
  const bare = () => {
    const { ensemble } = readOnnx(ours.onnx);
    return writeOnnx({ ...ensemble, cover: ensemble.cover.map(() => 1) });
  };

  test('is the model by itself, covers and all', async () => {
    const { card, onnx } = await importModel({ ...trainOptions(path), original: table(), name: 'trees.csv' });
    expect(card.hyperParameters).toEqual({ source: 'trees.csv', cover: 'from scikit-learn' });
    expect(readOnnx(onnx).ensemble.cover.toSorted()).toEqual(readOnnx(ours.onnx).ensemble.cover.toSorted());
    const { data } = dataset.heldOut;
    const [own, theirs] = [
      await scoreRows(onnx, data.values, data.rows),
      await scoreRows(ours.onnx, data.values, data.rows),
    ];
    own.forEach((score, row) => {
      expect(score).toBeCloseTo(theirs[row]!, 6);
    });
  });

  test('lends its covers to its ONNX file, which by itself takes those of the training rows', async () => {
    const options = { ...trainOptions(path), onnx: bare(), name: 'theirs.onnx' };
    const [alone, both] = [await importModel(options), await importModel({ ...options, original: table() })];
    expect(alone.card.hyperParameters.cover).toBe(COVERS_OF_TRAINING_ROWS);
    expect(both.card.hyperParameters.cover).toBe('from scikit-learn');
    expect(both.onnx).toEqual(ours.onnx);
    expect(alone.onnx).not.toEqual(ours.onnx);
  });

  test('is refused where the table splits on more inputs than the pack makes', async () => {
    const wide = {
      ...table(),
      bytes: Buffer.from(
        table()
          .bytes.toString()
          .replace(/^(0,0,\d+,\d+),\d+/m, '$1,500'),
      ),
    };
    await expect(importModel({ ...trainOptions(path), original: wide, name: 'trees.csv' })).rejects.toThrow(
      /trees\.csv: the model takes 501 inputs, the pack shop makes \d+/,
    );
  });
});

describe('a model that was trained elsewhere', () => {
  test('scores as it came, and keeps its version as long as trees, inputs and pack are the same', async () => {
    const { data } = dataset.heldOut;
    expect(await scoreRows(taken.onnx, data.values, data.rows)).toEqual(
      await scoreRows(ours.onnx, data.values, data.rows),
    );
    expect(taken.card).toMatchObject({ algorithm: 'imported', crossValidation: [] });
    expect(taken.card.hyperParameters).toEqual({ source: 'theirs.onnx', cover: 'from the model' });
    expect((await importFrom(path)).card).toEqual(taken.card);
  });

  test('gets its threshold from the earlier half of the held-out part', async () => {
    const choosing = rowsFrom(0, half());
    const scores = await scoreRows(ours.onnx, choosing.values, choosing.rows);
    const { value } = chooseThreshold(scores, choosing.labels, shopPack.threshold, {});
    expect(taken.card.threshold.value).toBeCloseTo(value, 8);
  });

  test('and its figures, segments included, from the later half', async () => {
    const measuring = rowsFrom(half(), dataset.heldOut.data.rows);
    const scores = await scoreRows(ours.onnx, measuring.values, measuring.rows);
    const { rocAuc, prAuc, rows } = evaluate(scores, measuring.labels, taken.card.threshold.value);
    expect(taken.card.evaluation!.rocAuc.value).toBe(rocAuc.value);
    expect(taken.card.evaluation!.prAuc.value).toBe(prAuc.value);
    expect(taken.card.evaluation!.rows).toBe(rows);
    const later = dataset.heldOut.id.slice(half()).map((id) => orders.find((order) => order.id === id)!);
    const french = taken.card.evaluation!.segments.find(({ value }) => value === 'FR');
    expect(french!.rows).toBe(later.filter(({ country }) => country === 'FR').length);
  });

  test('so labels of the later half move the figures, not the threshold', async () => {
    const later = new Set(dataset.heldOut.id.slice(half()).filter((_, index) => index % 4 === 0));
    const spoiled = orders.map(
      (order): Order => (later.has(order.id) ? { ...order, bad: order.bad === '1' ? '0' : '1' } : order),
    );
    const other = await importFrom(await writeOrders(folder, 'spoiled.csv', spoiled));
    expect(other.card.threshold).toEqual(taken.card.threshold);
    expect(other.card.evaluation!.rocAuc).not.toEqual(taken.card.evaluation!.rocAuc);
  });

  test('and where its flags a day are limited, those of all entities, of which the half holds some', async () => {
    const perDay = 3;
    const pack = parsePack(
      `${shopPack.source}threshold: { policy: capacity, per_day: ${perDay} }\n`,
      'shop.yaml',
    );
    const { card } = await importModel({
      ...trainOptions(path, { pack }),
      onnx: ours.onnx,
      name: 'theirs.onnx',
    });
    const choosing = rowsFrom(0, half());
    const scores = await scoreRows(ours.onnx, choosing.values, choosing.rows);
    const flagged = scores.filter((score) => score >= card.threshold.value).length;
    const { seq, days } = dataset.heldOut;
    const [first, last] = [Math.min(...seq), Math.max(...seq)];
    const flagsADay = (flagged / (half() / (last - first + 1))) * (1 / days!);
    expect(flagsADay).toBeGreaterThan(0.8 * perDay);
    expect(flagsADay).toBeLessThanOrEqual(perDay);
  });
});
