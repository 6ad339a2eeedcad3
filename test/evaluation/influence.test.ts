import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { averagePrecision } from '../../lib/evaluation/average-precision.ts';
import { clusterError, correctSmall, halfWidth, leaveOut } from '../../lib/evaluation/cluster-error.ts';
import {
  linearizeAveragePrecision,
  linearizeRocAuc,
  linearizeShare,
  subtract,
} from '../../lib/evaluation/influence.ts';
import { rocAuc } from '../../lib/evaluation/roc-auc.ts';
import { eachAlone } from '../helpers/each-alone.ts';

const records = fc
  .array(
    fc.record({
      score: fc.constantFrom(0.1, 0.2, 0.3, 0.4, 0.5, 0.6),
      label: fc.constantFrom(0, 1),
      weight: fc.constantFrom(1, 2, 3.5, 50),
    }),
    { minLength: 2, maxLength: 30 },
  )
  .filter((all) => new Set(all.map(({ label }) => label)).size === 2);

const columns = (all: readonly { score: number; label: number; weight: number }[]) => ({
  scores: Float32Array.from(all, ({ score }) => score),
  labels: Uint8Array.from(all, ({ label }) => label),
  weights: Float64Array.from(all, ({ weight }) => weight),
});

/** The derivative by each record's weight, from two small steps, times the weight. */
function measured(figure: (weights: Float64Array) => number, weights: Float64Array): number[] {
  return [...weights].map((weight, row) => {
    const step = (by: number) => figure(weights.map((own, at) => (at === row ? own * (1 + by) : own)));
    return ((step(1e-5) - step(-1e-5)) / 2e-5 / weight) * weight;
  });
}

describe('what each record moves', () => {
  test.each([
    ['average precision', linearizeAveragePrecision, averagePrecision],
    ['the area under the ROC curve', linearizeRocAuc, rocAuc],
  ] as const)('%s: the derivative of the figure by its weight, ties and all', (_, linearize, figure) => {
    fc.assert(
      fc.property(records, (all) => {
        const { scores, labels, weights } = columns(all);
        const { value, influence, portion } = linearize(scores, labels, weights);
        expect(value).toBeCloseTo(figure(scores, labels, weights), 10);
        const total = (label: number) =>
          weights.reduce((sum, weight, row) => sum + (labels[row] === label ? weight : 0), 0);
        for (const [row, label] of labels.entries()) {
          const isOver = label === 1 || figure === rocAuc;
          expect(portion[row]).toBeCloseTo(isOver ? weights[row]! / total(label) : 0, 12);
        }
        const naive = measured((own) => figure(scores, labels, own), weights);
        for (const [row, own] of influence.entries()) expect(own).toBeCloseTo(naive[row]!, 6);
        expect(influence.reduce((sum, own) => sum + own, 0)).toBeCloseTo(0, 10);
        const ones = linearize(scores, labels);
        expect(ones).toEqual(linearize(scores, labels, new Float64Array(all.length).fill(1)));
      }),
    );
  });

  test('a share, of the records of its base alone', () => {
    fc.assert(
      fc.property(records, (all) => {
        const { scores, labels, weights } = columns(all);
        const part = (row: number) => (scores[row]! >= 0.35 ? 1 : 0);
        const isOf = (row: number) => labels[row] === 1;
        const figure = (own: Float64Array) => {
          const sum = (of: (row: number) => number) =>
            own.reduce((total, weight, row) => total + (isOf(row) ? weight * of(row) : 0), 0);
          return sum(part) / sum(() => 1);
        };
        const { value, influence } = linearizeShare(all.length, part, isOf, weights);
        expect(value).toBeCloseTo(figure(weights), 12);
        const naive = measured(figure, weights);
        for (const [row, own] of influence.entries()) expect(own).toBeCloseTo(naive[row]!, 6);
      }),
    );
  });

  test('a difference: the difference of what it moves in each', () => {
    const one = { value: 0.5, influence: Float64Array.of(0.1, -0.1) };
    const other = { value: 0.25, influence: Float64Array.of(0.25, -0.25) };
    expect(subtract(one, other)).toEqual({ value: 0.25, influence: Float64Array.of(-0.15, 0.15) });
  });
});

