/**
 * Grows one tree from binned columns, row statistics and the rows to learn from.
 *
 *     rows   [ 4 0 7 | 1 2 9 3 | 5 8 6 ]     every node is a run of the row list; a split partitions its run in place,
 *              left      right                and keeps each side in the order it had
 *
 * Rows that the tree doesn't learn from (out of bag, not sampled) are followers: they are partitioned by the same splits,
 * so that the leaf of every row is known without walking the tree. Nodes are grown depth first; with a limit on leaves,
 * the node of the largest gain first.
 */

import type { BinnedColumns } from './binned-columns.ts';
import type { NodeRows } from './histogram.ts';
import { boundChildren, boundedStep } from './monotone.ts';
import type { RowStatistics, TreeLimits } from './row-statistics.ts';
import type { Split } from './split.ts';
import { chooseSplitBin, unsplitScore } from './splitting.ts';

/** A node that waits to be split or to become a leaf; `State` is what its search wants to remember. */
export interface OpenNode<State> extends NodeRows {
  readonly index: number;
  readonly depth: number;
  readonly followStart: number;
  readonly followEnd: number;
  split: Split | null;
  state: State;
}

/** How the best split of a node is found: over all columns, or over a random sample of them. */
export interface SplitSearch<State> {
  searchRoot(rows: Int32Array, root: OpenNode<State>): void;
  /** Sets `split` of the two children of a node that was just split; null where a child is to be a leaf. */
  searchChildren(
    rows: Int32Array,
    parent: OpenNode<State>,
    left: OpenNode<State>,
    right: OpenNode<State>,
  ): void;
  readonly initialState: State;
}

export interface GrowTask {
  readonly binned: BinnedColumns;
  readonly statistics: RowStatistics;
  readonly limits: TreeLimits;
  /** Partitioned in place. */
  readonly rows: Int32Array;
  readonly followers: Int32Array;
  /** Written: the leaf (index in this tree) of every row and follower. */
  readonly leafOf: Int32Array;
}

/** One tree; its children's indices count from its own root. */
export interface GrownTree {
  readonly feature: Int32Array;
  readonly threshold: Float32Array;
  readonly left: Int32Array;
  readonly right: Int32Array;
  readonly missingLeft: Uint8Array;
  /** Sum of hessians, a node. */
  readonly cover: Float64Array;
  /** Newton step G / (H + l2) of every node: the leaves' are what the tree says. */
  readonly step: Float64Array;
  /** Sum of split gains, a column. */
  readonly gain: Float64Array;
}

/** False for a node that can only be a leaf: too deep, too small, or of rows that all say the same. */
export function canSplit(node: OpenNode<unknown>, limits: TreeLimits): boolean {
  const count = node.end - node.start;
  if (limits.stopWhenPure && (node.gradient === 0 || node.gradient === node.hessian)) return false;
  return (
    node.depth < limits.maxDepth &&
    count >= 2 * limits.minSamplesLeaf &&
    node.hessian >= 2 * limits.minHessian
  );
}

export function growTree<State>(task: GrowTask, search: SplitSearch<State>): GrownTree {
  const grower = createGrower(task);
  const root: OpenNode<State> = {
    ...sumRows(task),
    index: 0,
    depth: 0,
    followStart: 0,
    followEnd: task.followers.length,
    split: null,
    state: search.initialState,
  };
  grower.addNode(root);
  search.searchRoot(task.rows, root);
  const open: OpenNode<State>[] = [];
  const queueOrClose = (node: OpenNode<State>): void => {
    if (node.split === null) grower.closeLeaf(node);
    else open.push(node);
  };
  queueOrClose(root);
  for (let leaves = 1; open.length > 0 && leaves < task.limits.maxLeaves; leaves++) {
    const node = takeNext(open, task.limits);
    const [left, right] = grower.applySplit(node, node.split!);
    search.searchChildren(task.rows, node, left, right);
    queueOrClose(left);
    queueOrClose(right);
  }
  for (const node of open) grower.closeLeaf(node);
  return grower.finish();
}

function sumRows({ rows, statistics }: GrowTask): NodeRows {
  let [gradient, hessian] = [0, 0];
  for (let i = 0; i < rows.length; i++) {
    gradient += statistics[2 * rows[i]!]!;
    hessian += statistics[2 * rows[i]! + 1]!;
  }
  const unbounded = { minStep: Number.NEGATIVE_INFINITY, maxStep: Number.POSITIVE_INFINITY };
  return { start: 0, end: rows.length, gradient, hessian, ...unbounded };
}

