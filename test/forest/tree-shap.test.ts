import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createExplainer, toProbabilityContributions } from '../../lib/forest/shap/tree-shap.ts';
import type { TreeEnsemble } from '../../lib/forest/tree-ensemble.ts';
import { toProbability } from '../../lib/forest/tree-ensemble.ts';
import { classicTreeShap } from './classic-tree-shap.ts';
import { chainOfSplits, deepen } from './deepen.ts';
import { expectedSum, naiveShapley, sumTrees } from './naive-shapley.ts';
import { ensembleShape, randomEnsemble, randomRows } from './random-ensemble.ts';

function explain(ensemble: TreeEnsemble, row: Float32Array): Float64Array {
  const out = new Float64Array(ensemble.featureCount);
  createExplainer(ensemble).explain(row, 0, out, 0);
  return out;
}

function largestGap(a: ArrayLike<number>, b: ArrayLike<number>): number {
  expect(a.length).toBe(b.length);
  return Array.from(a).reduce((gap, value, i) => {
    const own = Math.abs(value - b[i]!);
    return Number.isNaN(own) ? Number.POSITIVE_INFINITY : Math.max(gap, own);
  }, 0);
}

describe('createExplainer', () => {
  test('equals Shapley values over all subsets: repeated features, missing values, covers of zero', () => {
    fc.assert(
      fc.property(ensembleShape({ features: 6, trees: 3, depth: 6 }), (shape) => {
        const ensemble = randomEnsemble(shape);
        const row = randomRows(shape.seed, 1, shape.features);
        expect(largestGap(explain(ensemble, row), naiveShapley(ensemble, row))).toBeLessThan(1e-9);
      }),
      { numRuns: 400 },
    );
  });

  test('starts from the sum expected by the covers when nothing is known', () => {
    fc.assert(
      fc.property(ensembleShape({ features: 6, trees: 3, depth: 5 }), (shape) => {
        const ensemble = randomEnsemble(shape);
        const row = randomRows(shape.seed, 1, shape.features);
        expect(createExplainer(ensemble).base).toBeCloseTo(expectedSum(ensemble, row, 0), 9);
      }),
    );
  });

  test('adds up to the sum of the trees, also on paths of more features than one pass of points serves', () => {
    fc.assert(
      fc.property(ensembleShape({ features: 30, trees: 2, depth: 11 }), (shape) => {
        const ensemble = deepen(randomEnsemble(shape), shape.features);
        const row = randomRows(shape.seed, 1, shape.features);
        const total = explain(ensemble, row).reduce((sum, one) => sum + one, createExplainer(ensemble).base);
        expect(Math.abs(total - sumTrees(ensemble, row))).toBeLessThan(1e-9);
      }),
      { numRuns: 60 },
    );
  });

  test('equals the classic recursive algorithm on deep trees', () => {
    fc.assert(
      fc.property(ensembleShape({ features: 24, trees: 1, depth: 8 }), (shape) => {
        const drawn = deepen(randomEnsemble({ ...shape, zeroCovers: false }), shape.features);
        const ensemble = { ...drawn, cover: positiveCovers(drawn) };
        const row = randomRows(shape.seed, 1, shape.features);
        expect(largestGap(explain(ensemble, row), classicTreeShap(ensemble, row))).toBeLessThan(1e-9);
      }),
      { numRuns: 40 },
    );
  });

  test('explains any row of a matrix into any row of another, and leaves the rest alone', () => {
    const ensemble = randomEnsemble({
      seed: 5,
      features: 4,
      trees: 3,
      depth: 4,
      link: 'identity',
      zeroCovers: false,
    });
    const values = randomRows(5, 3, 4);
    const out = new Float64Array(12).fill(7);
    createExplainer(ensemble).explain(values, 4, out, 8);
    expect(out.subarray(0, 8)).toEqual(new Float64Array(8).fill(7));
    expect(out.subarray(8)).toEqual(explain(ensemble, values.subarray(4, 8)));
  });

  test('does not overflow on a tree of ten thousand levels', () => {
    const chain = chainOfSplits(10_000);
    const explainer = createExplainer(chain);
    const out = new Float64Array(1);
    explainer.explain(Float32Array.of(101), 0, out, 0);
    expect(explainer.base + out[0]!).toBeCloseTo(103, 6);
  });
});

/** The same covers without a zero, and a parent's again the sum of its children's. */
function positiveCovers({ feature, left, right, cover }: TreeEnsemble): Float64Array {
  const own = cover.slice();
  for (let node = own.length - 1; node >= 0; node--) {
    own[node] = feature[node]! < 0 ? Math.max(1, own[node]!) : own[left[node]!]! + own[right[node]!]!;
  }
  return own;
}

describe('toProbabilityContributions', () => {
  test('leaves probabilities as they are', () => {
    const contributions = Float64Array.of(0.1, -0.2);
    expect(toProbabilityContributions(0.5, contributions, 'identity')).toEqual({ base: 0.5, contributions });
  });

  test('adds up to the probability of the log-odds, in the order and with the signs of the log-odds', () => {
    const number = fc.double({ min: -8, max: 8, noNaN: true });
    fc.assert(
      fc.property(number, fc.array(number, { minLength: 1, maxLength: 6 }), (base, list) => {
        const from = Float64Array.from(list);
        const { base: start, contributions } = toProbabilityContributions(base, from, 'logit');
        const total = contributions.reduce((sum, one) => sum + one, start);
        const margin = from.reduce((sum, one) => sum + one, base);
        expect(start).toBe(toProbability(base, 'logit'));
        expect(Math.abs(total - toProbability(margin, 'logit'))).toBeLessThan(1e-9);
        contributions.forEach((one, i) => {
          expect(one * from[i]!).toBeGreaterThanOrEqual(0);
        });
      }),
    );
  });

  test('takes the slope of the curve where contributions cancel out', () => {
    const { contributions } = toProbabilityContributions(0, Float64Array.of(1, -1), 'logit');
    expect(contributions).toEqual(Float64Array.of(0.25, -0.25));
  });
});
