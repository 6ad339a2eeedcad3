/**
 * Grows the tree of a number by the plan of a forest. Everything random about a tree comes from the stream (seed, tree), so any
 * thread may grow any tree.
 */

import { roundToUnit } from '../exact-sums.ts';
import { Random } from '../random.ts';
import type { BinnedColumns } from './binned-columns.ts';
import { createFullScratch, searchAllColumns } from './full-search.ts';
import { type GrownTree, type GrowTask, growTree } from './grow-tree.ts';
import type { RowStatistics, TreeLimits } from './row-statistics.ts';
import { createSampledScratch, sampleColumns } from './sampled-search.ts';
import { drawWithReplacement } from './weighted-draw.ts';

/** All that a thread needs to know; it crosses to a worker by structured clone, its large arrays by shared memory. */
export interface ForestPlan {
  readonly binned: BinnedColumns;
  readonly labels: Uint8Array;
  /** Sample weight × class weight, a row; exact sums. */
  readonly weights: Float64Array;
  readonly limits: TreeLimits;
  readonly columnsPerSplit: number;
  readonly bootstrap: boolean;
  /** Whether rows that a tree does not learn from follow it to their leaves, and add up what they find there. */
  readonly outOfBag: boolean;
  readonly seed: number;
  /** Trees `first` … `trees` − 1 are grown: 0, unless others grow the ones before. */
  readonly first: number;
  readonly trees: number;
}

/** What the trees that didn't learn from a row said of it: sums are exact, so threads' sums add up in any order. */
export interface OutOfBagSums {
  readonly sum: Float64Array;
  readonly trees: Int32Array;
}

/** What a thread writes anew for each of its trees. */
interface Workspace {
  readonly statistics: RowStatistics;
  readonly leafOf: Int32Array;
}

/** Shares are added up in this unit: exact for up to two million trees. */
const SHARE_UNIT = 2 ** -32;

export interface TreeGrower {
  grow(tree: number): GrownTree;
  readonly outOfBag: OutOfBagSums;
}

export function createTreeGrower(plan: ForestPlan): TreeGrower {
  const { binned, seed, bootstrap } = plan;
  const { rows } = binned;
  const space = { statistics: new Float64Array(2 * rows), leafOf: new Int32Array(rows) };
  const outOfBag = { sum: new Float64Array(rows), trees: new Int32Array(rows) };
  const growWith = chooseGrowth(plan);
  return {
    outOfBag,
    grow(index) {
      const random = new Random(seed, index);
      const counts = bootstrap ? drawWithReplacement(plan.weights, random) : plan.weights;
      const task = prepareTask(plan, space, counts);
      const tree = growWith(task, random);
      if (bootstrap && plan.outOfBag) addOutOfBag(outOfBag, task, tree);
      return tree;
    },
  };
}

/** A split that looks at all columns needs no histogram twice; one that looks at a sample fills only those it looks at. */
function chooseGrowth(plan: ForestPlan): (task: GrowTask, random: Random) => GrownTree {
  const { columns } = plan.binned;
  if (plan.columnsPerSplit < columns) {
    const scratch = createSampledScratch(plan);
    return (task, random) => growTree(task, sampleColumns(task, scratch, plan.columnsPerSplit, random));
  }
  const scratch = createFullScratch(plan);
  const all = Int32Array.from({ length: columns }, (_, column) => column);
  return (task) => growTree(task, searchAllColumns(task, scratch, all));
}

/**
 * Rows drawn for the tree learn, each as many times as it was drawn; without bootstrap all rows learn, by their weights. Others
 * follow where that is wanted.
 */
function prepareTask(plan: ForestPlan, space: Workspace, counts: ArrayLike<number>): GrowTask {
  const { labels } = plan;
  const { statistics } = space;
  let learning = 0;
  for (let row = 0; row < labels.length; row++) {
    const count = counts[row]!;
    statistics[2 * row] = count * labels[row]!;
    statistics[2 * row + 1] = count;
    if (count > 0) learning++;
  }
  const rows = new Int32Array(learning);
  const followers = new Int32Array(plan.outOfBag ? labels.length - learning : 0);
  for (let row = 0, r = 0, f = 0; row < labels.length; row++) {
    if (counts[row]! > 0) rows[r++] = row;
    else if (plan.outOfBag) followers[f++] = row;
  }
  return { binned: plan.binned, limits: plan.limits, rows, followers, ...space };
}

function addOutOfBag(sums: OutOfBagSums, { followers, leafOf }: GrowTask, tree: GrownTree): void {
  const shares = tree.step.map((share) => roundToUnit(share, SHARE_UNIT));
  for (let i = 0; i < followers.length; i++) {
    const row = followers[i]!;
    sums.sum[row]! += shares[leafOf[row]!]!;
    sums.trees[row]!++;
  }
}
