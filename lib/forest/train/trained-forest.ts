/** Joins single trees to their ensemble. */

import type { TreeEnsemble } from '../tree-ensemble.ts';
import type { GrownTree } from './grow-tree.ts';

export interface TrainedForest {
  readonly ensemble: TreeEnsemble;
  /** What the splits on each input gained, an input. */
  readonly gain: Float64Array;
  /** What the trees that didn't learn from a row say of it, a row; NaN where all did, and from boosting. */
  readonly outOfBag: Float32Array;
}

/** `leafValue` turns a leaf's Newton step into what the leaf adds. */
export function joinTrees(
  trees: readonly GrownTree[],
  featureCount: number,
  leafValue: (step: number) => number,
  { base, link }: Pick<TreeEnsemble, 'base' | 'link'>,
): TreeEnsemble {
  const treeStart = new Int32Array(trees.length + 1);
  for (const [t, tree] of trees.entries()) treeStart[t + 1] = treeStart[t]! + tree.feature.length;
  const nodes = treeStart[trees.length]!;
  const ensemble = {
    featureCount,
    treeStart,
    feature: new Int32Array(nodes),
    threshold: new Float32Array(nodes),
    left: new Int32Array(nodes),
    right: new Int32Array(nodes),
    missingLeft: new Uint8Array(nodes),
    cover: new Float64Array(nodes),
    value: new Float64Array(nodes),
    base,
    link,
  };
  for (const [t, tree] of trees.entries()) {
    const root = treeStart[t]!;
    for (const key of ['feature', 'threshold', 'missingLeft', 'cover'] as const)
      ensemble[key].set(tree[key], root);
    for (let node = 0; node < tree.feature.length; node++) {
      if (tree.feature[node]! < 0) {
        ensemble.value[root + node] = leafValue(tree.step[node]!);
      } else {
        ensemble.left[root + node] = root + tree.left[node]!;
        ensemble.right[root + node] = root + tree.right[node]!;
      }
    }
  }
  return ensemble;
}

/** The trees' gains added up in their order, each tree's by its own scale. */
export function sumGains(
  trees: readonly GrownTree[],
  columns: number,
  scaleOf: (tree: GrownTree) => number,
): Float64Array {
  const total = new Float64Array(columns);
  for (const tree of trees) {
    const scale = scaleOf(tree);
    for (let column = 0; column < columns; column++) total[column]! += tree.gain[column]! * scale;
  }
  return total;
}