/** The last node opened, or the one of the largest gain (the earliest of equals) where the number of leaves is limited. */
function takeNext<State>(open: OpenNode<State>[], limits: TreeLimits): OpenNode<State> {
  if (limits.maxLeaves === Number.POSITIVE_INFINITY) return open.pop()!;
  let best = 0;
  let bestGain = Number.NEGATIVE_INFINITY;
  for (const [i, node] of open.entries()) {
    const gain = node.split!.score - unsplitScore(node, limits);
    if (gain > bestGain) [best, bestGain] = [i, gain];
  }
  return open.splice(best, 1)[0]!;
}

interface Grower {
  addNode(node: NodeRows): number;
  applySplit<State>(node: OpenNode<State>, split: Split): [OpenNode<State>, OpenNode<State>];
  closeLeaf(node: OpenNode<unknown>): void;
  finish(): GrownTree;
}

function createGrower({ binned, limits, rows, followers, leafOf }: GrowTask): Grower {
  const nodes = {
    feature: [] as number[],
    threshold: [] as number[],
    left: [] as number[],
    right: [] as number[],
    missingLeft: [] as number[],
    cover: [] as number[],
    step: [] as number[],
  };
  const gain = new Float64Array(binned.columns);
  const scratch = new Int32Array(Math.max(rows.length, followers.length));

  const addNode = (node: NodeRows): number => {
    for (const list of [nodes.threshold, nodes.left, nodes.right, nodes.missingLeft]) list.push(0);
    nodes.cover.push(node.hessian);
    nodes.step.push(boundedStep(node.gradient, node.hessian + limits.l2, node));
    return nodes.feature.push(-1) - 1;
  };

  const applySplit = <State>(node: OpenNode<State>, split: Split): [OpenNode<State>, OpenNode<State>] => {
    const bin = chooseSplitBin(binned, split);
    const goesLeft = tabulateSides(binned, split, bin);
    const codes = binned.bins.subarray(split.column * binned.rows, (split.column + 1) * binned.rows);
    const middle = partitionRows(rows, node.start, node.end, codes, goesLeft, scratch);
    const followMiddle = partitionRows(followers, node.followStart, node.followEnd, codes, goesLeft, scratch);
    const child = { depth: node.depth + 1, split: null, state: node.state };
    const { gradient, hessian } = split;
    const rest = { gradient: node.gradient - gradient, hessian: node.hessian - hessian };
    const [below, above] = boundChildren(node, split, rest, limits, binned.valueBins[split.column]!);
    const left = { ...child, start: node.start, end: middle, gradient, hessian, ...below };
    const right = { ...child, start: middle, end: node.end, ...rest, ...above };
    nodes.feature[node.index] = split.column;
    nodes.threshold[node.index] = binned.edge[binned.slotStart[split.column]! + bin]!;
    nodes.missingLeft[node.index] = split.missingLeft ? 1 : 0;
    const leftIndex = addNode(left);
    const rightIndex = addNode(right);
    nodes.left[node.index] = leftIndex;
    nodes.right[node.index] = rightIndex;
    gain[split.column]! += split.score - unsplitScore(node, limits);
    return [
      { ...left, index: leftIndex, followStart: node.followStart, followEnd: followMiddle },
      { ...right, index: rightIndex, followStart: followMiddle, followEnd: node.followEnd },
    ];
  };

  const closeLeaf = (node: OpenNode<unknown>): void => {
    for (let i = node.start; i < node.end; i++) leafOf[rows[i]!] = node.index;
    for (let i = node.followStart; i < node.followEnd; i++) leafOf[followers[i]!] = node.index;
  };

  const finish = (): GrownTree => ({
    feature: Int32Array.from(nodes.feature),
    threshold: Float32Array.from(nodes.threshold),
    left: Int32Array.from(nodes.left),
    right: Int32Array.from(nodes.right),
    missingLeft: Uint8Array.from(nodes.missingLeft),
    cover: Float64Array.from(nodes.cover),
    step: Float64Array.from(nodes.step),
    gain,
  });

  return { addNode, applySplit, closeLeaf, finish };
}

/** 1 for each bin whose rows go left; a missing bin is the one after the values. */
function tabulateSides(binned: BinnedColumns, split: Split, bin: number): Uint8Array {
  const goesLeft = new Uint8Array(256).fill(1, 0, bin + 1);
  goesLeft[binned.valueBins[split.column]!] = split.missingLeft ? 1 : 0;
  return goesLeft;
}

/** Stable, in place; returns where the right side begins. Branchless: both sides are written, one of them advances. */
function partitionRows(
  rows: Int32Array,
  start: number,
  end: number,
  codes: Uint8Array,
  goesLeft: Uint8Array,
  scratch: Int32Array,
): number {
  let left = start;
  let right = 0;
  for (let i = start; i < end; i++) {
    const row = rows[i]!;
    const side = goesLeft[codes[row]!]!;
    rows[left] = row;
    scratch[right] = row;
    left += side;
    right += 1 - side;
  }
  rows.set(scratch.subarray(0, right), left);
  return left;
}
