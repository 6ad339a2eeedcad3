import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { layOutForShap } from '../../lib/forest/shap/shap-layout.ts';
import { SimdExplainer } from '../../lib/forest/shap/simd-explainer.ts';
import { createExplainer, rowExplainer } from '../../lib/forest/shap/tree-shap.ts';
import type { TreeEnsemble } from '../../lib/forest/tree-ensemble.ts';
import { chainOfSplits, deepen } from './deepen.ts';
import { sumTrees } from './naive-shapley.ts';
import { ensembleShape, numbersFrom, randomEnsemble, randomRows } from './random-ensemble.ts';

/** More than the blocks that go through a tree together, and not a whole number of them. */
const MANY = 151;

/** Splits below each other whose slots alone take more than the kernel's memory. */
const TOO_MANY = 30_000;

function byRow(ensemble: TreeEnsemble, values: Float32Array): Float64Array {
  const columns = ensemble.featureCount;
  const out = new Float64Array(values.length);
  const explainRow = rowExplainer(layOutForShap(ensemble));
  for (let at = 0; at < values.length; at += columns) explainRow(values, at, out, at);
  return out;
}

function bySimd(ensemble: TreeEnsemble, values: Float32Array): Float64Array {
  const out = new Float64Array(values.length).fill(7);
  open(ensemble).explain(values, 0, out, 0, values.length / ensemble.featureCount);
  return out;
}

function open(ensemble: TreeEnsemble): SimdExplainer {
  const explainer = SimdExplainer.open(layOutForShap(ensemble));
  if (explainer === undefined) throw new Error('The SIMD kernel does not open');
  return explainer;
}

/** toEqual of Vitest compares float64 by Object.is: every bit but those of NaN, and none is NaN. */
function expectSameBits(found: Float64Array, expected: Float64Array): void {
  expect(expected.every(Number.isFinite)).toBe(true);
  expect(found).toEqual(expected);
}

describe('SimdExplainer', () => {
  test('has the bits of the TypeScript kernel: twins on a path, missing values, covers of zero, leaves as trees', () => {
    fc.assert(
      fc.property(
        ensembleShape({ features: 8, trees: 5, depth: 9 }),
        fc.integer({ min: 1, max: 70 }),
        (shape, rows) => {
          const ensemble = randomEnsemble(shape);
          const values = randomRows(shape.seed, rows, shape.features);
          expectSameBits(bySimd(ensemble, values), byRow(ensemble, values));
        },
      ),
      { numRuns: 200 },
    );
  });

  test('has the bits of the TypeScript kernel on paths of more features than one pass of points serves', () => {
    fc.assert(
      fc.property(ensembleShape({ features: 30, trees: 2, depth: 8 }), (shape) => {
        const ensemble = deepen(randomEnsemble(shape), shape.features);
        const values = randomRows(shape.seed, 5, shape.features);
        expectSameBits(bySimd(ensemble, values), byRow(ensemble, values));
      }),
      { numRuns: 40 },
    );
  });

  test('sends infinite values and missing ones to the side that training chose, at infinite thresholds too', () => {
    const drawn = randomEnsemble({
      seed: 3,
      features: 5,
      trees: 9,
      depth: 7,
      link: 'logit',
      zeroCovers: true,
    });
    const random = numbersFrom(4);
    const extremes = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 0, -0, 3.4e38];
    const extreme = () => extremes[Math.floor(random() * extremes.length)]!;
    const ensemble = { ...drawn, threshold: drawn.threshold.map((t) => (random() < 0.5 ? extreme() : t)) };
    const values = Float32Array.from({ length: 5 * MANY }, () => (random() < 0.3 ? Number.NaN : extreme()));
    expectSameBits(bySimd(ensemble, values), byRow(ensemble, values));
  });

  test('gives a row the same bits alone, at any place of any block, and with whatever was there before', () => {
    const ensemble = randomEnsemble({
      seed: 8,
      features: 6,
      trees: 12,
      depth: 8,
      link: 'identity',
      zeroCovers: false,
    });
    const values = randomRows(8, MANY, 6);
    const together = bySimd(ensemble, values);
    const explainer = open(ensemble);
    fc.assert(
      fc.property(fc.nat(MANY - 1), fc.nat(MANY - 1), (a, b) => {
        const [from, to] = [Math.min(a, b), Math.max(a, b) + 1];
        const out = new Float64Array(6 * MANY).fill(7);
        explainer.explain(values, 6 * from, out, 6 * from, to - from);
        expect(out.subarray(6 * from, 6 * to)).toEqual(together.subarray(6 * from, 6 * to));
        expect(out.subarray(0, 6 * from).every((one) => one === 7)).toBe(true);
        expect(out.subarray(6 * to).every((one) => one === 7)).toBe(true);
      }),
      { numRuns: 60 },
    );
  });

  test('adds up to the sum of the trees within 1e-12', () => {
    fc.assert(
      fc.property(ensembleShape({ features: 10, trees: 8, depth: 7 }), (shape) => {
        const ensemble = randomEnsemble({ ...shape, zeroCovers: false });
        const values = randomRows(shape.seed, 3, shape.features);
        const { base } = createExplainer(ensemble);
        const found = bySimd(ensemble, values);
        for (let at = 0; at < values.length; at += shape.features) {
          const total = found.subarray(at, at + shape.features).reduce((sum, one) => sum + one, base);
          expect(Math.abs(total - sumTrees(ensemble, values.subarray(at, at + shape.features)))).toBeLessThan(
            1e-12,
          );
        }
      }),
      { numRuns: 60 },
    );
  });

  test('explains a tree of five thousand levels', () => {
    const chain = chainOfSplits(5_000);
    const values = Float32Array.of(-1, 101, Number.NaN, 9_000);
    expectSameBits(bySimd(chain, values), byRow(chain, values));
  });

  test('does not open for more splits than its memory may hold', () => {
    expect(SimdExplainer.open(layOutForShap(chainOfSplits(TOO_MANY)))).toBeUndefined();
  });
});

describe('createExplainer', () => {
  test('gives the same bits whether a row is among the first of a process or comes later', () => {
    const ensemble = randomEnsemble({
      seed: 21,
      features: 7,
      trees: 9,
      depth: 8,
      link: 'logit',
      zeroCovers: true,
    });
    const values = randomRows(21, MANY, 7);
    const expected = byRow(ensemble, values);
    const explainer = createExplainer(ensemble);
    const out = new Float64Array(7 * MANY);
    for (let row = 0; row < MANY; row++) explainer.explain(values, 7 * row, out, 7 * row);
    expectSameBits(out, expected);
    createExplainer(ensemble).explain(values, 0, out.fill(0), 0, MANY);
    expectSameBits(out, expected);
  });

  test('explains what is too large for the kernel row by row', () => {
    const chain = chainOfSplits(TOO_MANY);
    const values = Float32Array.from({ length: 70 }, (_, i) => 900 * i);
    const out = new Float64Array(70);
    createExplainer(chain).explain(values, 0, out, 0, 70);
    expectSameBits(out, byRow(chain, values));
  });
});
