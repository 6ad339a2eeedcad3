/**
 * The area under the ROC curve: the chance that a positive scores above a negative, ties counting half. The variance is DeLong's
 * (DeLong, DeLong & Clarke-Pearson 1988) computed from placements in one pass over sorted scores, as Sun & Xu 2014 do by mid-ranks.
 * The interval is taken on the logit of the area (Pepe 2003), which keeps it inside [0, 1], with Student's t at Welch-Satterthwaite
 * degrees of freedom (Brunner & Munzel 2000), because the error is itself estimated. Simulated coverage of 95 % intervals: 92 to 95
 * % with 10 to 20 positives, 95 % with 50; an area above 0.98 gets 90 %.
 */
import type { Estimate } from './evaluation.ts';
import { logitEstimate } from './intervals.ts';
import { groupScores, type ScoreGroups } from './score-groups.ts';
import type { Scores } from './score-order.ts';

/** With fewer of either class an interval claims more than it keeps: no bounds. */
export const MIN_CLASS_FOR_BOUNDS = 10;

/** 0 to 1; NaN where a class is absent. Scores may be any finite numbers; labels are 0 or 1; weights 1 if absent. */
export function rocAuc(scores: Scores, labels: Uint8Array, weights?: Float64Array): number {
  return areaOf(groupScores(scores, labels, weights));
}

function areaOf(groups: ScoreGroups): number {
  const { positives, negatives, totalPositives, totalNegatives } = groups;
  let above = 0;
  let wins = 0;
  for (let group = 0; group < positives.length; group++) {
    wins += negatives[group]! * (above + positives[group]! / 2);
    above += positives[group]!;
  }
  return wins / (totalPositives * totalNegatives);
}

export function estimateRocAuc(groups: ScoreGroups, confidence: number): Estimate {
  const value = areaOf(groups);
  if (Math.min(groups.effectivePositives, groups.effectiveNegatives) < MIN_CLASS_FOR_BOUNDS) {
    return { value, low: null, high: null };
  }
  const [ofPositives, ofNegatives] = delongVariances(groups, value);
  const degreesOfFreedom =
    (ofPositives + ofNegatives) ** 2 /
    (ofPositives ** 2 / (groups.effectivePositives - 1) + ofNegatives ** 2 / (groups.effectiveNegatives - 1));
  return logitEstimate(value, Math.sqrt(ofPositives + ofNegatives), confidence, degreesOfFreedom);
}

/**
 * S₁₀/m and S₀₁/n, whose sum is the variance. S₁₀ is the sample variance over the m positives of their placements (the
 * share of negatives below, ties half) and S₀₁ that over the n negatives. With weights: Σ w²(placement - area)² / (Σ w)²,
 * Bessel's correction by the effective number.
 */
function delongVariances(groups: ScoreGroups, area: number): [number, number] {
  const { positives, negatives, totalPositives, totalNegatives } = groups;
  let positivesAbove = 0;
  let negativesAbove = 0;
  let overPositives = 0;
  let overNegatives = 0;
  for (let group = 0; group < positives.length; group++) {
    const ofPositive = 1 - (negativesAbove + negatives[group]! / 2) / totalNegatives;
    const ofNegative = (positivesAbove + positives[group]! / 2) / totalPositives;
    overPositives += groups.positiveSquares[group]! * (ofPositive - area) ** 2;
    overNegatives += groups.negativeSquares[group]! * (ofNegative - area) ** 2;
    positivesAbove += positives[group]!;
    negativesAbove += negatives[group]!;
  }
  return [
    corrected(overPositives / totalPositives ** 2, groups.effectivePositives),
    corrected(overNegatives / totalNegatives ** 2, groups.effectiveNegatives),
  ];
}

function corrected(variance: number, count: number): number {
  return (variance * count) / (count - 1);
}
