import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { averagePrecision } from '../../lib/evaluation/average-precision.ts';
import { predictProbabilities } from '../../lib/forest/predict.ts';
import { trainGradientBoosting } from '../../lib/forest/train/gradient-boosting.ts';
import { trainRandomForest } from '../../lib/forest/train/random-forest.ts';
import type { TrainedForest } from '../../lib/forest/train/trained-forest.ts';
import type { TrainingSet } from '../../lib/forest/training-set.ts';

const golden = JSON.parse(
  readFileSync(new URL('../parity/golden/forest-training.json', import.meta.url), 'utf8'),
);
const Columns = 12;

/** The twin of draw_rows in test/parity/forest-training.py: the same whole numbers, drawn in the same order. */
function drawRows(rows: number, seed: number): TrainingSet {
  let state = seed;
  const below = (limit: number): number => {
    state = (state * 48271) % 2147483647;
    return state % limit;
  };
  const values = new Float32Array(rows * Columns);
  const labels = new Uint8Array(rows);
  for (let row = 0; row < rows; row++) {
    const at = row * Columns;
    const numbers = [0, 1, 2, 3, 4].map(() => below(1000));
    const category = below(6);
    values.set(numbers, at);
    values[at + 5] = below(5) === 0 ? Number.NaN : below(50);
    values[at + 6 + category] = 1;
    let risk = below(500);
    if (numbers[0]! > 800 && numbers[1]! < 400) risk += 250;
    risk += Math.floor(numbers[2]! / 5);
    if (category === 3) risk += 150;
    if (Number.isNaN(values[at + 5]!) && numbers[3]! > 500) risk += 120;
    labels[row] = risk > 640 ? 1 : 0;
  }
  return { rows, columns: Columns, values, labels };
}

describe(`beside scikit-learn ${golden.scikitLearn}`, () => {
  const samples = [0, 1, 2, 3, 4, 5].map((seed) => drawRows(golden.trainRows, 1000 * seed + 7));
  const heldOut = drawRows(golden.testRows, 99);

  /** Mean average precision on the held-out rows over the samples. */
  async function judge(
    create: (train: TrainingSet, seed: number) => Promise<TrainedForest>,
  ): Promise<number> {
    let sum = 0;
    for (const [seed, train] of samples.entries()) {
      const { ensemble } = await create(train, seed);
      sum += averagePrecision(predictProbabilities(ensemble, heldOut.values, heldOut.rows), heldOut.labels);
    }
    return sum / samples.length;
  }

  test('the rows are the same', () => {
    const positives = ({ labels }: TrainingSet): number => labels.reduce((sum, label) => sum + label, 0);
    expect(samples.map(positives)).toEqual(golden.trainPositives);
    expect(positives(heldOut)).toBe(golden.testPositives);
  });

  const create = {
    forest: (train: TrainingSet, seed: number) => trainRandomForest(train, { seed }),
    unlimitedForest: (train: TrainingSet, seed: number) => trainRandomForest(train, { seed, maxDepth: null }),
    boosting: (train: TrainingSet, seed: number) =>
      trainGradientBoosting(train, { seed, maxDepth: null, minHessian: 0.001 }),
  };

  test.each(['forest', 'unlimitedForest', 'boosting'] as const)(
    'the mean average precision of the %s is the same within 0.005',
    async (name) => {
      expect(Math.abs((await judge(create[name])) - golden[name].averagePrecision)).toBeLessThan(0.005);
    },
  );
});
