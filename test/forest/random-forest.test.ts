import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { predictProbabilities } from '../../lib/forest/predict.ts';
import { Random } from '../../lib/forest/random.ts';
import { completeForestOptions } from '../../lib/forest/train/forest-options.ts';
import { growInThreads } from '../../lib/forest/train/grow-in-threads.ts';
import { joinForest, planForest, trainRandomForest } from '../../lib/forest/train/random-forest.ts';
import { drawWithReplacement } from '../../lib/forest/train/weighted-draw.ts';
import type { TrainingSet } from '../../lib/forest/training-set.ts';
import {
  bytesOf,
  drawSample,
  drawUniform,
  forEachSplit,
  smallTrainingSet,
  walkNaively,
} from './training-samples.ts';

const OneTree = { trees: 1, bootstrap: false, maxFeatures: 'all', classWeight: 'none', seed: 1 } as const;

function accuracy(data: TrainingSet, scores: Float64Array): number {
  return scores.filter((score, row) => score > 0.5 === (data.labels[row] === 1)).length / data.rows;
}

function rowOf(data: TrainingSet, row: number): Float32Array {
  return data.values.subarray(row * data.columns, (row + 1) * data.columns);
}

describe('trainRandomForest', () => {
  test('learns a known decision function', async () => {
    const rule = (row: Float32Array): boolean => row[0]! > 0.6 !== row[1]! > 0.4;
    const { ensemble, gain } = await trainRandomForest(drawUniform(4000, 5, 1, rule), { seed: 1, trees: 30 });
    const fresh = drawUniform(2000, 5, 2, rule);
    expect(accuracy(fresh, predictProbabilities(ensemble, fresh.values, fresh.rows))).toBeGreaterThan(0.96);
    expect(gain[0]! + gain[1]!).toBeGreaterThan(5 * (gain[2]! + gain[3]! + gain[4]!));
  });

  test('one tree without limits distinguishes all rows of a training set that can be distinguished', async () => {
    const data = drawUniform(500, 2, 3, (row) => Math.sin(40 * row[0]!) > row[1]!);
    const { ensemble } = await trainRandomForest(data, { ...OneTree, maxDepth: null });
    expect(accuracy(data, predictProbabilities(ensemble, data.values, data.rows))).toBe(1);
  });

  test('finds the split that brute force over all thresholds and both sides for missing values finds', async () => {
    for (let seed = 0; seed < 40; seed++) {
      const data = drawSample(60, 4, seed);
      const { ensemble } = await trainRandomForest(data, { ...OneTree, maxDepth: 1 });
      expect(ginis(data, (row) => walkNaively(ensemble, 0, row) === ensemble.left[0])).toBeCloseTo(
        bruteForce(data),
        10,
      );
    }
  });

  test("children's covers add up to their parent's exactly, and a forest's leaves to shares of positives", async () => {
    const data = drawSample(900, 6, 4);
    const { ensemble } = await trainRandomForest(data, { seed: 2, trees: 10, maxFeatures: 0.5 });
    let splits = 0;
    forEachSplit(ensemble, (node, left, right) => {
      splits++;
      expect(ensemble.cover[left]! + ensemble.cover[right]!).toBe(ensemble.cover[node]);
      expect(Math.min(ensemble.cover[left]!, ensemble.cover[right]!)).toBeGreaterThan(0);
    });
    expect(splits).toBeGreaterThan(200);
    for (const value of ensemble.value) {
      expect(value).toBe(Math.fround(value));
      expect(value >= 0 && value <= 0.1).toBe(true);
    }
  });

  test('covers and leaf values are the weighted counts of the rows that reach each node', async () => {
    const data = drawSample(300, 5, 5);
    const weights = Float64Array.from({ length: 300 }, (_, row) => row % 4);
    const { ensemble } = await trainRandomForest({ ...data, weights }, { ...OneTree, maxDepth: 4 });
    const total = new Float64Array(ensemble.feature.length);
    const positive = new Float64Array(ensemble.feature.length);
    for (let row = 0; row < data.rows; row++) {
      const leaf = walkNaively(ensemble, 0, rowOf(data, row));
      total[leaf]! += weights[row]!;
      positive[leaf]! += weights[row]! * data.labels[row]!;
    }
    for (const [node, feature] of ensemble.feature.entries()) {
      if (feature >= 0) continue;
      expect(ensemble.cover[node]).toBe(total[node]);
      expect(ensemble.value[node]).toBeCloseTo(positive[node]! / total[node]!, 6);
    }
  });

  test('balanced class weights give both classes half of the cover of a tree without bootstrap', async () => {
    const data = drawSample(400, 4, 6);
    const { ensemble } = await trainRandomForest(data, { ...OneTree, classWeight: 'balanced', maxDepth: 3 });
    const positives = ensemble.value.reduce((sum, value, node) => sum + value * ensemble.cover[node]!, 0);
    expect(ensemble.cover[0]).toBeCloseTo(400, 6);
    expect(positives).toBeCloseTo(200, 3);
  });

  test('a weight of 2 is the row twice, and a weight of 0 is no row', async () => {
    const data = drawSample(200, 4, 7);
    const weights = Float64Array.from({ length: 200 }, (_, row) => row % 3);
    const picked = Array.from({ length: 200 }, (_, row) => new Array<number>(row % 3).fill(row)).flat();
    const repeated = {
      rows: picked.length,
      columns: 4,
      values: Float32Array.from(picked.flatMap((row) => [...rowOf(data, row)])),
      labels: Uint8Array.from(picked, (row) => data.labels[row]!),
    };
    const options = { ...OneTree, classWeight: 'balanced', maxDepth: 5 } as const;
    const weighted = await trainRandomForest({ ...data, weights }, options);
    const twice = await trainRandomForest(repeated, options);
    const scores = predictProbabilities(weighted.ensemble, repeated.values, repeated.rows);
    expect(scores).toEqual(predictProbabilities(twice.ensemble, repeated.values, repeated.rows));
  });

  test('missing values go to the side that distinguishes them, and to the larger one where none were seen', async () => {
    const values = Float32Array.of(1, 2, 3, 4, 5, 6, Number.NaN, Number.NaN);
    const toRight = Uint8Array.of(0, 0, 0, 1, 1, 1, 1, 1);
    const data = { rows: 8, columns: 1, values, labels: toRight };
    const stump = { ...OneTree, maxDepth: 1 };
    expect((await trainRandomForest(data, stump)).ensemble.missingLeft[0]).toBe(0);
    const flipped = { ...data, labels: toRight.map((label, row) => (row < 3 ? 1 - label : label)) };
    const alone = await trainRandomForest(
      { ...flipped, labels: Uint8Array.of(0, 0, 0, 0, 0, 0, 1, 1) },
      stump,
    );
    expect([alone.ensemble.threshold[0], alone.ensemble.missingLeft[0]]).toEqual([Infinity, 0]);
    const left = await trainRandomForest({ ...data, labels: Uint8Array.of(1, 1, 1, 0, 0, 0, 1, 1) }, stump);
    expect(left.ensemble.missingLeft[0]).toBe(1);
    const seen = { rows: 6, columns: 1, values: values.slice(0, 6) };
    const two = await trainRandomForest({ ...seen, labels: Uint8Array.of(0, 0, 1, 1, 1, 1) }, stump);
    const four = await trainRandomForest({ ...seen, labels: Uint8Array.of(0, 0, 0, 0, 1, 1) }, stump);
    expect([two.ensemble.missingLeft[0], four.ensemble.missingLeft[0]]).toEqual([0, 1]);
  });

  test.each([
    {},
    { maxLeaves: 20 },
    { maxFeatures: 'all' },
    { minSamplesLeaf: 7, bootstrap: false },
  ] as const)('one, two and three threads give the same bytes (%o)', async (options) => {
    const data = drawSample(1500, 9, 8);
    const given = { ...options, seed: 3, trees: 9 };
    const plan = planForest(data, completeForestOptions(given), { first: 0, count: 9 });
    const train = async (threads: number) =>
      joinForest([await growInThreads(plan, threads, () => {})], data.columns);
    const [one, two, three] = [await trainRandomForest(data, given), await train(2), await train(3)];
    for (const other of [two, three]) {
      expect(bytesOf(other.ensemble)).toBe(bytesOf(one.ensemble));
      expect(other.gain).toEqual(one.gain);
      expect(other.outOfBag).toEqual(one.outOfBag);
    }
  });

  test('a threshold is the edge at the middle of the gap between the rows of its node', async () => {
    const values = Float32Array.from({ length: 11 }, (_, row) => row);
    const labels = Uint8Array.from({ length: 11 }, (_, row) => (row === 10 ? 1 : 0));
    const weights = new Float64Array(11).fill(1, 0, 1).fill(1, 10);
    const { ensemble } = await trainRandomForest({ rows: 11, columns: 1, values, labels, weights }, OneTree);
    expect(ensemble.threshold[0]).toBe(4.5);
  });

  test('another seed gives another forest', async () => {
    const data = drawSample(300, 6, 9);
    const [a, b] = [await trainRandomForest(data, { seed: 1 }), await trainRandomForest(data, { seed: 2 })];
    expect(bytesOf(a.ensemble)).not.toBe(bytesOf(b.ensemble));
  });

  test('the out-of-bag probability of a row is the mean of the trees whose bootstrap left it out', async () => {
    const data = drawSample(120, 5, 10);
    const { ensemble, outOfBag } = await trainRandomForest(data, { seed: 4, trees: 6, classWeight: 'none' });
    const sums = new Float64Array(120);
    const counts = new Float64Array(120);
    for (let tree = 0; tree < 6; tree++) {
      const drawn = drawWithReplacement(new Float64Array(120).fill(1), new Random(4, tree));
      for (let row = 0; row < 120; row++) {
        if (drawn[row]! > 0) continue;
        sums[row]! += 6 * ensemble.value[walkNaively(ensemble, ensemble.treeStart[tree]!, rowOf(data, row))]!;
        counts[row]!++;
      }
    }
    expect(counts.includes(0)).toBe(true);
    for (let row = 0; row < 120; row++) {
      if (counts[row] === 0) expect(outOfBag[row]).toBeNaN();
      else expect(outOfBag[row]).toBeCloseTo(sums[row]! / counts[row]!, 5);
    }
  });

  test('keeps its limits on depth, leaves and rows in a leaf', async () => {
    const data = drawSample(1000, 6, 11);
    const leavesOf = async (options: object): Promise<Float64Array> => {
      const { ensemble } = await trainRandomForest(data, { ...OneTree, maxDepth: null, ...options });
      return ensemble.cover.filter((_, node) => ensemble.feature[node]! < 0);
    };
    expect((await leavesOf({})).length).toBeGreaterThan(100);
    expect((await leavesOf({ maxDepth: 3 })).length).toBe(8);
    expect((await leavesOf({ maxLeaves: 13 })).length).toBe(13);
    expect(Math.min(...(await leavesOf({ minSamplesLeaf: 25 })))).toBeGreaterThanOrEqual(25);
    expect(Math.min(...(await leavesOf({ minSamplesLeaf: 25, maxFeatures: 0.4 })))).toBeGreaterThanOrEqual(
      25,
    );
  });

  test.each([true, false])(
    'a limit on leaves keeps the splits that gain most (on the left: %s)',
    async (isLeft) => {
      const rule = (row: Float32Array): boolean =>
        row[0]! < 0.5 === isLeft ? row[2]! < 0.8 : row[1]! < 0.03;
      const data = drawUniform(2000, 3, 12, rule);
      const { ensemble } = await trainRandomForest(data, { ...OneTree, maxLeaves: 3 });
      expect([...ensemble.feature].filter((feature) => feature >= 0).sort()).toEqual([0, 2]);
    },
  );

  test.each(['all', 0.4] as const)(
    'covers are the rows that reach a node, by flags as by others (%s)',
    async (maxFeatures) => {
      const data = drawSample(600, 12, 15);
      data.values.forEach((value, i) => {
        if (i % 12 > 3)
          data.values[i] = Number.isNaN(value) || value * 7 - Math.floor(value * 7) < 0.3 ? 1 : 0;
      });
      const { ensemble } = await trainRandomForest(data, { ...OneTree, trees: 5, maxFeatures });
      const reached = new Float64Array(ensemble.feature.length);
      for (const root of ensemble.treeStart.slice(0, 5)) {
        for (let row = 0; row < data.rows; row++) reached[walkNaively(ensemble, root, rowOf(data, row))]!++;
      }
      for (const [node, count] of reached.entries()) {
        if (ensemble.feature[node]! < 0) expect(ensemble.cover[node]).toBe(count);
      }
      expect(ensemble.feature.filter((feature) => feature > 3).length).toBeGreaterThan(50);
    },
  );

  test('with bootstrap, rows are drawn in proportion to their weights times their class weights', async () => {
    const data = drawSample(400, 4, 14);
    const weights = Float64Array.from({ length: 400 }, (_, row) => (row % 4) / 2);
    const { ensemble } = await trainRandomForest({ ...data, weights }, { seed: 1, trees: 200, maxDepth: 1 });
    const roots = ensemble.treeStart.slice(0, 200);
    let positives = 0;
    for (const [node, value] of ensemble.value.entries()) positives += value * ensemble.cover[node]!;
    expect(new Set(roots.values().map((root) => ensemble.cover[root]))).toEqual(new Set([400]));
    // 200 trees draw 400 rows each, half of them positive: one standard deviation of their mean is 0.7 rows.
    expect(Math.abs(positives - 200)).toBeLessThan(3);
  });

  test('goes on past the sample of columns until one can be split', async () => {
    const informative = drawUniform(200, 1, 13, (row) => row[0]! > 0.5);
    const values = new Float32Array(200 * 30);
    informative.values.forEach((value, row) => {
      values[row * 30 + 17] = value;
    });
    const { ensemble } = await trainRandomForest(
      { ...informative, columns: 30, values },
      { seed: 1, trees: 20 },
    );
    for (const root of ensemble.treeStart.slice(0, 20)) expect(ensemble.feature[root]).toBe(17);
  });

  test('awkward values (infinities, -0, denormals, missing ones) are learned without a row changing sides', async () => {
    await fc.assert(
      fc.asyncProperty(smallTrainingSet, async (data) => {
        const { ensemble } = await trainRandomForest(data, { ...OneTree, maxDepth: null });
        const reached = new Float64Array(ensemble.feature.length);
        for (let row = 0; row < data.rows; row++) reached[walkNaively(ensemble, 0, rowOf(data, row))]!++;
        for (const [node, count] of reached.entries()) {
          if (ensemble.feature[node]! < 0) expect(ensemble.cover[node]).toBe(count);
        }
      }),
    );
  });

  test('reports its progress, up to 1', async () => {
    const [data, options] = [drawSample(50, 3, 1), { seed: 1, trees: 4 }];
    const [here, inThreads]: [number[], number[]] = [[], []];
    await trainRandomForest(data, options, (share) => here.push(share));
    const plan = planForest(data, completeForestOptions(options), { first: 0, count: 4 });
    await growInThreads(plan, 2, (share) => inThreads.push(share));
    expect([here, inThreads]).toEqual([
      [0.25, 0.5, 0.75, 1],
      [0.25, 0.5, 0.75, 1],
    ]);
  });
});

