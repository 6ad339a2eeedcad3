/**
 * What TreeSHAP needs of an ensemble that does not depend on the row, laid out once for the loops of tree-shap.ts.
 *
 * Only splits are numbered; leaves are folded into the split above. A tree's splits are contiguous, a parent stands
 * before its children, and those with two leaves ("pairs") come last, because their loop is a simpler one:
 *
 *     tree t   splitStart[t] … pairStart[t] … splitStart[t+1]
 *              splits, in preorder │ pairs
 *
 * "First" and "second" are a split's children, not its left and right: the first is a split if either is, so that the
 * loops have one thing less to ask.
 *
 * A split sends a share of its cover to each child. For a feature met on a path, Z is the product of the shares of its
 * edges, its odds are 1/Z − 1, and its scale is 1/Z. A leaf holds its value × its share of the tree's cover; then the
 * factor of a feature on the way to that leaf is 1 + odds·t if the row goes that way and 1 − t if it does not.
 */

import type { TreeEnsemble } from '../tree-ensemble.ts';
import { gaussLegendre, type Quadrature } from './quadrature.ts';

/** Points that one pass over a tree takes; more are further passes, because points only meet in the sums over them. */
export const POINTS_A_PASS = 6;

export interface ShapLayout {
  readonly featureCount: number;
  /** Expected sum over the covers: what an explanation starts from. */
  readonly base: number;
  readonly splitStart: Int32Array;
  readonly pairStart: Int32Array;
  /** A tree's quadrature in portions of POINTS_A_PASS, exact for the most distinct features on one of its paths. */
  readonly passes: readonly (readonly Quadrature[])[];
  readonly feature: Int32Array;
  /** Rank of the threshold among its feature's (`cuts`), and where the row's rank stands: 2 · feature + missingLeft. */
  readonly rank: Int32Array;
  readonly rankAt: Int32Array;
  /** The edge by which the nearest split above on the same feature leads here: 2 + 2 · its place in the tree + side; 0 if none. */
  readonly edgeAbove: Int32Array;
  /** 1 + the odds of the split's feature before it. */
  readonly scale: Float64Array;
  /** Four a split: what the edge to [first, second] does if the row goes left, then if it goes right. */
  readonly effect: Float64Array;
  /** Place of the child in the tree × POINTS_A_PASS, or −1 for a leaf, whose weighted value is in firstLeaf, secondLeaf. */
  readonly first: Int32Array;
  readonly second: Int32Array;
  readonly firstLeaf: Float64Array;
  readonly secondLeaf: Float64Array;
  /** All thresholds of feature f, ascending: cuts[cutStart[f]] … cuts[cutStart[f + 1] − 1]. */
  readonly cuts: Float32Array;
  readonly cutStart: Int32Array;
}

/**
 * Stands for a share of zero: far below what float64 can feel in a sum, far above where a product could underflow
 * (a path has one such edge at most, because below a cover of zero both sides count as halves).
 */
const NO_SHARE = 1e-30;

