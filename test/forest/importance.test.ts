import { describe, expect, test } from 'vitest';
import { predictProbabilities } from '../../lib/forest/predict.ts';
import { gainImportance, permutationImportance } from '../../lib/forest/train/importance.ts';
import { trainRandomForest } from '../../lib/forest/train/random-forest.ts';
import { drawUniform } from './training-samples.ts';

const Sources = [
  { source: 'amount', inputs: [0] },
  { source: 'country', inputs: [1, 2] },
  { source: 'noise', inputs: [3] },
];

function accuracy(labels: Uint8Array, scores: Float64Array): number {
  return scores.filter((score, row) => score > 0.5 === (labels[row] === 1)).length / labels.length;
}

/** Label: amount above a half; or, a fifth of the time, either of the country's inputs high. */
const rule = (row: Float32Array): boolean => row[0]! > 0.5 || row[1]! > 0.9 || row[2]! > 0.9;

describe('gainImportance', () => {
  test('adds the gains of the inputs of a source, as shares of all', () => {
    expect(gainImportance(Float64Array.of(4, 3, 1, 0), Sources)).toEqual([
      { source: 'amount', share: 0.5 },
      { source: 'country', share: 0.5 },
      { source: 'noise', share: 0 },
    ]);
  });

  test('is 0 throughout if nothing was ever split', () => {
    expect(gainImportance(new Float64Array(4), Sources).map(({ share }) => share)).toEqual([0, 0, 0]);
  });

  test('refuses an input that the model does not have', () => {
    expect(() => gainImportance(new Float64Array(2), [{ source: 'fee', inputs: [2] }])).toThrow(
      'Source fee names input 2; the model has inputs 0 to 1.',
    );
  });

  test('ranks the sources of a forest by what they say', async () => {
    const { gain } = await trainRandomForest(drawUniform(2000, 4, 1, rule), { seed: 1, trees: 30 });
    const [amount, country, noise] = gainImportance(gain, Sources).map(({ share }) => share);
    expect(amount).toBeGreaterThan(country!);
    expect(country).toBeGreaterThan(2 * noise!);
    expect(amount! + country! + noise!).toBeCloseTo(1, 12);
  });
});

describe('permutationImportance', () => {
  const data = drawUniform(2000, 4, 2, rule);
  const predictExactly = (values: Float32Array, rows: number): Float64Array =>
    Float64Array.from({ length: rows }, (_, row) => (rule(values.subarray(row * 4, row * 4 + 4)) ? 1 : 0));

  test('is what shuffling a source costs: here the share of rows whose label it changes', async () => {
    const before = data.values.slice();
    const options = { seed: 1, repeats: 20 };
    const result = await permutationImportance(predictExactly, data, Sources, accuracy, options);
    const [amount, country, noise] = result;
    // Shuffled, a condition of probability p next to others that fail with probability q flips 2 p (1 - p) q of the rows.
    expect(amount!.drop).toBeCloseTo(2 * 0.5 * 0.5 * 0.81, 1);
    expect(country!.drop).toBeCloseTo(2 * 0.19 * 0.81 * 0.5, 1);
    expect(noise).toEqual({ source: 'noise', drop: 0, deviation: 0 });
    expect(amount!.deviation).toBeGreaterThan(0);
    expect(amount!.deviation).toBeLessThan(0.02);
    expect(data.values).toEqual(before);
  });

  test('inputs of one source are shuffled together: a row keeps a pair that occurs in the data', async () => {
    const pairs = new Float32Array(400).map((_, i) => (i % 2 === 0 ? i : i - 1));
    const paired = { rows: 200, columns: 2, values: pairs, labels: new Uint8Array(200).fill(1, 100) };
    let torn = 0;
    const watch = (values: Float32Array): Float64Array => {
      for (let row = 0; row < 200; row++) if (values[2 * row] !== values[2 * row + 1]) torn++;
      return new Float64Array(200);
    };
    await permutationImportance(watch, paired, [{ source: 'both', inputs: [0, 1] }], accuracy, { seed: 1 });
    expect(torn).toBe(0);
    await permutationImportance(watch, paired, [{ source: 'one', inputs: [1] }], accuracy, {
      seed: 1,
      repeats: 1,
    });
    expect(torn).toBeGreaterThan(150);
  });

  test('repeats itself for a seed, and a source has the same result whichever others are asked for', async () => {
    const { ensemble } = await trainRandomForest(data, { seed: 1, trees: 10 });
    const predict = (values: Float32Array, rows: number) => predictProbabilities(ensemble, values, rows);
    const all = await permutationImportance(predict, data, Sources, accuracy, { seed: 3 });
    expect(await permutationImportance(predict, data, Sources, accuracy, { seed: 3 })).toEqual(all);
    expect(await permutationImportance(predict, data, [Sources[1]!], accuracy, { seed: 3 })).toEqual([
      all[1],
    ]);
  });

  test('refuses repeats of 0', async () => {
    const asked = permutationImportance(predictExactly, data, Sources, accuracy, { seed: 1, repeats: 0 });
    await expect(asked).rejects.toThrow('Option repeats is 0; expected a whole number from 1 to 1000.');
  });
});
