import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { InputError } from '../../lib/errors.ts';
import { loadOnnxRuntime } from '../../lib/forest/onnx/onnx-runtime.ts';
import { OnnxScorer } from '../../lib/forest/onnx/onnx-scorer.ts';
import { writeOnnx } from '../../lib/forest/onnx/onnx-write.ts';
import { type TreeEnsemble, toProbability } from '../../lib/forest/tree-ensemble.ts';
import { sumTrees } from './naive-shapley.ts';
import { ensembleShape, randomEnsemble, randomRows } from './random-ensemble.ts';

const ROWS = 40;
const { InferenceSession, Tensor } = loadOnnxRuntime();

function ownScores(ensemble: TreeEnsemble, values: Float32Array): number[] {
  const { featureCount } = ensemble;
  return Array.from({ length: values.length / featureCount }, (_, row) =>
    toProbability(
      sumTrees(ensemble, values.subarray(row * featureCount, (row + 1) * featureCount)),
      ensemble.link,
    ),
  );
}

describe('writeOnnx', () => {
  test('writes what ONNX Runtime scores as the trees do, missing values and thresholds met exactly included', async () => {
    await fc.assert(
      fc.asyncProperty(ensembleShape({ features: 6, trees: 4, depth: 5 }), async (shape) => {
        const ensemble = randomEnsemble(shape);
        const values = randomRows(shape.seed, ROWS, shape.features);
        const scorer = await OnnxScorer.open(writeOnnx(ensemble));
        const scores = await scorer.score(values, ROWS);
        await scorer.close();
        ownScores(ensemble, values).forEach((score, row) => {
          expect(Math.abs(score - scores[row]!)).toBeLessThan(1e-5);
        });
      }),
      { numRuns: 60 },
    );
  });

  test('has both classes in the probabilities, and the label of the larger one, also when all log-odds are positive', async () => {
    await fc.assert(
      fc.asyncProperty(
        ensembleShape({ features: 4, trees: 3, depth: 3 }),
        fc.boolean(),
        async (shape, positive) => {
          const drawn = randomEnsemble(shape);
          const value = positive ? drawn.value.map(Math.abs) : drawn.value;
          const ensemble = { ...drawn, value, base: positive && shape.link === 'logit' ? -2.25 : drawn.base };
          const session = await InferenceSession.create(writeOnnx(ensemble));
          const values = randomRows(shape.seed, ROWS, shape.features);
          const result = await session.run({
            features: new Tensor('float32', values, [ROWS, shape.features]),
          });
          await session.release();
          const labels = result.label!.data as BigInt64Array;
          const probabilities = result.probabilities!.data as Float32Array;
          ownScores(ensemble, values).forEach((score, row) => {
            expect(probabilities[2 * row]! + probabilities[2 * row + 1]!).toBeCloseTo(1, 5);
            if (Math.abs(score - 0.5) > 1e-5) expect(labels[row]).toBe(score > 0.5 ? 1n : 0n);
          });
        },
      ),
      { numRuns: 60 },
    );
  });

  test('writes the same bytes for the same ensemble, whatever the order of the metadata', () => {
    const ensemble = randomEnsemble({
      seed: 1,
      features: 4,
      trees: 3,
      depth: 4,
      link: 'logit',
      zeroCovers: false,
    });
    const one = writeOnnx(ensemble, { metadata: { a: '1', b: '2' }, inputNames: ['x'] });
    const other = writeOnnx({ ...ensemble }, { inputNames: ['x'], metadata: { b: '2', a: '1' } });
    expect(one).toEqual(other);
  });
});

describe('OnnxScorer', () => {
  test('scores more rows than a batch holds, and none', async () => {
    const ensemble = randomEnsemble({
      seed: 2,
      features: 3,
      trees: 5,
      depth: 5,
      link: 'identity',
      zeroCovers: false,
    });
    const values = randomRows(2, 9000, 3);
    const scorer = await OnnxScorer.open(writeOnnx(ensemble));
    const scores = await scorer.score(values, 9000);
    expect(await scorer.score(new Float32Array(0), 0)).toEqual(new Float32Array(0));
    await scorer.close();
    ownScores(ensemble, values).forEach((score, row) => {
      expect(Math.abs(score - scores[row]!)).toBeLessThan(1e-5);
    });
  });

  test('refuses bytes that are no model', async () => {
    await expect(OnnxScorer.open(Uint8Array.of(1, 2, 3))).rejects.toThrow(InputError);
  });
});
