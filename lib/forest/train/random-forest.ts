/**
 * Grows a random forest from labelled rows (Breiman 2001): each tree by weighted Gini impurity on a bootstrap sample, each split
 * chosen from a random sample of columns, a leaf's value its share of positives.
 *
 * Weights (of rows, of classes) decide how likely a row is drawn, as in scikit-learn 1.9, and a tree counts a row as often as
 * it was drawn. Compared with drawing evenly and weighing afterwards, as scikit-learn did before, balanced forests are better
 * and faster: a tree sees almost all positives, and fewer distinct negatives.
 */
import { setImmediate as letOthersRun } from 'node:timers/promises';
import { roundToExact } from '../exact-sums.ts';
import type { OnProgress, TrainingSet } from '../training-set.ts';
import { floorToFloat32 } from '../tree-ensemble.ts';
import { binColumns } from './binning.ts';
import {
  type CompleteForestOptions,
  completeForestOptions,
  countColumnsPerSplit,
  type ForestOptions,
} from './forest-options.ts';
import { createTreeGrower, type ForestPlan, type OutOfBagSums } from './forest-tree.ts';
import { addSums, type GrownForest, growInThreads } from './grow-in-threads.ts';
import { readDirections } from './monotone.ts';
import { joinTrees, sumGains, type TrainedForest } from './trained-forest.ts';
import { checkTrainingSet, weighClasses, weighRows } from './training-weights.ts';

/** Rows × trees × columns of a split that take a thread about as long as its start, some tenths of a second. */
const WORK_OF_THREAD = 1e6;

/**
 * The sums of `ensemble` are probabilities: a leaf's value is its share of positives divided by the number of trees, as a
 * float32 (rounded down, so that no sum is above 1). `cover` is how many draws (without bootstrap: how much weight) reached a
 * node; `gain` the decrease of Gini impurity by each input, weighted by the share of rows, averaged over the trees.
 */
export async function trainRandomForest(
  data: TrainingSet,
  options: ForestOptions,
  onProgress: OnProgress = () => {},
): Promise<TrainedForest> {
  const { trees } = completeForestOptions(options);
  return joinForest(
    [await growTreeGroup(data, options, { first: 0, count: trees }, onProgress)],
    data.columns,
  );
}

/** Some of a forest's trees, one after the other in its order. */
export interface TreeGroup {
  readonly first: number;
  readonly count: number;
}

/** Trees `first` … `first + count` − 1 of the forest: which trees these are depends on nothing but their numbers. */
export async function growTreeGroup(
  data: TrainingSet,
  options: ForestOptions,
  { first, count }: TreeGroup,
  onProgress: OnProgress = () => {},
): Promise<GrownForest> {
  const complete = completeForestOptions(options);
  if (!(first >= 0 && count >= 1 && first + count <= complete.trees)) {
    throw new RangeError(`trees ${first} to ${first + count - 1} of a forest of ${complete.trees}`);
  }
  checkTrainingSet(data, 'training set');
  const plan = planForest(data, complete, { first, count });
  const worthwhile = Math.floor((data.rows * count * plan.columnsPerSplit) / WORK_OF_THREAD);
  const threads = Math.min(complete.threads, count, Math.max(1, worthwhile));
  return threads === 1 ? growHere(plan, onProgress) : growInThreads(plan, threads, onProgress);
}

/** The groups of a forest, in its order, put together: the same forest, however it was cut into groups. */
export function joinForest(groups: readonly GrownForest[], columns: number): TrainedForest {
  const trees = groups.flatMap((group) => group.trees);
  const ensemble = joinTrees(trees, columns, (share) => floorToFloat32(share / trees.length), {
    base: 0,
    link: 'identity',
  });
  // Half the Gini decrease is what a split scores (row-statistics.ts), and a tree's root covers all of its weight.
  const gain = sumGains(trees, columns, (tree) => 2 / (tree.cover[0]! * trees.length));
  const rows = groups[0]!.outOfBag.sum.length;
  const outOfBag = { sum: new Float64Array(rows), trees: new Int32Array(rows) };
  for (const group of groups) addSums(outOfBag, group.outOfBag);
  return { ensemble, gain, outOfBag: averageOutOfBag(outOfBag) };
}

/** What the trees of a group are grown by, in this thread or in several. */
export function planForest(
  data: TrainingSet,
  options: CompleteForestOptions,
  { first, count }: TreeGroup,
): ForestPlan {
  const columnsPerSplit = countColumnsPerSplit(options.maxFeatures, data.columns);
  const weights = roundToExact(weighRows(data, weighClasses(data, options.classWeight)));
  const limits = {
    maxDepth: options.maxDepth ?? Number.POSITIVE_INFINITY,
    maxLeaves: options.maxLeaves ?? Number.POSITIVE_INFINITY,
    minSamplesLeaf: options.minSamplesLeaf,
    minHessian: 0,
    l2: 0,
    minGain: Number.NEGATIVE_INFINITY,
    stopWhenPure: true,
    directions: readDirections(options.monotone, data.columns),
  };
  const { bootstrap, outOfBag, seed } = options;
  const binned = binColumns(data, options.maxBins);
  return {
    binned,
    labels: data.labels,
    weights,
    limits,
    columnsPerSplit,
    bootstrap,
    outOfBag,
    seed,
    first,
    trees: first + count,
  };
}

async function growHere(plan: ForestPlan, onProgress: OnProgress): Promise<GrownForest> {
  const grower = createTreeGrower(plan);
  const trees = [];
  for (let tree = plan.first; tree < plan.trees; tree++) {
    trees.push(grower.grow(tree));
    onProgress(trees.length / (plan.trees - plan.first));
    await letOthersRun();
  }
  return { trees, outOfBag: grower.outOfBag };
}

function averageOutOfBag({ sum, trees }: OutOfBagSums): Float32Array {
  return Float32Array.from(sum, (total, row) => (trees[row]! === 0 ? Number.NaN : total / trees[row]!));
}
