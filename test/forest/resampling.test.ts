import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { resampleSmote, resampleUndersample } from '../../lib/forest/train/resampling.ts';
import type { TrainingSet } from '../../lib/forest/training-set.ts';
import { drawSample, smallTrainingSet } from './training-samples.ts';

function rowsOf(data: TrainingSet, label: number, from = 0): number[][] {
  const rows = Array.from({ length: data.rows }, (_, row) => [
    ...data.values.subarray(row * data.columns, (row + 1) * data.columns),
  ]);
  return rows.filter((_, row) => row >= from && data.labels[row] === label);
}

function count(data: TrainingSet, label: number): number {
  return data.labels.reduce((sum, one) => sum + (one === label ? 1 : 0), 0);
}

/** Whether `row` lies on the line between a and b (in every column at the same share of the way). */
function isBetween(row: number[], a: number[], b: number[]): boolean {
  const shares = row.flatMap((value, k) => (a[k] === b[k] ? [] : [(value - a[k]!) / (b[k]! - a[k]!)]));
  const fits = row.every((value, k) => a[k] !== b[k] || value === a[k]);
  return fits && shares.every((share) => share >= 0 && share <= 1 && Math.abs(share - shares[0]!) < 1e-3);
}

/** Three numeric columns of unequal scales. */
function drawPoints(rows: number, seed: number): TrainingSet {
  const data = drawSample(rows, 3, seed);
  data.values.forEach((_, i) => {
    data.values[i] = Math.fround(((i * 7919 + seed * 31) % 997) * [1, 100, 0.01][i % 3]!);
  });
  return data;
}

describe('resampleSmote', () => {
  test('adds positives up to the ratio, after the rows that were there', () => {
    const data = drawPoints(200, 1);
    const resampled = resampleSmote(data, { ratio: 0.8, seed: 1 });
    expect(count(resampled, 0)).toBe(count(data, 0));
    expect(count(resampled, 1)).toBe(Math.round(0.8 * count(data, 0)));
    expect(resampled.values.slice(0, 600)).toEqual(data.values);
    expect(resampled.values.length).toBe(resampled.rows * 3);
  });

  test('a new row lies between a positive and one of its nearest positives, in units of standard deviation', () => {
    const data = drawPoints(150, 2);
    const positives = rowsOf(data, 1);
    const added = rowsOf(resampleSmote(data, { ratio: 1, neighbours: 3, seed: 1 }), 1, data.rows);
    const deviations = [0, 1, 2].map((k) => {
      const mean = positives.reduce((sum, row) => sum + row[k]!, 0) / positives.length;
      return Math.sqrt(positives.reduce((sum, row) => sum + (row[k]! - mean) ** 2, 0) / positives.length);
    });
    const distance = (a: number[], b: number[]): number =>
      a.reduce((sum, value, k) => sum + ((value - b[k]!) / deviations[k]!) ** 2, 0);
    const nearest = positives.map((row) =>
      positives
        .filter((other) => other !== row)
        .sort((a, b) => distance(row, a) - distance(row, b))
        .slice(0, 3),
    );
    expect(added.length).toBeGreaterThan(50);
    for (const row of added) {
      expect(positives.some((a, i) => nearest[i]!.some((b) => isBetween(row, a, b)))).toBe(true);
    }
  });

  test('flags stay flags, missing values stay missing or become values that occur', () => {
    const data = drawSample(300, 4, 3);
    data.values.forEach((_, i) => {
      if (i % 4 === 0) data.values[i] = (i / 4) % 3 === 0 ? 1 : 0;
    });
    const added = rowsOf(resampleSmote(data, { ratio: 1, neighbours: 30, seed: 1 }), 1, data.rows);
    expect(new Set(added.map((row) => row[0]))).toEqual(new Set([0, 1]));
    expect(added.some((row) => Number.isNaN(row[1]))).toBe(true);
  });

  test('whatever the values, a new one is never outside the range of the positives', () => {
    fc.assert(
      fc.property(smallTrainingSet, fc.integer({ min: 0, max: 9 }), (data, seed) => {
        const positives = rowsOf(data, 1);
        fc.pre(positives.length >= 2);
        const ratio = (2 * positives.length) / count(data, 0);
        for (const row of rowsOf(resampleSmote(data, { ratio, seed }), 1, data.rows)) {
          for (const [k, value] of row.entries()) {
            const known = positives.map((positive) => positive[k]!).filter((one) => !Number.isNaN(one));
            const inRange = value >= Math.min(...known) && value <= Math.max(...known);
            expect(Number.isNaN(value) ? known.length < positives.length : inRange).toBe(true);
          }
        }
      }),
    );
  });

  test('a new row has the weight of the positive it starts from', () => {
    const data = { ...drawPoints(60, 4), weights: new Float64Array(60).fill(3) };
    expect(new Set(resampleSmote(data, { ratio: 1, seed: 1 }).weights)).toEqual(new Set([3]));
    expect(resampleSmote(drawPoints(60, 4), { ratio: 1, seed: 1 }).weights).toBeUndefined();
  });

  test('repeats itself for a seed and differs between seeds', () => {
    const data = drawPoints(80, 5);
    const values = (seed: number) => resampleSmote(data, { ratio: 1, seed }).values;
    expect(values(1)).toEqual(values(1));
    expect(values(1)).not.toEqual(values(2));
  });

  test('refuses one positive, a ratio below what there is, and labels all alike', () => {
    const lone = { ...drawPoints(10, 6), labels: Uint8Array.of(1, 0, 0, 0, 0, 0, 0, 0, 0, 0) };
    expect(() => resampleSmote(lone, { ratio: 1, seed: 1 })).toThrow(
      'SMOTE needs at least 2 rows with label 1; found 1.',
    );
    const half = { ...lone, labels: Uint8Array.of(1, 1, 1, 1, 1, 0, 0, 0, 0, 0) };
    expect(() => resampleSmote(half, { ratio: 0.5, seed: 1 })).toThrow(
      'Option ratio is 0.5; expected a number from 1 to',
    );
    expect(() => resampleSmote({ ...lone, labels: new Uint8Array(10) }, { ratio: 1, seed: 1 })).toThrow(
      'The labels are all 0 in all 10 rows; resampling needs rows of both labels.',
    );
  });
});

describe('resampleUndersample', () => {
  test('keeps all positives and as many negatives as the ratio asks for, each as it was, in order', () => {
    const data = { ...drawPoints(200, 7), weights: Float64Array.from({ length: 200 }, (_, row) => row + 1) };
    const resampled = resampleUndersample(data, { ratio: 0.5, seed: 1 });
    expect(count(resampled, 1)).toBe(count(data, 1));
    expect(count(resampled, 0)).toBe(2 * count(data, 1));
    const origins = Array.from(resampled.weights!, (weight) => weight - 1);
    expect(origins).toEqual([...origins].sort((a, b) => a - b));
    for (const [at, row] of origins.entries()) {
      expect(resampled.labels[at]).toBe(data.labels[row]);
      expect(resampled.values.slice(3 * at, 3 * at + 3)).toEqual(data.values.slice(3 * row, 3 * row + 3));
    }
  });

  test('repeats itself for a seed and differs between seeds', () => {
    const data = drawPoints(200, 8);
    const values = (seed: number) => resampleUndersample(data, { ratio: 1, seed }).values;
    expect(values(1)).toEqual(values(1));
    expect(values(1)).not.toEqual(values(2));
  });
});
