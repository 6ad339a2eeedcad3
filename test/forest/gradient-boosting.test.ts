import { describe, expect, test } from 'vitest';
import { predictProbabilities, predictSums } from '../../lib/forest/predict.ts';
import { trainGradientBoosting } from '../../lib/forest/train/gradient-boosting.ts';
import type { TrainingSet } from '../../lib/forest/training-set.ts';
import { bytesOf, drawSample, drawUniform, forEachSplit, walkNaively } from './training-samples.ts';

function logLoss(data: TrainingSet, probabilities: Float64Array): number {
  let loss = 0;
  for (const [row, p] of probabilities.entries()) loss -= Math.log(data.labels[row] === 1 ? p : 1 - p);
  return loss / data.rows;
}

describe('trainGradientBoosting', () => {
  test('learns a known decision function', async () => {
    const rule = (row: Float32Array): boolean => row[0]! > 0.6 !== row[1]! > 0.4;
    const { ensemble, gain } = await trainGradientBoosting(drawUniform(4000, 5, 1, rule), {
      seed: 1,
      trees: 40,
    });
    const fresh = drawUniform(2000, 5, 2, rule);
    const scores = predictProbabilities(ensemble, fresh.values, fresh.rows);
    const right = scores.filter((score, row) => score > 0.5 === (fresh.labels[row] === 1)).length;
    expect(right / fresh.rows).toBeGreaterThan(0.98);
    expect(gain[0]! + gain[1]!).toBeGreaterThan(20 * (gain[2]! + gain[3]! + gain[4]!));
  });

  test('starts from the log-odds of the weighted share of positives', async () => {
    const data = drawSample(300, 3, 2);
    const positives = data.labels.reduce((sum, label) => sum + label, 0);
    const { ensemble } = await trainGradientBoosting(data, { seed: 1, trees: 1 });
    expect(ensemble.base).toBe(Math.fround(Math.log(positives / (300 - positives))));
    const balanced = await trainGradientBoosting(data, { seed: 1, trees: 1, classWeight: 'balanced' });
    expect(balanced.ensemble.base).toBeCloseTo(0, 6);
  });

  test('each tree takes the Newton step on the rows it learned from, as recomputed row by row', async () => {
    const data = drawSample(400, 4, 3);
    const weights = Float64Array.from({ length: 400 }, (_, row) => 0.5 + (row % 3));
    const options = { seed: 1, trees: 4, learningRate: 0.3, l2: 2, minSamplesLeaf: 5 };
    const { ensemble } = await trainGradientBoosting({ ...data, weights }, options);
    const sums = new Float64Array(400).fill(ensemble.base);
    for (let tree = 0; tree < 4; tree++) {
      const gradient = new Float64Array(ensemble.feature.length);
      const hessian = new Float64Array(ensemble.feature.length);
      const leaves = Array.from(sums, (sum, row) => {
        const values = data.values.subarray(row * 4, row * 4 + 4);
        const leaf = walkNaively(ensemble, ensemble.treeStart[tree]!, values);
        const p = 1 / (1 + Math.exp(-sum));
        gradient[leaf]! += weights[row]! * (data.labels[row]! - p);
        hessian[leaf]! += weights[row]! * p * (1 - p);
        return leaf;
      });
      for (const [row, leaf] of leaves.entries()) {
        expect(ensemble.value[leaf]).toBeCloseTo((0.3 * gradient[leaf]!) / (hessian[leaf]! + 2), 6);
        expect(ensemble.cover[leaf]).toBeCloseTo(hessian[leaf]!, 8);
        sums[row]! += ensemble.value[leaf]!;
      }
    }
    const predicted = predictSums(ensemble, data.values, 400);
    for (const [row, sum] of sums.entries()) expect(predicted[row]).toBeCloseTo(sum, 10);
  });

  test("children's covers add up to their parent's exactly", async () => {
    const { ensemble } = await trainGradientBoosting(drawSample(900, 6, 4), {
      seed: 2,
      trees: 20,
      rowShare: 0.7,
    });
    forEachSplit(ensemble, (node, left, right) => {
      expect(ensemble.cover[left]! + ensemble.cover[right]!).toBe(ensemble.cover[node]);
    });
  });

  test('each further tree lowers the loss on the rows that it learned from', async () => {
    const data = drawSample(600, 5, 5);
    const losses: number[] = [];
    for (const trees of [1, 5, 20, 60]) {
      const { ensemble } = await trainGradientBoosting(data, { seed: 1, trees });
      losses.push(logLoss(data, predictProbabilities(ensemble, data.values, data.rows)));
    }
    expect(losses).toEqual([...losses].sort((a, b) => b - a));
  });

  test('early stopping keeps the trees up to the smallest loss on the validation rows', async () => {
    const [data, validation] = [drawSample(500, 5, 6), drawSample(500, 5, 7)];
    const options = { seed: 1, trees: 400, learningRate: 0.3, minSamplesLeaf: 2 };
    const stopped = await trainGradientBoosting(data, { ...options, validation, patience: 15 });
    const kept = stopped.ensemble.treeStart.length - 1;
    expect(kept).toBeLessThan(100);
    const lossAt = async (trees: number): Promise<number> => {
      const { ensemble } = await trainGradientBoosting(data, { ...options, trees });
      return logLoss(validation, predictProbabilities(ensemble, validation.values, validation.rows));
    };
    const best = await lossAt(kept);
    for (let trees = 1; trees <= kept + 15; trees++) expect(await lossAt(trees)).toBeGreaterThanOrEqual(best);
  });

  test('the same seed gives the same bytes, another seed another sample of rows and columns', async () => {
    const data = drawSample(600, 8, 8);
    const train = (seed: number) =>
      trainGradientBoosting(data, { seed, trees: 10, rowShare: 0.5, featureShare: 0.5 });
    const [a, again, other] = [await train(1), await train(1), await train(2)];
    expect(bytesOf(again.ensemble)).toBe(bytesOf(a.ensemble));
    expect(bytesOf(other.ensemble)).not.toBe(bytesOf(a.ensemble));
  });

  test('a share of features leaves a tree no others to split on', async () => {
    const data = drawSample(600, 8, 9);
    const { ensemble } = await trainGradientBoosting(data, { seed: 1, trees: 12, featureShare: 0.25 });
    for (let tree = 0; tree < 12; tree++) {
      const nodes = ensemble.feature.subarray(ensemble.treeStart[tree], ensemble.treeStart[tree + 1]);
      expect(new Set(nodes.filter((feature) => feature >= 0)).size).toBeLessThanOrEqual(2);
    }
  });

  test('keeps its limits on depth, leaves, rows and hessians in a leaf', async () => {
    const data = drawSample(1000, 6, 10);
    const leavesOf = async (options: object): Promise<Float64Array> => {
      const free = {
        seed: 1,
        trees: 1,
        maxDepth: null,
        maxLeaves: null,
        minSamplesLeaf: 1,
        minHessian: 0,
        l2: 0,
      };
      const { ensemble } = await trainGradientBoosting(data, { ...free, ...options });
      return ensemble.cover.filter((_, node) => ensemble.feature[node]! < 0);
    };
    const hessian = (data.labels.reduce((sum, label) => sum + label, 0) / 1000) ** 1;
    const perRow = hessian * (1 - hessian);
    expect((await leavesOf({})).length).toBeGreaterThan(100);
    expect((await leavesOf({ maxDepth: 2 })).length).toBe(4);
    expect((await leavesOf({ maxLeaves: 13 })).length).toBe(13);
    expect(Math.min(...(await leavesOf({ minSamplesLeaf: 25 })))).toBeGreaterThan(24.9 * perRow);
    expect(Math.min(...(await leavesOf({ minHessian: 3 })))).toBeGreaterThanOrEqual(3);
  });

  test('a row of weight 0 changes nothing but is given a score', async () => {
    const data = drawSample(300, 4, 11);
    const first = {
      rows: 200,
      columns: 4,
      values: data.values.slice(0, 800),
      labels: data.labels.slice(0, 200),
    };
    const weights = Float64Array.from({ length: 300 }, (_, row) => (row < 200 ? 1 : 0));
    const options = { seed: 1, trees: 10 };
    const alone = await trainGradientBoosting(first, options);
    const beside = await trainGradientBoosting({ ...data, weights }, options);
    const scores = predictSums(beside.ensemble, first.values, 200);
    const expected = predictSums(alone.ensemble, first.values, 200);
    for (const [row, score] of scores.entries()) expect(score).toBeCloseTo(expected[row]!, 6);
  });

  test('columns that say nothing give trees of a root alone, and the prior', async () => {
    const data = {
      rows: 60,
      columns: 1,
      values: new Float32Array(60),
      labels: new Uint8Array(60).fill(1, 20),
    };
    const { ensemble } = await trainGradientBoosting(data, { seed: 1, trees: 2 });
    expect([...ensemble.feature]).toEqual([-1, -1]);
    expect(predictProbabilities(ensemble, data.values, 60)[0]).toBeCloseTo(2 / 3, 6);
  });

  test.each([
    [{ learningRate: 0 }, 'Option learningRate is 0; expected a number above 0 and at most 1.'],
    [{ rowShare: 1.5 }, 'Option rowShare is 1.5'],
    [{ featureShare: 0 }, 'Option featureShare is 0'],
    [{ l2: -1 }, 'Option l2 is -1; expected a number from 0 up.'],
    [{ patience: 0 }, 'Option patience is 0'],
    [{ validation: drawSample(9, 2, 1) }, 'The validation set has 2 columns; the training set has 3.'],
    [
      { validation: { ...drawSample(9, 3, 1), values: new Float32Array(3) } },
      'The validation set has 3 values',
    ],
    [
      { validation: { ...drawSample(9, 3, 1), weights: new Float64Array(9) } },
      'weights of the validation set are all 0',
    ],
  ])('refuses options such as %o', async (options, message) => {
    const training = trainGradientBoosting(drawSample(30, 3, 1), { seed: 1, ...options });
    await expect(training).rejects.toThrow(expect.objectContaining({ name: 'InputError' }));
    await expect(trainGradientBoosting(drawSample(30, 3, 1), { seed: 1, ...options })).rejects.toThrow(
      message,
    );
  });
});
