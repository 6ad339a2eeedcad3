import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { averagePrecision } from '../../lib/evaluation/average-precision.ts';
import { writeOnnx } from '../../lib/forest/onnx/onnx-write.ts';
import { scoreRows } from '../../lib/forest/onnx/score-rows.ts';
import { predictSums } from '../../lib/forest/predict.ts';
import { trainGradientBoosting } from '../../lib/forest/train/gradient-boosting.ts';
import { trainRandomForest } from '../../lib/forest/train/random-forest.ts';
import type { TrainingSet } from '../../lib/forest/training-set.ts';
import type { TreeEnsemble } from '../../lib/forest/tree-ensemble.ts';
import { drawSample, drawUniform, smallTrainingSet } from './training-samples.ts';

type Train = (data: TrainingSet, monotone: readonly number[]) => Promise<TreeEnsemble>;

const trainers: Readonly<Record<string, Train>> = {
  forest: async (data, monotone) =>
    (await trainRandomForest(data, { seed: 1, trees: 5, maxFeatures: 'all', classWeight: 'none', monotone }))
      .ensemble,
  'sampled forest': async (data, monotone) =>
    (await trainRandomForest(data, { seed: 1, trees: 5, maxFeatures: 0.5, maxLeaves: 12, monotone }))
      .ensemble,
  boosting: async (data, monotone) =>
    (await trainGradientBoosting(data, { seed: 1, trees: 8, minSamplesLeaf: 1, rowShare: 0.8, monotone }))
      .ensemble,
};

/** How often a score falls while a constrained column rises, all else equal. */
function countFalls(ensemble: TreeEnsemble, data: TrainingSet, column: number, direction: number): number {
  const { columns, values } = data;
  const steps = [...new Set(Array.from({ length: data.rows }, (_, row) => values[row * columns + column]!))]
    .filter((value) => !Number.isNaN(value))
    .flatMap((value) => [value, Math.fround(value + 1e-3)])
    .sort((a, b) => a - b);
  let falls = 0;
  for (let row = 0; row < Math.min(data.rows, 40); row++) {
    const rows = new Float32Array(steps.length * columns);
    steps.forEach((value, at) => {
      rows.set(values.subarray(row * columns, (row + 1) * columns), at * columns);
      rows[at * columns + column] = value;
    });
    const sums = predictSums(ensemble, rows, steps.length);
    for (let at = 1; at < steps.length; at++) if (direction * (sums[at]! - sums[at - 1]!) < 0) falls++;
  }
  return falls;
}

describe.each(Object.entries(trainers))('a constrained %s', (_, train) => {
  test('never scores against the direction of a column, whatever the data', async () => {
    await fc.assert(
      fc.asyncProperty(
        smallTrainingSet,
        fc.array(fc.constantFrom(-1, 0, 1), { minLength: 4, maxLength: 4 }),
        async (data, all) => {
          const monotone = all.slice(0, data.columns);
          const ensemble = await train(data, monotone);
          for (const [column, direction] of monotone.entries())
            if (direction !== 0) expect(countFalls(ensemble, data, column, direction)).toBe(0);
        },
      ),
      { numRuns: 60 },
    );
  });

  test('holds on noisy rows with missing values, where without the constraint scores do fall', async () => {
    const data = drawSample(800, 4, 3);
    for (const direction of [1, -1]) {
      const monotone = [0, 0, 0, direction];
      expect(countFalls(await train(data, monotone), data, 3, direction)).toBe(0);
      expect(countFalls(await train(data, [0, 0, 0, 0]), data, 3, direction)).toBeGreaterThan(0);
    }
  });

  test('learns as well where the constraint is true', async () => {
    const rule = (row: Float32Array) => row[0]! + 0.3 * row[1]! > 0.9;
    const [data, heldOut] = [drawUniform(1500, 3, 1, rule), drawUniform(1500, 3, 2, rule)];
    const judge = (ensemble: TreeEnsemble) =>
      averagePrecision(predictSums(ensemble, heldOut.values, heldOut.rows), heldOut.labels);
    const [free, constrained] = [await train(data, [0, 0, 0]), await train(data, [1, 1, 0])];
    expect(judge(constrained)).toBeGreaterThan(judge(free) - 0.02);
  });
});

test('the ONNX file of a constrained forest is monotone as well', async () => {
  const data = drawSample(600, 3, 9);
  const ensemble = await trainers.forest!(data, [0, 0, 1]);
  const rows = Float32Array.from({ length: 3 * 500 }, (_, at) =>
    at % 3 === 2 ? Math.floor(at / 3) / 50 : 1,
  );
  const scores = await scoreRows(writeOnnx(ensemble), rows, 500);
  for (let row = 1; row < 500; row++) expect(scores[row]!).toBeGreaterThanOrEqual(scores[row - 1]!);
});

test('no constraint gives the same trees as all of them zero, and a wrong list is refused', async () => {
  const data = drawSample(300, 3, 4);
  const plain = await trainRandomForest(data, { seed: 2, trees: 4 });
  expect((await trainRandomForest(data, { seed: 2, trees: 4, monotone: [0, 0, 0] })).ensemble).toEqual(
    plain.ensemble,
  );
  await expect(trainRandomForest(data, { seed: 2, trees: 4, monotone: [1] })).rejects.toThrow(/1 directions/);
  await expect(trainRandomForest(data, { seed: 2, trees: 4, monotone: [2, 0, 0] })).rejects.toThrow(
    /expected -1, 0 or 1/,
  );
});
