/**
 * How long flags waited for their first review: median and 90th percentile, in hours. The bounds are order statistics: whatever
 * the distribution, the quantile lies between the ranks that a binomial count reaches with 95 % (normal approximation,
 * rounded outwards). Flags that still wait are given beside, not counted: see `waiting`.
 */
import { normalWidth } from '../evaluation/normal-quantile.ts';
import { CONFIDENCE, type Measured, NEEDED, notEnough } from './measured.ts';

export interface FlagTimes {
  /** ISO 8601. */
  readonly raisedAt: string;
  /** Null: not yet. */
  readonly reviewedAt: string | null;
}

export interface ReviewTimes {
  readonly medianHours: Measured;
  readonly p90Hours: Measured;
  readonly waiting: number;
  /** Null: none waits. */
  readonly longestWaitHours: number | null;
}

export function measureReviewTimes(flags: readonly FlagTimes[], now: string): ReviewTimes {
  const hours = (from: string, to: string) => Math.max(0, Date.parse(to) - Date.parse(from)) / 3_600_000;
  const taken = flags
    .flatMap(({ raisedAt, reviewedAt }) => (reviewedAt === null ? [] : hours(raisedAt, reviewedAt)))
    .sort((a, b) => a - b);
  const waits = flags
    .filter(({ reviewedAt }) => reviewedAt === null)
    .map(({ raisedAt }) => hours(raisedAt, now));
  return {
    medianHours: measureQuantile(taken, 0.5),
    p90Hours: measureQuantile(taken, 0.9),
    waiting: waits.length,
    longestWaitHours: waits.length === 0 ? null : waits.reduce((most, wait) => Math.max(most, wait), 0),
  };
}

function measureQuantile(sorted: readonly number[], share: number): Measured {
  const n = sorted.length;
  if (n < NEEDED.timedReviews) return notEnough(n, NEEDED.timedReviews);
  const reach = normalWidth(CONFIDENCE) * Math.sqrt(n * share * (1 - share));
  const at = (rank: number) => sorted[Math.min(n, Math.max(1, rank)) - 1]!;
  return {
    value: at(Math.ceil(n * share)),
    low: at(Math.floor(n * share - reach)),
    high: at(Math.ceil(n * share + reach) + 1),
    n,
  };
}
