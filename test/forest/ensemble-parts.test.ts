/** Scores that are a weighted sum of curves of several sums of trees. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { sumBounds, swapClasses } from '../../lib/forest/ensemble-bounds.ts';
import { readOnnx } from '../../lib/forest/onnx/onnx-read.ts';
import { OnnxScorer } from '../../lib/forest/onnx/onnx-scorer.ts';
import { writeOnnx } from '../../lib/forest/onnx/onnx-write.ts';
import { predictSums } from '../../lib/forest/predict.ts';
import { createExplainer } from '../../lib/forest/shap/tree-shap.ts';
import {
  type Curve,
  type EnsemblePart,
  followCurves,
  slopeOfCurves,
  type TreeEnsemble,
} from '../../lib/forest/tree-ensemble.ts';
import { sumTrees } from './naive-shapley.ts';
import { ensembleShape, randomEnsemble } from './random-ensemble.ts';

const FEATURES = 4;
const curve: fc.Arbitrary<Curve> = fc.record({
  kind: fc.constant('logistic'),
  scale: fc.double({ min: -3, max: 3, noNaN: true }).filter((x) => Math.abs(x) > 0.1),
  offset: fc.double({ min: -2, max: 2, noNaN: true }),
});
const shapeOfParts = fc.record({
  shape: ensembleShape({ features: FEATURES, trees: 4, depth: 3 }).map((shape) => ({
    ...shape,
    features: FEATURES,
  })),
  curves: fc.array(fc.array(curve, { minLength: 1, maxLength: 2 }), { minLength: 2, maxLength: 3 }),
});

/** Two or three copies of the same trees, each with its curves. */
function withParts({ shape, curves }: { shape: Parameters<typeof randomEnsemble>[0]; curves: Curve[][] }) {
  const one = { ...randomEnsemble(shape), base: 0, link: 'identity' as const };
  const trees = one.treeStart.length - 1;
  const nodes = one.treeStart.at(-1)!;
  const repeat = <T extends Int32Array | Float32Array | Float64Array | Uint8Array>(list: T): T => {
    const all = new (list.constructor as new (length: number) => T)(list.length * curves.length);
    curves.forEach((_, at) => {
      all.set(list, at * list.length);
    });
    return all;
  };
  const shift = (list: Int32Array): Int32Array =>
    repeat(list).map((child, at) => (child === 0 ? 0 : child + Math.floor(at / nodes) * nodes));
  const parts = curves.map(
    (own, at): EnsemblePart => ({ trees, base: at / 4, curves: own, weight: 1 / curves.length }),
  );
  const starts = curves.flatMap((_, at) =>
    Array.from(one.treeStart.subarray(0, -1), (start) => start + at * nodes),
  );
  const all: TreeEnsemble = {
    ...one,
    treeStart: Int32Array.from([...starts, nodes * curves.length]),
    feature: repeat(one.feature),
    threshold: repeat(one.threshold),
    left: shift(one.left),
    right: shift(one.right),
    missingLeft: repeat(one.missingLeft),
    cover: repeat(one.cover),
    value: repeat(one.value),
    parts,
  };
  return { one, all };
}

const rowOf = fc.array(fc.float({ noDefaultInfinity: true, min: -4, max: 4 }), {
  minLength: FEATURES,
  maxLength: FEATURES,
});

describe('an ensemble of parts', () => {
  test('scores as the naive formula, inside its bounds; the other class has the rest', () => {
    fc.assert(
      fc.property(shapeOfParts, rowOf, (given, row) => {
        const { one, all } = withParts(given);
        const values = Float32Array.from(row);
        const sum = sumTrees(one, values);
        const naive = all.parts!.reduce(
          (score, { base, curves, weight }) => score + weight * followCurves(base + sum, curves),
          0,
        );
        const [score] = predictSums(all, values, 1);
        expect(score).toBeCloseTo(naive, 12);
        const { low, high } = sumBounds(all);
        expect(score).toBeGreaterThanOrEqual(low - 1e-12);
        expect(score).toBeLessThanOrEqual(high + 1e-12);
        const [other] = predictSums(swapClasses(all), values, 1);
        expect(other! + score!).toBeCloseTo(1, 12);
      }),
    );
  });

  test('has contributions that add up to the score, also where they are next to nothing', () => {
    fc.assert(
      fc.property(shapeOfParts, rowOf, (given, row) => {
        const { all } = withParts(given);
        const values = Float32Array.from(row);
        const explainer = createExplainer(all);
        const out = new Float64Array(FEATURES + 1).fill(7);
        explainer.explain(values, 0, out, 1);
        const total = out.subarray(1).reduce((sum, contribution) => sum + contribution, explainer.base);
        expect(total).toBeCloseTo(predictSums(all, values, 1)[0]!, 9);
        expect(out[0]).toBe(7);
      }),
    );
  });

  test('explains many rows as one by one', () => {
    const [given] = fc.sample(shapeOfParts, { numRuns: 1, seed: 3 });
    const { all } = withParts(given!);
    const rows = 150;
    const values = Float32Array.from({ length: rows * FEATURES }, (_, at) => ((at * 7919) % 101) / 12 - 4);
    const explainer = createExplainer(all);
    const together = new Float64Array(rows * FEATURES);
    explainer.explain(values, 0, together, 0, rows);
    const single = new Float64Array(FEATURES);
    const scores = predictSums(all, values, rows);
    for (let row = 0; row < rows; row++) {
      createExplainer(all).explain(values, row * FEATURES, single, 0);
      const own = together.subarray(row * FEATURES, (row + 1) * FEATURES);
      expect(own).toEqual(single);
      expect(own.reduce((sum, one) => sum + one, explainer.base)).toBeCloseTo(scores[row]!, 9);
    }
  });

  test('is written and read back as the same score, by ONNX Runtime too', async () => {
    const samples = fc.sample(fc.tuple(shapeOfParts, fc.array(rowOf, { minLength: 5, maxLength: 5 })), {
      numRuns: 20,
      seed: 1,
    });
    for (const [given, rows] of samples) {
      for (const all of [withParts(given).all, swapClasses(withParts(given).all)]) {
        const values = Float32Array.from(rows.flat());
        const onnx = writeOnnx(all);
        const again = readOnnx(onnx);
        expect(again.hasCover).toBe(readOnnx(writeOnnx({ ...all, parts: all.parts! })).hasCover);
        const expected = predictSums(all, values, rows.length);
        const scorer = await OnnxScorer.open(onnx);
        const scores = await scorer.score(values, rows.length);
        await scorer.close();
        const read = predictSums(again.ensemble, values, rows.length);
        expected.forEach((score, row) => {
          expect(scores[row]).toBeCloseTo(score, 5);
          expect(read[row]).toBeCloseTo(score, 5);
        });
      }
    }
  });
});

test('the slope of curves is that of their quotient of differences', () => {
  fc.assert(
    fc.property(
      fc.array(
        fc.oneof(
          curve,
          curve.map((one): Curve => ({ ...one, kind: 'exp' })),
        ),
        { minLength: 1, maxLength: 2 },
      ),
      fc.double({ min: -1, max: 1, noNaN: true }),
      (curves, x) => {
        const [before, after] = [x - 1e-5, x + 1e-5].map((at) => followCurves(at, curves));
        const slope = slopeOfCurves(x, curves);
        expect(Math.abs((after! - before!) / 2e-5 - slope)).toBeLessThan(1e-5 * Math.max(1, Math.abs(slope)));
      },
    ),
  );
});
