import type { TreeEnsemble } from './tree-ensemble.ts';

/** The smallest and the largest sum that any row can have: each tree gives at least its smallest leaf and at most its largest. */
export function sumBounds({ treeStart, feature, value, base }: TreeEnsemble): { low: number; high: number } {
  let low = base;
  let high = base;
  for (let tree = 0; tree + 1 < treeStart.length; tree++) {
    let smallest = Number.POSITIVE_INFINITY;
    let largest = Number.NEGATIVE_INFINITY;
    for (let node = treeStart[tree]!; node < treeStart[tree + 1]!; node++) {
      if (feature[node]! >= 0) continue;
      smallest = Math.min(smallest, value[node]!);
      largest = Math.max(largest, value[node]!);
    }
    low += smallest;
    high += largest;
  }
  return { low, high };
}

/** The same trees for the other of two classes: the probability of each row is one minus what it was. */
export function swapClasses(ensemble: TreeEnsemble): TreeEnsemble {
  const negative = (x: number): number => (x === 0 ? 0 : -x);
  return {
    ...ensemble,
    value: ensemble.value.map(negative),
    base: ensemble.link === 'identity' ? 1 - ensemble.base : negative(ensemble.base),
  };
}
