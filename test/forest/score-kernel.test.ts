import fc from 'fast-check';
import { describe, expect, test, vi } from 'vitest';
import { treesOf } from '../../lib/forest/onnx/onnx-read.ts';
import { OnnxScorer } from '../../lib/forest/onnx/onnx-scorer.ts';
import { writeOnnx } from '../../lib/forest/onnx/onnx-write.ts';
import { scoreRows } from '../../lib/forest/onnx/score-rows.ts';
import { KernelScorer } from '../../lib/forest/score/kernel-scorer.ts';
import { logistic } from '../../lib/forest/score/logistic.ts';
import { ModelScorer } from '../../lib/forest/score/model-scorer.ts';
import { agreesWithRuntime } from '../../lib/forest/score/proof.ts';
import type { TreeEnsemble } from '../../lib/forest/tree-ensemble.ts';
import { loadShippedChampion } from '../../lib/models/shipped-models.ts';
import { plainScores } from './plain-scores.ts';
import { ensembleShape, numbersFrom, randomEnsemble, randomRows } from './random-ensemble.ts';

function byKernel(ensemble: TreeEnsemble, values: Float32Array): Float32Array {
  const kernel = KernelScorer.open(ensemble);
  if (kernel === undefined) throw new Error('The scoring kernel does not open');
  return kernel.score(values, values.length / ensemble.featureCount);
}

/** Splits at infinity, where only a missing value and an infinite one part from the others. */
function withInfiniteThresholds(ensemble: TreeEnsemble, seed: number): TreeEnsemble {
  const random = numbersFrom(seed);
  const threshold = ensemble.threshold.map((limit, node) => {
    if (ensemble.feature[node]! < 0 || random() < 0.8) return limit;
    return random() < 0.5 ? Number.POSITIVE_INFINITY : Number.NEGATIVE_INFINITY;
  });
  return { ...ensemble, threshold };
}

function withInfiniteValues(values: Float32Array, seed: number): Float32Array {
  const random = numbersFrom(seed);
  return values.map((value) => {
    if (random() < 0.9) return value;
    return random() < 0.5 ? Number.POSITIVE_INFINITY : Number.NEGATIVE_INFINITY;
  });
}

describe('KernelScorer', () => {
  test('has the bits of plain TypeScript for any number of rows: missing and infinite values and thresholds, leaves as trees', () => {
    fc.assert(
      fc.property(
        ensembleShape({ features: 8, trees: 6, depth: 9 }),
        fc.integer({ min: 1, max: 150 }),
        (shape, rows) => {
          const ensemble = withInfiniteThresholds(randomEnsemble(shape), shape.seed);
          const values = withInfiniteValues(randomRows(shape.seed, rows, shape.features), shape.seed);
          expect(byKernel(ensemble, values)).toEqual(plainScores(ensemble, values, rows));
        },
      ),
      { numRuns: 200 },
    );
  });

  test('takes features that no split uses, however many they are, and no more than its nodes can name', () => {
    const ensemble = randomEnsemble({ ...SHAPE, features: 3 });
    const wide = { ...ensemble, featureCount: 5_000 };
    const values = randomRows(1, 20, 5_000);
    expect(byKernel(wide, values)).toEqual(plainScores(wide, values, 20));
    const used = { ...ensemble, feature: ensemble.feature.map((f, node) => (f < 0 ? f : node)) };
    expect(KernelScorer.open({ ...used, featureCount: 5_000 })).toBeDefined();
    expect(KernelScorer.open(randomEnsemble({ ...SHAPE, features: 5_000, trees: 300, depth: 9 }))).toBe(
      undefined,
    );
  });

  test('leaves an ensemble of parts to ONNX Runtime', () => {
    const parts = [{ trees: SHAPE.trees, base: 0, curves: [], weight: 1 }];
    expect(KernelScorer.open({ ...randomEnsemble(SHAPE), link: 'identity', parts })).toBe(undefined);
  });
});

const SHAPE = { seed: 5, features: 6, trees: 12, depth: 7, link: 'logit', zeroCovers: false } as const;

describe('plainScores', () => {
  test('has the bits of ONNX Runtime: sums of float32 in its order, its logistic function', async () => {
    await fc.assert(
      fc.asyncProperty(ensembleShape({ features: 8, trees: 30, depth: 7 }), async (shape) => {
        const ensemble = randomEnsemble(shape);
        const values = withInfiniteValues(randomRows(shape.seed, 60, shape.features), shape.seed);
        expect(plainScores(ensemble, values, 60)).toEqual(await scoreRows(writeOnnx(ensemble), values, 60));
      }),
      { numRuns: 60 },
    );
  });
});

