/** Trees of unusual depth for tests of the explainers. */
import type { TreeEnsemble } from '../../lib/forest/tree-ensemble.ts';

/** Hangs a chain of splits over each tree, each on a feature of its own, so that paths have very many distinct features. */
export function deepen(ensemble: TreeEnsemble, features: number): TreeEnsemble {
  const roots = ensemble.treeStart.subarray(0, -1);
  const nodes: { from: number; split: number }[] = [];
  const treeStart = [0];
  const shift: number[] = [];
  roots.forEach((root, tree) => {
    for (let f = 0; f < features; f++) nodes.push({ from: -1, split: f }, { from: -1, split: -1 });
    const end = ensemble.treeStart[tree + 1]!;
    for (let node = root; node < end; node++) {
      shift[node] = nodes.length;
      nodes.push({ from: node, split: -1 });
    }
    treeStart.push(nodes.length);
  });
  const pick = (of: ArrayLike<number>, otherwise: (i: number) => number) =>
    nodes.map(({ from }, i) => (from >= 0 ? of[from]! : otherwise(i)));
  const child = (of: Int32Array, step: number) =>
    nodes.map(({ from, split }, i) =>
      from < 0 ? (split >= 0 ? i + step : 0) : ensemble.feature[from]! < 0 ? 0 : shift[of[from]!]!,
    );
  return {
    ...ensemble,
    treeStart: Int32Array.from(treeStart),
    feature: Int32Array.from(pick(ensemble.feature, (i) => nodes[i]!.split)),
    threshold: Float32Array.from(pick(ensemble.threshold, () => 0)),
    left: Int32Array.from(child(ensemble.left, 1)),
    right: Int32Array.from(child(ensemble.right, 2)),
    missingLeft: Uint8Array.from(pick(ensemble.missingLeft, (i) => i % 2)),
    cover: Float64Array.from(
      pick(ensemble.cover, (i) => (nodes[i]!.split >= 0 ? 1000 + 50 * (features - nodes[i]!.split) : 50)),
    ),
    value: Float64Array.from(pick(ensemble.value, (i) => (nodes[i]!.split >= 0 ? 0 : 0.01 * (i % 7)))),
  };
}

/** One tree on one feature: split i, at threshold 2i, has a leaf of 2i + 1 on its left and the next split on its right. */
export function chainOfSplits(depth: number): TreeEnsemble {
  const count = 2 * depth + 1;
  return {
    featureCount: 1,
    treeStart: Int32Array.of(0, count),
    feature: Int32Array.from({ length: count }, (_, i) => (i % 2 === 0 && i < count - 1 ? 0 : -1)),
    threshold: Float32Array.from({ length: count }, (_, i) => (i % 2 === 0 ? i : 0)),
    left: Int32Array.from({ length: count }, (_, i) => (i % 2 === 0 && i < count - 1 ? i + 1 : 0)),
    right: Int32Array.from({ length: count }, (_, i) => (i % 2 === 0 && i < count - 1 ? i + 2 : 0)),
    missingLeft: new Uint8Array(count),
    cover: Float64Array.from({ length: count }, (_, i) => (i % 2 === 0 ? depth - i / 2 + 1 : 1)),
    value: Float64Array.from({ length: count }, (_, i) => (i % 2 === 1 ? i : 0)),
    base: 0,
    link: 'identity',
  };
}