/** Lays out every tree of the ensemble. */
export function layOutForShap(ensemble: TreeEnsemble): ShapLayout {
  const walk = walkPreorder(ensemble);
  const { splitStart, pairStart, splitOf } = numberSplits(ensemble, walk.order);
  const { cuts, cutStart, rankOf } = rankThresholds(ensemble);
  const splits = splitStart.at(-1)!;
  const layout = {
    featureCount: ensemble.featureCount,
    base: expectedSum(ensemble, walk),
    splitStart,
    pairStart,
    passes: [] as (readonly Quadrature[])[],
    feature: new Int32Array(splits),
    rank: new Int32Array(splits),
    rankAt: new Int32Array(splits),
    edgeAbove: new Int32Array(splits),
    scale: new Float64Array(splits),
    effect: new Float64Array(4 * splits),
    first: new Int32Array(splits),
    second: new Int32Array(splits),
    firstLeaf: new Float64Array(splits),
    secondLeaf: new Float64Array(splits),
    cuts,
    cutStart,
  };
  const { feature, threshold, missingLeft, left, right } = ensemble;
  const scaleAfter = new Float64Array(2 * splits);
  const distinct = new Int32Array(splits);
  for (let tree = 0; tree < pairStart.length; tree++) {
    const start = splitStart[tree]!;
    let maxDistinct = 0;
    for (let at = ensemble.treeStart[tree]!; at < ensemble.treeStart[tree + 1]!; at++) {
      const node = walk.order[at]!;
      if (feature[node]! < 0) continue;
      const split = splitOf[node]!;
      layout.feature[split] = feature[node]!;
      layout.rank[split] = rankOf(feature[node]!, threshold[node]!);
      layout.rankAt[split] = 2 * feature[node]! + missingLeft[node]!;

      const [twin, side] = findTwin(ensemble, walk.parent, node);
      const twinSplit = twin < 0 ? -1 : splitOf[twin]!;
      layout.edgeAbove[split] = twin < 0 ? 0 : 2 + 2 * (twinSplit - start) + side;
      const parent = walk.parent[node]!;
      distinct[split] = (parent < 0 ? 0 : distinct[splitOf[parent]!]!) + (twin < 0 ? 1 : 0);
      maxDistinct = Math.max(maxDistinct, distinct[split]!);

      const scale = twin < 0 ? 1 : scaleAfter[2 * twinSplit + side]!;
      const [leftShare, rightShare] = sharesOf(ensemble, node);
      layout.scale[split] = scale;
      scaleAfter[2 * split] = scale / leftShare;
      scaleAfter[2 * split + 1] = scale / rightShare;
      const riseLeft = scale / leftShare - scale;
      const riseRight = scale / rightShare - scale;
      const swap = feature[left[node]!]! < 0 && feature[right[node]!]! >= 0;
      layout.effect.set(
        swap ? [-scale, riseLeft, riseRight, -scale] : [riseLeft, -scale, -scale, riseRight],
        4 * split,
      );
    }
    layout.passes.push(passesFor(maxDistinct));
    linkChildren(ensemble, walk, splitOf, tree, layout);
  }
  return layout;
}

interface Walk {
  /** Nodes in preorder, tree by tree, in the places of the tree's nodes. */
  readonly order: Int32Array;
  /** By node: the node above (−1 for a root), and its share of the tree's cover. */
  readonly parent: Int32Array;
  readonly share: Float64Array;
}

/** Goes through every tree with a stack of its own: however deep a tree is, ours does not overflow. */
function walkPreorder(ensemble: TreeEnsemble): Walk {
  const { treeStart, feature, left, right } = ensemble;
  const nodes = feature.length;
  const order = new Int32Array(nodes);
  const parent = new Int32Array(nodes).fill(-1);
  const share = new Float64Array(nodes).fill(1);
  let visited = 0;
  for (let tree = 0; tree + 1 < treeStart.length; tree++) {
    const stack = [treeStart[tree]!];
    for (let node = stack.pop(); node !== undefined; node = stack.pop()) {
      order[visited++] = node;
      if (feature[node]! < 0) continue;
      const [leftShare, rightShare] = sharesOf(ensemble, node);
      share[left[node]!] = share[node]! * leftShare;
      share[right[node]!] = share[node]! * rightShare;
      parent[left[node]!] = node;
      parent[right[node]!] = node;
      stack.push(right[node]!, left[node]!);
    }
  }
  return { order, parent, share };
}

/** Shares of a node's cover that its children hold; halves where no row came. */
function sharesOf(ensemble: TreeEnsemble, node: number): readonly [left: number, right: number] {
  const left = ensemble.cover[ensemble.left[node]!]!;
  const right = ensemble.cover[ensemble.right[node]!]!;
  const sum = left + right;
  if (!(sum > 0)) return [0.5, 0.5];
  return [Math.max(left / sum, NO_SHARE), Math.max(right / sum, NO_SHARE)];
}

function expectedSum(ensemble: TreeEnsemble, walk: Walk): number {
  let sum = ensemble.base;
  for (const node of walk.order) sum += ensemble.value[node]! * walk.share[node]!;
  return sum;
}

function isPair({ feature, left, right }: TreeEnsemble, node: number): boolean {
  return feature[left[node]!]! < 0 && feature[right[node]!]! < 0;
}

