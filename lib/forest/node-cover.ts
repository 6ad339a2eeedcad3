/**
 * Gives an ensemble the covers of reference rows: how many of the rows (by weight) reach each node. For models whose converter left
 * the covers out; explanations then average over the reference rows.
 */
import { goesLeft, type TreeEnsemble } from './tree-ensemble.ts';

/** `values` is row-major; `weights` has one number a row, 1 if absent. */
export function withCover(
  ensemble: TreeEnsemble,
  values: Float32Array,
  rows: number,
  weights?: Float64Array,
): TreeEnsemble {
  const { treeStart, featureCount, feature, threshold, left, right, missingLeft } = ensemble;
  const cover = new Float64Array(feature.length);
  for (let tree = 0; tree + 1 < treeStart.length; tree++) {
    for (let row = 0; row < rows; row++) {
      const weight = weights?.[row] ?? 1;
      const start = row * featureCount;
      let node = treeStart[tree]!;
      cover[node]! += weight;
      while (feature[node]! >= 0) {
        const x = values[start + feature[node]!]!;
        node = goesLeft(x, threshold[node]!, missingLeft[node]!) ? left[node]! : right[node]!;
        cover[node]! += weight;
      }
    }
  }
  return { ...ensemble, cover };
}
