/**
 * Chooses the threshold by a pack's policy, with what it reaches on these records. Thresholds lie halfway between two neighbouring
 * distinct scores (as float32, like the scores), so that the last bit of a score, which may differ between machines, decides
 * nothing; where no float32 lies between them, the threshold is the upper score itself.
 *
 *     scores     0.81   0.64          0.22   0.10
 *     threshold             0.43                     flags the first two: score >= 0.43
 */

import { InputError } from '../errors.ts';
import type { ThresholdPolicy } from '../packs/pack.ts';
import { f1Score } from './at-threshold.ts';
import { groupScores, type ScoreGroups } from './score-groups.ts';
import type { Scores } from './score-order.ts';

export interface ChosenThreshold {
  /** A float32; a record is flagged where score >= value. */
  readonly value: number;
  readonly reached: {
    readonly flagged: number;
    readonly flaggedShare: number;
    readonly precision: number;
    /** null: there were no positives to find. */
    readonly recall: number | null;
    readonly f1: number;
    /** null: the number of days was not given. */
    readonly flaggedPerDay: number | null;
  };
}

export interface ChooseThresholdOptions {
  /** How many days the records span: what a capacity per day is multiplied by. */
  readonly days?: number;
  /** How many records each one stands for; 1 if absent. */
  readonly weights?: Float64Array;
}

/** Labels are 0 or 1. Float64 scores are rounded to float32 first: that is what a decision compares. */
export function chooseThreshold(
  scores: Scores,
  labels: Uint8Array,
  policy: ThresholdPolicy,
  options: ChooseThresholdOptions = {},
): ChosenThreshold {
  if (scores.length === 0) throw new InputError('A threshold cannot be chosen: there are no scored records.');
  const groups = groupScores(Float32Array.from(scores), labels, options.weights);
  const count = countGroups(groups, policy, options.days);
  const flaggedIn = (values: Float64Array) =>
    values.subarray(0, count).reduce((total, value) => total + value, 0);
  const tp = flaggedIn(groups.positives);
  const flagged = tp + flaggedIn(groups.negatives);
  return {
    value: thresholdBelow(groups.scores, count - 1),
    reached: {
      flagged,
      flaggedShare: flagged / (groups.totalPositives + groups.totalNegatives),
      precision: tp / flagged,
      recall: groups.totalPositives === 0 ? null : tp / groups.totalPositives,
      f1: f1Score(tp, flagged - tp, groups.totalPositives - tp),
      flaggedPerDay: options.days === undefined ? null : flagged / options.days,
    },
  };
}

/** How many groups of equal scores are flagged, from the highest; at least one. */
function countGroups(groups: ScoreGroups, policy: ThresholdPolicy, days: number | undefined): number {
  if (policy.policy === 'capacity') return countWithinCapacity(groups, policy.perDay, days);
  if (groups.totalPositives === 0) {
    throw new InputError(
      `The threshold policy ${policy.policy} needs labelled positives; found none among ${groups.totalNegatives} records.`,
    );
  }
  return policy.policy === 'max_f1' ? countForMaxF1(groups) : countForRecall(groups, policy.recall);
}

/** Ties go to the higher threshold: fewer flags for the same F1. */
function countForMaxF1(groups: ScoreGroups): number {
  let tp = 0;
  let fp = 0;
  let best = { count: 1, f1: -1 };
  for (let group = 0; group < groups.scores.length; group++) {
    tp += groups.positives[group]!;
    fp += groups.negatives[group]!;
    const f1 = f1Score(tp, fp, groups.totalPositives - tp);
    if (f1 > best.f1) best = { count: group + 1, f1 };
  }
  return best.count;
}

function countForRecall(groups: ScoreGroups, recall: number): number {
  if (!(recall > 0 && recall <= 1)) {
    throw new InputError(
      `The threshold policy min_recall has recall ${recall}; expected more than 0 and at most 1.`,
    );
  }
  // 0.9 × 10 positives is 9 positives, whatever its last bit says.
  const wanted = recall * groups.totalPositives * (1 - 1e-12);
  let group = 0;
  for (let tp = groups.positives[0]!; tp < wanted; tp += groups.positives[group]!) group++;
  return group + 1;
}

/** As many of the highest scores as fit; equal scores stay together, so it may be fewer, never more. */
function countWithinCapacity(groups: ScoreGroups, perDay: number, days: number | undefined): number {
  if (days === undefined || !(days > 0)) {
    throw new InputError(
      'The threshold policy capacity needs the number of days that the records span: it needs a time column.',
    );
  }
  const capacity = Math.floor(perDay * days * (1 + 1e-12));
  let flagged = 0;
  let count = 0;
  const recordsAt = (group: number) => groups.positives[group]! + groups.negatives[group]!;
  while (count < groups.rows.length && flagged + recordsAt(count) <= capacity) flagged += recordsAt(count++);
  if (count === 0) {
    throw new InputError(
      `The threshold policy capacity cannot be met: ${perDay} a day over ${days} days is room for ${capacity} records, ` +
        `and ${recordsAt(0)} records share the highest score.`,
    );
  }
  return count;
}

/** A float32 above the next lower score (0, below the lowest) and not above the score at `last`. */
function thresholdBelow(scores: Float64Array, last: number): number {
  const upper = scores[last]!;
  const lower = scores[last + 1] ?? Math.min(0, upper);
  const middle = Math.fround((lower + upper) / 2);
  return middle > lower ? middle : upper;
}
