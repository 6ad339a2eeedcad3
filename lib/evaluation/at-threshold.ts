/**
 * The confusion matrix of a threshold, and its shares. The rule of the whole program: a record is flagged if and only if its score
 * >= threshold.
 */
import type { AtThreshold, Estimate } from './evaluation.ts';
import { wilsonEstimate } from './intervals.ts';
import { effectiveCount, type ScoreGroups } from './score-groups.ts';

export function evaluateAtThreshold(groups: ScoreGroups, threshold: number, confidence: number): AtThreshold {
  const count = countFlagged(groups, threshold);
  const tp = sumFirst(groups.positives, count);
  const fp = sumFirst(groups.negatives, count);
  const fn = groups.totalPositives - tp;
  const tn = groups.totalNegatives - fp;
  const squares = sumFirst(groups.positiveSquares, count) + sumFirst(groups.negativeSquares, count);
  const share = (part: number, total: number, effective: number): Estimate =>
    wilsonEstimate(total > 0 ? part / total : 0, effective, confidence);
  return {
    threshold,
    confusion: { tp, fp, tn, fn },
    precision: share(tp, tp + fp, effectiveCount(tp + fp, squares)),
    recall: share(tp, groups.totalPositives, groups.effectivePositives),
    falsePositiveRate: share(fp, groups.totalNegatives, groups.effectiveNegatives),
    f1: f1Score(tp, fp, fn),
    flaggedShare: (tp + fp) / (groups.totalPositives + groups.totalNegatives),
  };
}

/** 0 where there is nothing to find and nothing flagged. */
export function f1Score(tp: number, fp: number, fn: number): number {
  return tp === 0 ? 0 : (2 * tp) / (2 * tp + fp + fn);
}

/** How many of the groups, from the highest score down, a threshold flags. */
export function countFlagged(groups: ScoreGroups, threshold: number): number {
  let low = 0;
  let high = groups.scores.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (groups.scores[middle]! >= threshold) low = middle + 1;
    else high = middle;
  }
  return low;
}

function sumFirst(values: Float64Array, count: number): number {
  let total = 0;
  for (let index = 0; index < count; index++) total += values[index]!;
  return total;
}
