/**
 * How probabilities compare with what happened, in up to ten bins. Bins are quantiles of the score, as scikit-learn's
 * calibration_curve(strategy="quantile") cuts them: edges by linear interpolation, a score on an edge goes below, empty bins (many
 * equal scores) are left out.
 */

import { type Dependence, estimateShare } from './clustered-estimates.ts';
import type { CalibrationBin } from './evaluation.ts';
import { wilsonEstimate } from './intervals.ts';
import { effectiveCount } from './score-groups.ts';
import type { Scores } from './score-order.ts';
import type { Scored } from './scored.ts';

const BINS = 10;

export interface Calibration {
  readonly bins: CalibrationBin[];
  /** Expected calibration error: mean over records of |predicted - observed| of their bin. */
  readonly error: number;
}

export function evaluateCalibration(
  { scores, labels, weights }: Scored,
  confidence: number,
  dependence?: Dependence,
): Calibration {
  const binOf = new Uint8Array(scores.length);
  const edges = quantileEdges(scores);
  const empty = () => ({ count: 0, weight: 0, squares: 0, predicted: 0, observed: 0 });
  const sums = Array.from({ length: BINS }, empty);
  for (let row = 0; row < scores.length; row++) {
    let bin = 0;
    while (bin < BINS - 1 && scores[row]! > edges[bin]!) bin++;
    binOf[row] = bin;
    const sum = sums[bin]!;
    const weight = weights === undefined ? 1 : weights[row]!;
    sum.count++;
    sum.weight += weight;
    sum.squares += weight * weight;
    sum.predicted += weight * scores[row]!;
    sum.observed += weight * labels[row]!;
  }
  const filled = sums.map((sum, bin) => ({ ...sum, bin })).filter((sum) => sum.weight > 0);
  const clustered = (bin: number) =>
    dependence &&
    estimateShare(
      { rows: scores.length, part: (row) => labels[row]!, isOf: (row) => binOf[row] === bin, weights },
      dependence,
      confidence,
    );
  const total = filled.reduce((weight, sum) => weight + sum.weight, 0);
  const apart = filled.reduce((gap, sum) => gap + Math.abs(sum.predicted - sum.observed), 0);
  const bins = filled.map((sum) => ({
    predicted: sum.predicted / sum.weight,
    observed:
      clustered(sum.bin) ??
      wilsonEstimate(sum.observed / sum.weight, effectiveCount(sum.weight, sum.squares), confidence),
    count: sum.count,
  }));
  return { bins, error: apart / total };
}

/** The inner edges: quantiles 0.1 … 0.9, interpolated between neighbours (R's type 7). */
function quantileEdges(scores: Scores): number[] {
  const sorted = Float64Array.from(scores).sort();
  return Array.from({ length: BINS - 1 }, (_, index) => {
    const place = ((index + 1) / BINS) * (sorted.length - 1);
    const below = Math.floor(place);
    const low = sorted[below]!;
    return low + (place - below) * (sorted[Math.min(below + 1, sorted.length - 1)]! - low);
  });
}