describe('logistic', () => {
  test("is ONNX Runtime's: over sums of all sizes, where its exponential is not rounded to nearest, and past its ends", async () => {
    const random = numbersFrom(11);
    const drawn = Array.from({ length: 20_000 }, () => (random() < 0.5 ? -1 : 1) * 2 ** (random() * 34 - 27));
    const named = [
      0, -0, 17.9, 18, -18, 18.1, 88.8, -104, 1e30, -1e30, 0.0500203036, -2.69994354, 6.96593332,
    ];
    const sums = Float32Array.from([...named, ...drawn]);
    const ensemble = stepsOf(sums);
    const rows = Float32Array.from(sums.keys());
    const expected = await scoreRows(writeOnnx(ensemble), rows, sums.length);
    expect(sums.map(logistic)).toEqual(expected);
  });
});

/** One balanced tree: the row [i] reaches a leaf of the i-th value. */
function stepsOf(values: Float32Array): TreeEnsemble {
  const nodes: { f: number; t: number; l: number; r: number; v: number }[] = [];
  const grow = (from: number, end: number): number => {
    const at = nodes.push({ f: -1, t: 0, l: 0, r: 0, v: values[from]! }) - 1;
    if (end - from === 1) return at;
    const middle = (from + end) >> 1;
    const split = { f: 0, t: middle - 0.5, v: 0 };
    Object.assign(nodes[at]!, split, { l: grow(from, middle), r: grow(middle, end) });
    return at;
  };
  grow(0, values.length);
  return {
    featureCount: 1,
    treeStart: Int32Array.of(0, nodes.length),
    feature: Int32Array.from(nodes, ({ f }) => f),
    threshold: Float32Array.from(nodes, ({ t }) => t),
    left: Int32Array.from(nodes, ({ l }) => l),
    right: Int32Array.from(nodes, ({ r }) => r),
    missingLeft: new Uint8Array(nodes.length),
    cover: new Float64Array(nodes.length).fill(1),
    value: Float64Array.from(nodes, ({ v }) => v),
    base: 0,
    link: 'logit',
  };
}

describe('agreesWithRuntime', () => {
  test('finds one leaf of many that is off by a bit, and a base that is', async () => {
    const ensemble = randomEnsemble(SHAPE);
    const runtime = await OnnxScorer.open(writeOnnx(ensemble));
    const agrees = (other: TreeEnsemble) => agreesWithRuntime(KernelScorer.open(other)!, other, runtime);
    const leaf = ensemble.feature.findIndex((f) => f < 0);
    const value = ensemble.value.map((own, node) => (node === leaf ? own * (1 + 2 ** -20) : own));
    expect([
      await agrees(ensemble),
      await agrees({ ...ensemble, value }),
      await agrees({ ...ensemble, base: ensemble.base + 2 ** -18 }),
    ]).toEqual([true, false, false]);
    await runtime.close();
  });

  test.each(['finance', 'pharma'])('takes the shipped model of %s by the kernel', async (domain) => {
    const { onnx } = await loadShippedChampion(domain);
    const runtime = await OnnxScorer.open(onnx);
    const ensemble = treesOf(onnx);
    expect(await agreesWithRuntime(KernelScorer.open(ensemble)!, ensemble, runtime)).toBe(true);
    await runtime.close();
  });
});

describe('ModelScorer', () => {
  test('gives a row the same score alone, among few, and among so many that the kernel scores them', async () => {
    const ensemble = randomEnsemble(SHAPE);
    const rows = 8_200;
    const values = randomRows(2, rows, SHAPE.features);
    const scorer = await ModelScorer.open(writeOnnx(ensemble));
    const byKernel = vi.spyOn(KernelScorer.prototype, 'score');
    const all = await scorer.score(values, rows);
    expect(byKernel).toHaveBeenLastCalledWith(values, rows);
    byKernel.mockClear();
    const few = await scorer.score(values.subarray(0, 40 * SHAPE.features), 40);
    const alone = await scorer.score(values.subarray(0, SHAPE.features), 1);
    expect(byKernel).not.toHaveBeenCalled();
    byKernel.mockRestore();
    expect(few).toEqual(all.subarray(0, 40));
    expect(alone).toEqual(all.subarray(0, 1));
    await scorer.close();
  });

  test('scores by the kernel once many rows were asked for, be it in many calls of few', async () => {
    const rows = 3_000;
    const values = randomRows(3, rows, SHAPE.features);
    const scorer = await ModelScorer.open(writeOnnx(randomEnsemble(SHAPE)));
    const byKernel = vi.spyOn(KernelScorer.prototype, 'score');
    const called = [];
    const scores = [];
    for (let call = 0; call < 4; call++) {
      scores.push(await scorer.score(values, rows));
      // Once more for the proof.
      called.push(byKernel.mock.calls.length);
    }
    byKernel.mockRestore();
    expect(called).toEqual([0, 0, 2, 3]);
    expect(scores.slice(1)).toEqual([scores[0], scores[0], scores[0]]);
    await scorer.close();
  });
});
