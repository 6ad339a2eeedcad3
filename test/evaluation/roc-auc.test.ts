import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { studentWidth } from '../../lib/evaluation/normal-quantile.ts';
import { estimateRocAuc, rocAuc } from '../../lib/evaluation/roc-auc.ts';
import { groupScores } from '../../lib/evaluation/score-groups.ts';
import { scored } from './arbitraries.ts';
import { drawNormals, naiveDelong, seededUniform } from './naive.ts';

describe('rocAuc(scores, labels)', () => {
  test('is the share of pairs won, ties half', () => {
    fc.assert(
      fc.property(scored, ({ scores, labels }) => {
        expect(rocAuc(scores, labels)).toBeCloseTo(naiveDelong(scores, labels).area, 12);
      }),
    );
  });

  test('does not change under a rising transform of the scores', () => {
    fc.assert(
      fc.property(scored, ({ scores, labels }) => {
        const risen = Float64Array.from(scores, (score) => score * 1024);
        const rooted = Float64Array.from(scores, (score) => Math.sqrt(score));
        expect(rocAuc(risen, labels)).toBe(rocAuc(scores, labels));
        expect(rocAuc(rooted, labels)).toBe(rocAuc(scores, labels));
      }),
    );
  });

  test('of negated scores is one minus that of the scores', () => {
    fc.assert(
      fc.property(scored, ({ scores, labels }) => {
        expect(
          rocAuc(
            scores.map((score) => -score),
            labels,
          ),
        ).toBeCloseTo(1 - rocAuc(scores, labels), 12);
      }),
    );
  });

  test('with weights is that of records repeated so many times', () => {
    const scores = Float64Array.of(0.9, 0.8, 0.8, 0.3, 0.1);
    const labels = Uint8Array.of(1, 0, 1, 1, 0);
    const repeated = [0, 0, 1, 2, 2, 2, 3, 4, 4];
    expect(rocAuc(scores, labels, Float64Array.of(2, 1, 3, 1, 2))).toBeCloseTo(
      rocAuc(
        Float64Array.from(repeated, (row) => scores[row]!),
        Uint8Array.from(repeated, (row) => labels[row]!),
      ),
      12,
    );
  });
});

describe('estimateRocAuc(groups, confidence)', () => {
  test("is the logit interval of the naive DeLong variance with Student's t", () => {
    const { scores, labels } = drawNormals(120, 40, 1, seededUniform(3));
    const rounded = scores.map((score) => Math.round(score * 5) / 5);
    const { area, variances } = naiveDelong(rounded, labels);
    const [a, b] = variances;
    const freedom = (a + b) ** 2 / (a ** 2 / 39 + b ** 2 / 79);
    const estimate = estimateRocAuc(groupScores(rounded, labels), 0.95);
    const logit = (p: number) => Math.log(p / (1 - p));
    const reach = ((logit(estimate.high!) - logit(estimate.low!)) / 2) * area * (1 - area);
    expect(estimate.value).toBeCloseTo(area, 12);
    expect((logit(estimate.high!) + logit(estimate.low!)) / 2).toBeCloseTo(logit(area), 9);
    expect(reach / Math.sqrt(a + b)).toBeCloseTo(studentWidth(0.95, freedom), 9);
  });

  test('does not depend on the scale of the weights, and equal weights are no weights', () => {
    const { scores, labels } = drawNormals(100, 30, 1, seededUniform(5));
    const plain = estimateRocAuc(groupScores(scores, labels), 0.95);
    const scaled = estimateRocAuc(groupScores(scores, labels, new Float64Array(100).fill(7)), 0.95);
    expect(scaled.value).toBeCloseTo(plain.value, 12);
    expect(scaled.low).toBeCloseTo(plain.low!, 12);
    expect(scaled.high).toBeCloseTo(plain.high!, 12);
  });

  test('has no bounds with nine positives, or where the classes are distinguished perfectly', () => {
    const enough = drawNormals(100, 10, 1, seededUniform(1));
    expect(estimateRocAuc(groupScores(enough.scores, enough.labels), 0.95).low).not.toBeNull();
    const few = drawNormals(100, 9, 1, seededUniform(1));
    expect(estimateRocAuc(groupScores(few.scores, few.labels), 0.95)).toMatchObject({
      low: null,
      high: null,
    });
    const apart = drawNormals(100, 50, 1000, seededUniform(1));
    expect(estimateRocAuc(groupScores(apart.scores, apart.labels), 0.95)).toEqual({
      value: 1,
      low: null,
      high: null,
    });
  });
});
