import { splitParts } from './ensemble-parts.ts';
import { followCurves, type TreeEnsemble } from './tree-ensemble.ts';

/** The smallest and the largest sum that any row can have: each tree gives at least its smallest leaf and at most its largest. */
export function sumBounds(ensemble: TreeEnsemble): { low: number; high: number } {
  if (ensemble.parts !== undefined) return boundsOfParts(ensemble);
  const { treeStart, feature, value, base } = ensemble;
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

function boundsOfParts(ensemble: TreeEnsemble): { low: number; high: number } {
  let low = ensemble.base;
  let high = ensemble.base;
  for (const { part, ensemble: trees } of splitParts(ensemble)) {
    const sums = sumBounds(trees);
    const ends = [sums.low, sums.high].map((sum) => part.weight * followCurves(sum, part.curves));
    low += Math.min(...ends);
    high += Math.max(...ends);
  }
  return { low, high };
}

/** The same trees for the other of two classes: the probability of each row is one minus what it was. */
export function swapClasses(ensemble: TreeEnsemble): TreeEnsemble {
  const negative = (x: number): number => (x === 0 ? 0 : -x);
  if (ensemble.parts !== undefined)
    return {
      ...ensemble,
      base: 1 - ensemble.base,
      parts: ensemble.parts.map((part) => ({ ...part, weight: negative(part.weight) })),
    };
  return {
    ...ensemble,
    value: ensemble.value.map(negative),
    base: ensemble.link === 'identity' ? 1 - ensemble.base : negative(ensemble.base),
  };
}