describe('trainRandomForest refuses', () => {
  const data = drawSample(20, 3, 1);
  const refusal = (part: Partial<TrainingSet>, options: object = {}): Promise<unknown> =>
    trainRandomForest({ ...data, ...part }, { seed: 1, ...options });

  test.each([
    [{ labels: new Uint8Array(20) }, 'The labels are all 0 in all 20 rows'],
    [{ labels: new Uint8Array(20).fill(1) }, 'The labels are all 1 in all 20 rows'],
    [{ labels: new Uint8Array(20).fill(2) }, 'label 2 in row 0; expected 0 or 1'],
    [{ labels: new Uint8Array(19) }, '19 labels; expected one for each of its 20 rows'],
    [{ rows: 0, values: new Float32Array(0), labels: new Uint8Array(0) }, 'has no rows'],
    [{ columns: 0, values: new Float32Array(0) }, 'has no columns'],
    [{ values: new Float32Array(59) }, 'has 59 values; expected 20 rows × 3 columns = 60'],
    [{ weights: new Float64Array(20) }, 'The weights are all 0'],
    [{ weights: new Float64Array(20).fill(-1) }, 'weight -1 in row 0'],
    [{ weights: new Float64Array(20).fill(Number.NaN) }, 'weight NaN in row 0'],
    [{ weights: new Float64Array(3) }, '3 weights; expected one for each of its 20 rows'],
    [{ weights: Float64Array.from(data.labels) }, 'The labels are all 1 in all rows of weight above 0'],
  ])('a training set such as %o', async (part, message) => {
    await expect(refusal(part)).rejects.toThrow(expect.objectContaining({ name: 'InputError' }));
    await expect(refusal(part)).rejects.toThrow(message);
  });

  test.each([
    [{ trees: 0 }, 'Option trees is 0; expected a whole number from 1 to 100000.'],
    [{ trees: 1.5 }, 'Option trees is 1.5'],
    [{ maxDepth: -1 }, 'Option maxDepth is -1; expected a whole number from 1 up, or null for no limit.'],
    [{ maxLeaves: 1 }, 'Option maxLeaves is 1; expected a whole number from 2 up'],
    [{ minSamplesLeaf: 0 }, 'Option minSamplesLeaf is 0; expected a whole number from 1 up.'],
    [{ maxFeatures: 1.2 }, "Option maxFeatures is 1.2; expected 'sqrt', 'log2', 'all' or a share"],
    [{ maxFeatures: 'some' }, "Option maxFeatures is 'some'"],
    [{ classWeight: 'heavy' }, "Option classWeight is 'heavy'; expected 'balanced' or 'none'."],
    [{ maxBins: 257 }, 'Option maxBins is 257; expected a whole number from 3 to 256.'],
    [{ threads: 0 }, 'Option threads is 0'],
    [{ seed: Number.NaN }, 'Option seed is NaN; expected a whole number from 0 up.'],
    [{ seed: -1 }, 'Option seed is -1'],
  ])('options such as %o', async (options, message) => {
    await expect(refusal({}, options)).rejects.toThrow(expect.objectContaining({ name: 'InputError' }));
    await expect(refusal({}, options)).rejects.toThrow(message);
  });
});

/** Weighted Gini impurity of the two sides, times their rows. */
function ginis(data: TrainingSet, isLeft: (row: Float32Array) => boolean): number {
  const sides = [
    [0, 0],
    [0, 0],
  ];
  for (let row = 0; row < data.rows; row++) sides[isLeft(rowOf(data, row)) ? 0 : 1]![data.labels[row]!]!++;
  return sides.reduce((sum, [negative, positive]) => {
    const count = negative! + positive!;
    return count === 0 ? sum : sum + (2 * negative! * positive!) / count;
  }, 0);
}

function bruteForce(data: TrainingSet): number {
  let best = Number.POSITIVE_INFINITY;
  for (let column = 0; column < data.columns; column++) {
    for (const threshold of new Set([...data.values, Infinity])) {
      for (const missingLeft of [true, false]) {
        const isLeft = (row: Float32Array): boolean =>
          Number.isNaN(row[column]) ? missingLeft : row[column]! <= threshold;
        best = Math.min(best, ginis(data, isLeft));
      }
    }
  }
  return best;
}
