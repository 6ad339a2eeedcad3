/**
 * What ONNX Runtime computes of a model of Assay's, in plain TypeScript: float32 leaves added up in float32 in the order of the
 * trees, then the base, then the logistic function. The scoring kernel is held to it.
 */
import { toScore } from '../../lib/forest/score/logistic.ts';
import { goesLeft, type TreeEnsemble } from '../../lib/forest/tree-ensemble.ts';

/** `values` is row-major, NaN is missing; the answer has one number a row. */
export function plainScores(ensemble: TreeEnsemble, values: Float32Array, rows: number): Float32Array {
  return Float32Array.from({ length: rows }, (_, row) =>
    toScore(ensemble, sumLeaves(ensemble, values, row * ensemble.featureCount)),
  );
}

function sumLeaves(ensemble: TreeEnsemble, values: Float32Array, start: number): number {
  const { treeStart, feature, threshold, missingLeft, left, right, value } = ensemble;
  let sum = 0;
  for (let tree = 0; tree + 1 < treeStart.length; tree++) {
    let node = treeStart[tree]!;
    while (feature[node]! >= 0) {
      const isLeft = goesLeft(values[start + feature[node]!]!, threshold[node]!, missingLeft[node]!);
      node = isLeft ? left[node]! : right[node]!;
    }
    sum = Math.fround(sum + Math.fround(value[node]!));
  }
  return sum;
}
