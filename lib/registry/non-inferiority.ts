/**
 * Whether a challenger is shown to be no worse than the champion by a margin, from both models' scores of the same records
 * (a paired comparison: what is hard for both cancels out). Shown is what the whole 95 % interval of the difference says:
 *
 *                  −margin           0
 *     failed      ├──┼────●────┤     │          shown to be worse, and not shown to be above −margin
 *     not enough  ├──┼────────●──────┼───┤      reaches from −margin to above 0
 *     passed         │   ├────●──────┼┤         all of it lies above −margin
 *
 * Where there is data enough for eight of ten equally good challengers to pass, one that does not has failed.
 * So a challenger that is worse by the margin passes at most once in forty, whatever the number of records: too few records
 * make the interval wide and nothing shown (test/bench/gate.ts measures it).
 */
import { type Clusters, clusterError, halfWidth } from '../evaluation/cluster-error.ts';
import type { Estimate } from '../evaluation/evaluation.ts';
import { type Linearized, subtract } from '../evaluation/influence.ts';
import { normalWidth } from '../evaluation/normal-quantile.ts';
import { effectiveCount } from '../evaluation/score-groups.ts';
import type { CriterionOutcome } from './acceptance.ts';

/** One-sided: the lower bound of the 95 % interval lies where 2.5 % of all intervals would err. */
export const CONFIDENCE = 0.95;

/** With this power a number of positives "is needed": of ten equally good challengers eight pass. */
const POWER = 0.8;

export interface PairedFigures {
  readonly champion: Linearized;
  readonly challenger: Linearized;
  readonly clusters: Clusters;
  /** Entities with positives, as many as they count for. */
  readonly positiveEntities: number;
  /** The two models' scores are the same. */
  readonly isSame: boolean;
}

export interface Judged {
  readonly outcome: CriterionOutcome;
  readonly difference: Estimate;
  /** As a factor to the positives there are; null where the outcome is another, or no number would do. */
  readonly moreNeeded: number | null;
}

export function estimateDifference(pair: PairedFigures, confidence: number): Estimate {
  if (pair.isSame) return { value: 0, low: 0, high: 0 };
  const { value, influence } = subtract(pair.challenger, pair.champion);
  const width = halfWidth(clusterError(influence, pair.clusters, oneMore(pair)), confidence);
  return { value, low: Math.max(-1, value - width), high: Math.min(1, value + width) };
}

/**
 * What one more entity, about which the two models disagree entirely, would move the difference by: else models that agree
 * on a dozen positives would be shown, beyond any doubt, to be equally good.
 */
function oneMore({ positiveEntities }: PairedFigures): number {
  return 1 / (positiveEntities + 1);
}

export function judgeNonInferiority(pair: PairedFigures, margin: number): Judged {
  const difference = estimateDifference(pair, CONFIDENCE);
  const { value, low, high } = difference as { value: number; low: number; high: number };
  // No share can be lower by more than 1: such a margin asks for nothing.
  if (low > -margin || pair.isSame || margin >= 1) return { outcome: 'passed', difference, moreNeeded: null };
  // Of the two sides the one that −1 or 1 has not cut.
  const error = Math.max(value - low, high - value) / normalWidth(CONFIDENCE);
  const widths = normalWidth(CONFIDENCE) + normalWidth(2 * POWER - 1);
  const moreNeeded = ((widths * error) / margin) ** 2;
  if (high < 0 || moreNeeded <= 1) return { outcome: 'failed', difference, moreNeeded: null };
  return { outcome: 'not_enough_data', difference, moreNeeded };
}

/** Kish's effective number of the entities that have positives. */
export function countPositiveEntities(
  labels: Uint8Array,
  { code, count }: Clusters,
  weights?: Float64Array,
): number {
  const positives = new Float64Array(count);
  for (let row = 0; row < labels.length; row++) {
    if (labels[row] === 1) positives[code[row]!]! += weights?.[row] ?? 1;
  }
  let total = 0;
  let squares = 0;
  for (const own of positives) {
    total += own;
    squares += own ** 2;
  }
  return effectiveCount(total, squares);
}
