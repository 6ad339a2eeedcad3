/**
 * What ONNX Runtime computes of a model of Assay's, in plain TypeScript: float32 leaves added up in float32 in the order of the
 * trees, then the base, then the logistic function. The scoring kernel is held to it.
 */
import { goesLeft, type TreeEnsemble } from '../tree-ensemble.ts';
import { logistic } from './logistic.ts';

/** `values` is row-major, NaN is missing; the answer has one number a row. */
export function plainScores(ensemble: TreeEnsemble, values: Float32Array, rows: number): Float32Array {
  return Float32Array.from({ length: rows }, (_, row) =>
    toScore(ensemble, sumLeaves(ensemble, values, row * ensemble.featureCount)),
  );
}

/** A row's float32 sum of leaves as the model's score. */
export function toScore({ base, link }: Pick<TreeEnsemble, 'base' | 'link'>, sum: number): number {
  const total = Math.fround(sum + Math.fround(base));
  return link === 'logit' ? logistic(total) : total;
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
