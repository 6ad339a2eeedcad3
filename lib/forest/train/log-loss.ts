/** The log-loss of log-odds, and its derivatives. */
import { exactUnit, roundToUnit } from '../exact-sums.ts';
import { toProbability } from '../tree-ensemble.ts';
import type { RowStatistics } from './row-statistics.ts';

/** Log-odds of the weighted share of positives: the sum that no tree can improve on. A float32, as ONNX stores it. */
export function priorLogOdds(labels: Uint8Array, weights: Float64Array): number {
  let [positive, total] = [0, 0];
  for (let row = 0; row < labels.length; row++) {
    positive += weights[row]! * labels[row]!;
    total += weights[row]!;
  }
  return Math.fround(Math.log(positive / (total - positive)));
}

/**
 * Writes weight × (label - p) and weight × p(1 - p) a row, rounded to one exact unit; a row of weight has a hessian of at
 * least one unit, however sure the model is of it.
 */
export function writeLogLossStatistics(
  statistics: RowStatistics,
  sums: Float64Array,
  labels: Uint8Array,
  weights: Float64Array,
): void {
  let total = 0;
  for (let row = 0; row < labels.length; row++) total += weights[row]!;
  const unit = exactUnit(total);
  for (let row = 0; row < labels.length; row++) {
    const p = toProbability(sums[row]!, 'logit');
    const weight = weights[row]!;
    statistics[2 * row] = roundToUnit(weight * (labels[row]! - p), unit);
    statistics[2 * row + 1] = weight > 0 ? Math.max(roundToUnit(weight * p * (1 - p), unit), unit) : 0;
  }
}

/** Weighted mean of -log of the probability given to the label that a row has. */
export function meanLogLoss(sums: Float64Array, labels: Uint8Array, weights: Float64Array): number {
  let [loss, total] = [0, 0];
  for (let row = 0; row < labels.length; row++) {
    const margin = labels[row] === 1 ? sums[row]! : -sums[row]!;
    // log(1 + exp(-margin)), without overflow.
    loss += weights[row]! * (Math.max(-margin, 0) + Math.log1p(Math.exp(-Math.abs(margin))));
    total += weights[row]!;
  }
  return loss / total;
}