function numberSplits(ensemble: TreeEnsemble, order: Int32Array) {
  const trees = ensemble.treeStart.length - 1;
  const splitStart = new Int32Array(trees + 1);
  const pairStart = new Int32Array(trees);
  const splitOf = new Int32Array(order.length).fill(-1);
  let next = 0;
  for (let tree = 0; tree < trees; tree++) {
    const nodes = order.subarray(ensemble.treeStart[tree]!, ensemble.treeStart[tree + 1]!);
    const splits = nodes.filter((node) => ensemble.feature[node]! >= 0);
    for (const node of splits) if (!isPair(ensemble, node)) splitOf[node] = next++;
    pairStart[tree] = next;
    for (const node of splits) if (isPair(ensemble, node)) splitOf[node] = next++;
    splitStart[tree + 1] = next;
  }
  return { splitStart, pairStart, splitOf };
}

/** Sorts every feature's thresholds, so that a row's decisions become comparisons of small integers. */
function rankThresholds({ featureCount, feature, threshold }: TreeEnsemble) {
  const seen = Array.from({ length: featureCount }, () => new Set<number>());
  feature.forEach((f, node) => {
    if (f >= 0) seen[f]!.add(threshold[node]!);
  });
  const sorted = seen.map((thresholds) => Float32Array.from(thresholds).sort());
  const cutStart = new Int32Array(featureCount + 1);
  sorted.forEach((thresholds, f) => {
    cutStart[f + 1] = cutStart[f]! + thresholds.length;
  });
  const cuts = new Float32Array(cutStart[featureCount]!);
  sorted.forEach((thresholds, f) => {
    cuts.set(thresholds, cutStart[f]!);
  });
  const ranks = sorted.map((thresholds) => new Map(Array.from(thresholds, (cut, rank) => [cut, rank])));
  return { cuts, cutStart, rankOf: (f: number, cut: number) => ranks[f]!.get(cut)! };
}

/** The nearest node above that splits on the same feature (−1 if none), and on which side of it this one stands. */
function findTwin(
  ensemble: TreeEnsemble,
  parent: Int32Array,
  node: number,
): readonly [twin: number, side: number] {
  let below = node;
  let above = parent[node]!;
  while (above >= 0 && ensemble.feature[above] !== ensemble.feature[node]) {
    below = above;
    above = parent[above]!;
  }
  return [above, above >= 0 && ensemble.right[above] === below ? 1 : 0];
}

/** The integrand has a degree of one less than the features on a path; n points are exact up to degree 2n − 1. */
function passesFor(distinctFeatures: number): readonly Quadrature[] {
  const count = Math.max(1, Math.ceil(distinctFeatures / 2 / POINTS_A_PASS));
  const { points, weights } = gaussLegendre(count * POINTS_A_PASS);
  return Array.from({ length: count }, (_, pass) => ({
    points: points.slice(pass * POINTS_A_PASS, (pass + 1) * POINTS_A_PASS),
    weights: weights.slice(pass * POINTS_A_PASS, (pass + 1) * POINTS_A_PASS),
  }));
}

function linkChildren(
  ensemble: TreeEnsemble,
  walk: Walk,
  splitOf: Int32Array,
  tree: number,
  layout: ShapLayout,
): void {
  const { feature, left, right, value } = ensemble;
  const start = layout.splitStart[tree]!;
  const place = (node: number) => (feature[node]! < 0 ? -1 : (splitOf[node]! - start) * POINTS_A_PASS);
  for (let node = ensemble.treeStart[tree]!; node < ensemble.treeStart[tree + 1]!; node++) {
    if (feature[node]! < 0) continue;
    const split = splitOf[node]!;
    const swap = feature[left[node]!]! < 0 && feature[right[node]!]! >= 0;
    const [first, second] = swap ? [right[node]!, left[node]!] : [left[node]!, right[node]!];
    layout.first[split] = place(first);
    layout.second[split] = place(second);
    layout.firstLeaf[split] = value[first]! * walk.share[first]!;
    layout.secondLeaf[split] = value[second]! * walk.share[second]!;
  }
}
