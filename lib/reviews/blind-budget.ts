/**
 * The shares of a drop to draw for blind review where a domain may put up only so many records a day, by counts of the drop and what
 * is known of the day. A record's chance stays known, and so does its weight.
 *
 * A share is halved until a day as busy as the busiest of late would keep to the limit by it, then until this drop is expected to
 * draw at most half of what is left. So what the drops of a day draw is never expected to be more than the limit, a later drop
 * always has a chance, and there are few different shares: records with the same one are one stratum when misses are counted.
 */
import type { SamplingPlan } from './below-the-line.ts';

/** Of a drop, or of the drops of a day together. */
export interface EligibleRecords {
  readonly unflagged: number;
  readonly flagged: number;
}

export type Shares = Pick<SamplingPlan, 'belowTheLine' | 'secondOpinion'>;

export interface DayBudget {
  readonly limit: number;
  /** How many items the drops of the day so far are expected to draw. */
  readonly expected: number;
  /** The records of the day so far. */
  readonly seen: EligibleRecords;
  /** Of each of the days before. */
  readonly earlier: readonly EligibleRecords[];
}

export interface Allotment extends Shares {
  /** How many items these shares are expected to draw of the drop. */
  readonly expected: number;
}

export function allot(shares: Shares, drop: EligibleRecords, day: DayBudget): Allotment {
  const left = Math.max(0, day.limit - day.expected);
  const busiest = busiestOf([...day.earlier, sumOf(day.seen, drop)]);
  // Both kinds by the same halves: neither crowds out the other.
  const items = ({ belowTheLine, secondOpinion }: Shares, of: EligibleRecords) =>
    belowTheLine * of.unflagged + secondOpinion * of.flagged;
  let fitting = shares;
  while (items(fitting, busiest) > day.limit || items(fitting, drop) > left / 2) fitting = halved(fitting);
  return { ...fitting, expected: items(fitting, drop) };
}

/** A product with a power of two is exact, so that equal shares are equal numbers. */
function halved({ belowTheLine, secondOpinion }: Shares): Shares {
  return { belowTheLine: belowTheLine / 2, secondOpinion: secondOpinion / 2 };
}

function sumOf(one: EligibleRecords, other: EligibleRecords): EligibleRecords {
  return { unflagged: one.unflagged + other.unflagged, flagged: one.flagged + other.flagged };
}

function busiestOf(days: readonly EligibleRecords[]): EligibleRecords {
  return {
    unflagged: Math.max(...days.map(({ unflagged }) => unflagged)),
    flagged: Math.max(...days.map(({ flagged }) => flagged)),
  };
}
