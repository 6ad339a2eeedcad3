import { describe, expect, test } from 'vitest';
import { predictProbabilities, predictSums } from '../../lib/forest/predict.ts';
import { trainGradientBoosting } from '../../lib/forest/train/gradient-boosting.ts';
import { trainRandomForest } from '../../lib/forest/train/random-forest.ts';
import { drawSample, walkNaively } from './training-samples.ts';

describe('predictSums', () => {
  test.each([
    ['forest', trainRandomForest],
    ['boosting', trainGradientBoosting],
  ] as const)('equals walking each tree by recursion (%s)', async (_, train) => {
    const { ensemble } = await train(drawSample(500, 6, 1), { seed: 1, trees: 12 });
    const fresh = drawSample(1100, 6, 2);
    const sums = predictSums(ensemble, fresh.values, fresh.rows);
    for (let row = 0; row < fresh.rows; row++) {
      let expected = ensemble.base;
      for (const root of ensemble.treeStart.slice(0, 12)) {
        expected += ensemble.value[walkNaively(ensemble, root, fresh.values.subarray(row * 6, row * 6 + 6))]!;
      }
      expect(sums[row]).toBe(expected);
    }
  });

  test('probabilities are the sums of a forest, and the logistic function of those of boosting', async () => {
    const data = drawSample(200, 4, 3);
    const forest = (await trainRandomForest(data, { seed: 1, trees: 5 })).ensemble;
    expect(predictProbabilities(forest, data.values, 200)).toEqual(predictSums(forest, data.values, 200));
    const boosted = (await trainGradientBoosting(data, { seed: 1, trees: 5 })).ensemble;
    const sums = predictSums(boosted, data.values, 200);
    expect(predictProbabilities(boosted, data.values, 200)).toEqual(
      sums.map((sum) => 1 / (1 + Math.exp(-sum))),
    );
  });

  test('refuses values that are not rows of the width of the model', async () => {
    const { ensemble } = await trainRandomForest(drawSample(50, 4, 3), { seed: 1, trees: 1 });
    expect(() => predictSums(ensemble, new Float32Array(7), 2)).toThrow(
      'Got 7 values for 2 rows; the model expects 4 in each.',
    );
  });
});
