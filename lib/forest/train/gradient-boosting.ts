/**
 * Grows gradient-boosted trees from labelled rows: each tree a Newton step down the log-loss (Friedman 2001; Chen & Guestrin 2016),
 * grown from histograms in which the larger of two siblings is the parent less the smaller.
 *
 * One thread: the trees follow from one another.
 */
import { setImmediate as letOthersRun } from 'node:timers/promises';
import { Random } from '../random.ts';
import type { OnProgress, TrainingSet } from '../training-set.ts';
import { binColumns } from './binning.ts';
import {
  type BoostingOptions,
  type CompleteBoostingOptions,
  completeBoostingOptions,
} from './boosting-options.ts';
import { createEarlyStopping } from './early-stopping.ts';
import { createFullScratch, searchAllColumns } from './full-search.ts';
import { type GrownTree, growTree } from './grow-tree.ts';
import { priorLogOdds, writeLogLossStatistics } from './log-loss.ts';
import { readDirections } from './monotone.ts';
import type { TreeLimits } from './row-statistics.ts';
import { joinTrees, sumGains, type TrainedForest } from './trained-forest.ts';
import { checkTrainingSet, weighClasses, weighRows } from './training-weights.ts';

/**
 * The sums of `ensemble` are log-odds: the prior's, and the leaves' values, float32 all of them. `cover` is the sum of hessians
 * (weight × p(1 - p)) of the rows that a tree learned from, which is what XGBoost stores and shap averages by; `gain` the sum of the
 * split gains of each input.
 */
export async function trainGradientBoosting(
  data: TrainingSet,
  options: BoostingOptions,
  onProgress: OnProgress = () => {},
): Promise<TrainedForest> {
  const complete = completeBoostingOptions(options);
  checkTrainingSet(data, 'training set');
  const classes = weighClasses(data, complete.classWeight);
  const weights = weighRows(data, classes);
  const base = priorLogOdds(data.labels, weights);
  const stopping = createEarlyStopping(complete.validation, data.columns, classes, base, complete.patience);
  const booster = createBooster(data, weights, base, complete);
  const trees: GrownTree[] = [];
  while (trees.length < complete.trees && !stopping.isOver()) {
    const tree = booster.growNext(trees.length);
    trees.push(tree);
    stopping.addTree(join([tree], 0));
    onProgress(trees.length / complete.trees);
    await letOthersRun();
  }
  if (trees.length < complete.trees) onProgress(1);
  const kept = trees.slice(0, stopping.bestTreeCount(trees.length));
  const gain = sumGains(kept, data.columns, () => 1);
  return { ensemble: join(kept, base), gain, outOfBag: new Float32Array(data.rows).fill(Number.NaN) };

  function join(some: readonly GrownTree[], from: number) {
    const leafValue = (step: number): number => shrink(step, complete.learningRate);
    return joinTrees(some, data.columns, leafValue, { base: from, link: 'logit' });
  }
}

/** What a leaf adds to the log-odds. */
function shrink(step: number, learningRate: number): number {
  return Math.fround(step * learningRate);
}

interface Booster {
  growNext(index: number): GrownTree;
}

/** Holds every training row's sum, and adds each tree that it grows to them. */
function createBooster(
  data: TrainingSet,
  weights: Float64Array,
  base: number,
  options: CompleteBoostingOptions,
): Booster {
  const binned = binColumns(data, options.maxBins);
  const limits = limitTrees(options, data.columns);
  const statistics = new Float64Array(2 * data.rows);
  const sums = new Float64Array(data.rows).fill(base);
  const leafOf = new Int32Array(data.rows);
  const drawRows = createRowSampler(weights, options.rowShare);
  const allColumns = countUp(data.columns);
  const scratch = createFullScratch({ binned, limits });
  return {
    growNext(index) {
      const random = new Random(options.seed, index);
      writeLogLossStatistics(statistics, sums, data.labels, weights);
      const [rows, followers] = drawRows(random);
      const columns = sampleOf(allColumns, options.featureShare, random).toSorted();
      const task = { binned, statistics, limits, rows, followers, leafOf };
      const tree = growTree(task, searchAllColumns(task, scratch, columns));
      const values = tree.step.map((step) => shrink(step, options.learningRate));
      for (let row = 0; row < sums.length; row++) sums[row]! += values[leafOf[row]!]!;
      return tree;
    },
  };
}

function limitTrees(options: CompleteBoostingOptions, columns: number): TreeLimits {
  return {
    maxDepth: options.maxDepth ?? Number.POSITIVE_INFINITY,
    maxLeaves: options.maxLeaves ?? Number.POSITIVE_INFINITY,
    minSamplesLeaf: options.minSamplesLeaf,
    minHessian: options.minHessian,
    l2: options.l2,
    minGain: 0,
    stopWhenPure: false,
    directions: readDirections(options.monotone, columns),
  };
}

/** Draws what a tree learns from: a share of the rows that have weight, and all others, which follow; both in order. */
function createRowSampler(
  weights: Float64Array,
  share: number,
): (random: Random) => [Int32Array, Int32Array] {
  const weighted = countUp(weights.length).filter((row) => weights[row]! > 0);
  return (random) => {
    const learns = new Uint8Array(weights.length);
    const drawn = sampleOf(weighted, share, random);
    for (let at = 0; at < drawn.length; at++) learns[drawn[at]!] = 1;
    const rows = new Int32Array(drawn.length);
    const followers = new Int32Array(weights.length - drawn.length);
    for (let row = 0, r = 0, f = 0; row < learns.length; row++) {
      if (learns[row] === 1) rows[r++] = row;
      else followers[f++] = row;
    }
    return [rows, followers];
  };
}

/** At least one of the items, drawn without replacement, in no order. */
function sampleOf(items: Int32Array, share: number, random: Random): Int32Array {
  if (share === 1) return items;
  const size = Math.max(1, Math.round(share * items.length));
  const shuffled = items.slice();
  random.shuffle(shuffled, size);
  return shuffled.subarray(0, size);
}

/** 0, 1, 2 … below `count`. */
function countUp(count: number): Int32Array {
  const numbers = new Int32Array(count);
  for (let at = 0; at < count; at++) numbers[at] = at;
  return numbers;
}