describe('the error over entities', () => {
  test('of a mean of records by themselves is the textbook’s', () => {
    const values = [1, 0, 0, 1, 1, 0, 0, 0];
    const { influence } = linearizeShare(
      8,
      (row) => values[row]!,
      () => true,
    );
    const { standardError, effectiveEntities } = clusterError(influence, eachAlone(8));
    expect(standardError).toBeCloseTo(Math.sqrt((0.375 * 0.625) / 8), 12);
    expect(effectiveEntities).toBeGreaterThan(6);
  });

  test('does not shrink where each record is there ten times', () => {
    const once = linearizeShare(
      8,
      (row) => row % 3,
      () => true,
    );
    const often = linearizeShare(
      80,
      (row) => (row % 8) % 3,
      () => true,
    );
    const clusters = { code: Int32Array.from({ length: 80 }, (_, row) => row % 8), count: 8 };
    const [one, ten] = [clusterError(once.influence, eachAlone(8)), clusterError(often.influence, clusters)];
    expect(ten.standardError).toBeCloseTo(one.standardError, 12);
    expect(ten.effectiveEntities).toBeCloseTo(one.effectiveEntities, 9);
  });

  test('is of what each entity moves in all, and of one that is not among the records', () => {
    const clusters = { code: Int32Array.of(0, 0, 1), count: 2 };
    const influence = Float64Array.of(0.3, -0.1, 0.2);
    const own = clusterError(influence, clusters);
    expect(own.standardError).toBeCloseTo(Math.sqrt(0.08), 12);
    expect(own.effectiveEntities).toBeCloseTo(2, 12);
    const more = clusterError(influence, clusters, 0.2);
    expect(more.standardError).toBeCloseTo(Math.sqrt(0.12), 12);
    expect(more.effectiveEntities).toBeCloseTo(3, 12);
    expect(clusterError(new Float64Array(3), clusters)).toEqual({ standardError: 0, effectiveEntities: 0 });
  });

  test('is as large again as what is left out, unless nearly all of a class is', () => {
    const influence = Float64Array.of(1, 1, 1, 1, 1, 1);
    const portion = Float64Array.of(0.25, 0.25, 0.5, 0.9, 0.05, 0.05);
    const labels = Uint8Array.of(1, 1, 1, 0, 0, 0);
    const clusters = { code: Int32Array.of(0, 0, 1, 1, 2, 0), count: 3 };
    const left = leaveOut(influence, portion, labels, clusters);
    for (const [row, wanted] of [2, 2, 2, 1, 1 / 0.95, 1 / 0.95].entries())
      expect(left[row]).toBeCloseTo(wanted, 12);
  });

  test('is corrected as if it rested on two entities at least', () => {
    expect(correctSmall({ standardError: 1, effectiveEntities: 5 })).toEqual({
      standardError: Math.sqrt(5 / 4),
      degreesOfFreedom: 9,
    });
    for (const effectiveEntities of [0, 1, 2])
      expect(correctSmall({ standardError: 3, effectiveEntities })).toEqual({
        standardError: 3 * Math.SQRT2,
        degreesOfFreedom: 3,
      });
  });

  test('reaches further the fewer entities it rests on', () => {
    const width = (effectiveEntities: number) => halfWidth({ standardError: 1, effectiveEntities }, 0.95);
    expect(width(1e9)).toBeCloseTo(1.959964, 4);
    // Student's t at 21, 61 and 9 degrees of freedom, from tables; and Bessel's correction.
    expect(width(11)).toBeCloseTo(2.08 * Math.sqrt(1.1), 2);
    expect(width(31)).toBeCloseTo(2 * Math.sqrt(31 / 30), 2);
    expect(width(5)).toBeCloseTo(2.262 * Math.sqrt(1.25), 2);
    expect(halfWidth({ standardError: 0, effectiveEntities: 0 }, 0.95)).toBe(0);
  });
});
