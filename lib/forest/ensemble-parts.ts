/** An ensemble's parts as ensembles of their own, whose sums come straight out of their leaves. */
import type { EnsemblePart, TreeEnsemble } from './tree-ensemble.ts';

export interface PartEnsemble {
  readonly part: EnsemblePart;
  readonly ensemble: TreeEnsemble;
}

export function splitParts(ensemble: TreeEnsemble): PartEnsemble[] {
  let tree = 0;
  return (ensemble.parts ?? []).map((part) => {
    const from = tree;
    tree += part.trees;
    return { part, ensemble: sliceTrees(ensemble, from, tree, part.base) };
  });
}

/** Trees from one number up to another, with a base of their own. */
export function sliceTrees(
  { parts: _, ...ensemble }: TreeEnsemble,
  from: number,
  to: number,
  base: number,
): TreeEnsemble {
  const [start, end] = [ensemble.treeStart[from]!, ensemble.treeStart[to]!];
  const nearer = (child: number): number => Math.max(0, child - start);
  return {
    ...ensemble,
    treeStart: ensemble.treeStart.slice(from, to + 1).map((at) => at - start),
    feature: ensemble.feature.slice(start, end),
    threshold: ensemble.threshold.slice(start, end),
    left: ensemble.left.slice(start, end).map(nearer),
    right: ensemble.right.slice(start, end).map(nearer),
    missingLeft: ensemble.missingLeft.slice(start, end),
    cover: ensemble.cover.slice(start, end),
    value: ensemble.value.slice(start, end),
    base,
    link: 'identity',
  };
}
