import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createExplainer, toProbabilityContributions } from '../../lib/forest/shap/tree-shap.ts';
import type { TreeEnsemble } from '../../lib/forest/tree-ensemble.ts';
import { toProbability } from '../../lib/forest/tree-ensemble.ts';
import { classicTreeShap } from './classic-tree-shap.ts';
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
    const depth = 10_000;
    const count = 2 * depth + 1;
    const chain: TreeEnsemble = {
      featureCount: 1,
      treeStart: Int32Array.of(0, count),
      feature: Int32Array.from({ length: count }, (_, i) => (i % 2 === 0 && i < count - 1 ? 0 : -1)),
      threshold: Float32Array.from({ length: count }, (_, i) => (i % 2 === 0 ? i : 0)),
      left: Int32Array.from({ length: count }, (_, i) => (i % 2 === 0 && i < count - 1 ? i + 1 : 0)),
      right: Int32Array.from({ length: count }, (_, i) => (i % 2 === 0 && i < count - 1 ? i + 2 : 0)),
      missingLeft: new Uint8Array(count),
      cover: Float64Array.from({ length: count }, (_, i) => (i % 2 === 0 ? depth - i / 2 + 1 : 1)),
      value: Float64Array.from({ length: count }, (_, i) => (i % 2 === 1 ? i : 0)),
      base: 0,
      link: 'identity',
    };
    const explainer = createExplainer(chain);
    const out = new Float64Array(1);
    explainer.explain(Float32Array.of(101), 0, out, 0);
    expect(explainer.base + out[0]!).toBeCloseTo(103, 6);
  });
});

/** Hangs a chain of splits over each tree, each on a feature of its own, so that paths have very many distinct features. */
function deepen(ensemble: TreeEnsemble, features: number): TreeEnsemble {
  const roots = ensemble.treeStart.subarray(0, -1);
  const nodes: { from: number; split: number }[] = [];
  const treeStart = [0];
  const shift: number[] = [];
  roots.forEach((root, tree) => {
    for (let f = 0; f < features; f++) nodes.push({ from: -1, split: f }, { from: -1, split: -1 });
    const end = ensemble.treeStart[tree + 1]!;
    for (let node = root; node < end; node++) {
      shift[node] = nodes.length;
      nodes.push({ from: node, split: -1 });
    }
    treeStart.push(nodes.length);
  });
  const pick = (of: ArrayLike<number>, otherwise: (i: number) => number) =>
    nodes.map(({ from }, i) => (from >= 0 ? of[from]! : otherwise(i)));
  const child = (of: Int32Array, step: number) =>
    nodes.map(({ from, split }, i) =>
      from < 0 ? (split >= 0 ? i + step : 0) : ensemble.feature[from]! < 0 ? 0 : shift[of[from]!]!,
    );
  return {
    ...ensemble,
    treeStart: Int32Array.from(treeStart),
    feature: Int32Array.from(pick(ensemble.feature, (i) => nodes[i]!.split)),
    threshold: Float32Array.from(pick(ensemble.threshold, () => 0)),
    left: Int32Array.from(child(ensemble.left, 1)),
    right: Int32Array.from(child(ensemble.right, 2)),
    missingLeft: Uint8Array.from(pick(ensemble.missingLeft, (i) => i % 2)),
    cover: Float64Array.from(
      pick(ensemble.cover, (i) => (nodes[i]!.split >= 0 ? 1000 + 50 * (features - nodes[i]!.split) : 50)),
    ),
    value: Float64Array.from(pick(ensemble.value, (i) => (nodes[i]!.split >= 0 ? 0 : 0.01 * (i % 7)))),
  };
}

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
