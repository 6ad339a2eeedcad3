/**
 * The ROC and precision-recall curves of score groups, thinned for drawing. Both start above every score, at a threshold of 2 (JSON
 * has no infinity), and hold the point of the chosen threshold under exactly that threshold.
 */
import { countFlagged } from './at-threshold.ts';
import type { CurvePoint } from './evaluation.ts';
import type { ScoreGroups } from './score-groups.ts';
import { thinCurve } from './thin-curve.ts';

const MAX_POINTS = 200;
const ABOVE_EVERY_SCORE = 2;

/** x: false positive rate, y: recall; from (0, 0) to (1, 1). */
export function drawRoc(groups: ScoreGroups, threshold: number): CurvePoint[] {
  const { fp, tp } = accumulate(groups);
  const x = fp.map((count) => count / groups.totalNegatives);
  const y = tp.map((count) => count / groups.totalPositives);
  return drawCurve(groups, x, y, threshold);
}

/**
 * x: recall, y: precision. The step that reaches a point from the left has the point's precision, so the area under the steps
 * is the average precision; the first point, at recall 0, repeats the precision of the highest score.
 */
export function drawPrecisionRecall(groups: ScoreGroups, threshold: number): CurvePoint[] {
  const { fp, tp } = accumulate(groups);
  const x = tp.map((count) => count / groups.totalPositives);
  const y = tp.map((count, at) => (count + fp[at]! > 0 ? count / (count + fp[at]!) : 0));
  y[0] = y[1]!;
  return drawCurve(groups, x, y, threshold);
}

/** Weight flagged by the first 0, 1, 2 … groups. */
function accumulate(groups: ScoreGroups): { fp: Float64Array; tp: Float64Array } {
  const fp = new Float64Array(groups.scores.length + 1);
  const tp = new Float64Array(groups.scores.length + 1);
  for (let group = 0; group < groups.scores.length; group++) {
    fp[group + 1] = fp[group]! + groups.negatives[group]!;
    tp[group + 1] = tp[group]! + groups.positives[group]!;
  }
  return { fp, tp };
}

function drawCurve(groups: ScoreGroups, x: Float64Array, y: Float64Array, threshold: number): CurvePoint[] {
  const chosen = countFlagged(groups, threshold);
  return thinCurve(x, y, [chosen], MAX_POINTS).map((at) => ({
    x: x[at]!,
    y: y[at]!,
    threshold: at === chosen ? threshold : at === 0 ? ABOVE_EVERY_SCORE : groups.scores[at - 1]!,
  }));
}
