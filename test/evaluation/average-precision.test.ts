import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { averagePrecision, estimateAveragePrecision } from '../../lib/evaluation/average-precision.ts';
import { groupScores } from '../../lib/evaluation/score-groups.ts';
import { scored } from './arbitraries.ts';
import { drawNormals, naiveAveragePrecision, seededUniform } from './naive.ts';

describe('averagePrecision(scores, labels)', () => {
  test('is the sum over distinct thresholds, ties taken together', () => {
    fc.assert(
      fc.property(scored, ({ scores, labels }) => {
        expect(averagePrecision(scores, labels)).toBeCloseTo(naiveAveragePrecision(scores, labels), 12);
      }),
    );
  });

  test('of records that weigh nothing is that of the others', () => {
    const scores = Float64Array.of(0.9, 0.8, 0.5, 0.4);
    const labels = Uint8Array.of(1, 0, 1, 0);
    expect(averagePrecision(scores, labels, Float64Array.of(0, 1, 1, 1))).toBe(
      averagePrecision(scores.subarray(1), labels.subarray(1)),
    );
  });

  test('does not depend on the order of the records', () => {
    fc.assert(
      fc.property(scored, ({ scores, labels }) => {
        expect(averagePrecision(scores.toReversed(), labels.toReversed())).toBe(
          averagePrecision(scores, labels),
        );
      }),
    );
  });
});

describe('estimateAveragePrecision(groups, confidence)', () => {
  test('is symmetric on the logit, with the error of a share of the positives; ten are enough for it', () => {
    const { scores, labels } = drawNormals(200, 10, 1, seededUniform(3));
    const { value, low, high } = estimateAveragePrecision(groupScores(scores, labels), 0.95);
    const logit = (share: number): number => Math.log(share / (1 - share));
    const reach = 1.959964 / Math.sqrt(10 * value * (1 - value));
    expect(logit(high!) - logit(value)).toBeCloseTo(reach, 5);
    expect(logit(value) - logit(low!)).toBeCloseTo(reach, 5);
  });

  test('narrows as positives grow, and has no bounds with nine of them', () => {
    const width = (positives: number) => {
      const { scores, labels } = drawNormals(positives * 10, positives, 1, seededUniform(2));
      const { low, high } = estimateAveragePrecision(groupScores(scores, labels), 0.95);
      return low === null ? null : high! - low;
    };
    expect(width(9)).toBeNull();
    expect(width(400)!).toBeLessThan(width(40)!);
  });
});
