import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { withCover } from '../../lib/forest/node-cover.ts';
import { readOnnx } from '../../lib/forest/onnx/onnx-read.ts';
import { writeOnnx } from '../../lib/forest/onnx/onnx-write.ts';
import { createExplainer } from '../../lib/forest/shap/tree-shap.ts';
import { sumTrees } from './naive-shapley.ts';
import { ensembleShape, randomEnsemble, randomRows } from './random-ensemble.ts';

const ROWS = 50;

describe('withCover', () => {
  test('counts the rows that reach each node: all at a root, a parent the sum of its children', () => {
    fc.assert(
      fc.property(ensembleShape({ features: 5, trees: 3, depth: 5 }), (shape) => {
        const bare = { ...randomEnsemble(shape), cover: new Float64Array(0) };
        const { treeStart, feature, left, right, cover } = withCover(
          bare,
          randomRows(shape.seed, ROWS, shape.features),
          ROWS,
        );
        for (const root of treeStart.subarray(0, -1)) expect(cover[root]).toBe(ROWS);
        feature.forEach((f, node) => {
          if (f >= 0) expect(cover[node]).toBe(cover[left[node]!]! + cover[right[node]!]!);
        });
      }),
    );
  });

  test('makes one tree start from the mean over the rows, which shows that each went its own way', () => {
    fc.assert(
      fc.property(ensembleShape({ features: 5, trees: 3, depth: 5 }), (shape) => {
        const bare = randomEnsemble(shape);
        const values = randomRows(shape.seed, ROWS, shape.features);
        const weights = Float64Array.from({ length: ROWS }, (_, row) => (row % 3) + 0.5);
        const total = weights.reduce((sum, weight) => sum + weight, 0);
        const mean = weights.reduce(
          (sum, weight, row) =>
            sum +
            (weight / total) *
              sumTrees(bare, values.subarray(row * shape.features, (row + 1) * shape.features)),
          0,
        );
        expect(createExplainer(withCover(bare, values, ROWS, weights)).base).toBeCloseTo(mean, 9);
      }),
    );
  });

  test('gives a model read without covers what a file with covers has', () => {
    const ensemble = randomEnsemble({
      seed: 8,
      features: 3,
      trees: 2,
      depth: 4,
      link: 'identity',
      zeroCovers: false,
    });
    const bare = readOnnx(writeOnnx({ ...ensemble, cover: new Float64Array(ensemble.cover.length).fill(1) }));
    expect(bare.hasCover).toBe(false);
    const covered = withCover(bare.ensemble, randomRows(8, ROWS, 3), ROWS);
    const read = readOnnx(writeOnnx(covered));
    expect(read.hasCover).toBe(true);
    expect(read.ensemble).toEqual(covered);
  });
});
