/** How many flags another threshold would add or take away, for each edge between bins of scores. */
import type { ScoreHistogram } from '../evaluation/evaluation.ts';

export interface OtherThreshold {
  readonly threshold: number;
  /** Records that were not flagged and would be: exact. */
  readonly gained: number;
  /** Flags that would not be: the most that it can be, since a rule that flags by itself keeps some of them. */
  readonly lostAtMost: number;
}

/** `positives` of the counts are the records that were flagged, `negatives` the others. */
export function otherThresholds(
  { negatives, positives }: ScoreHistogram,
  threshold: number,
): OtherThreshold[] {
  const bins = positives.length;
  // The threshold lies in this bin: what is below it was flagged by a rule, and stays.
  const own = Math.min(bins - 1, Math.floor(threshold * bins));
  return Array.from({ length: Math.max(0, bins - 1) }, (_, n) => n + 1).map((edge) => ({
    threshold: edge / bins,
    gained: sum(negatives, edge, bins),
    lostAtMost: edge / bins > threshold ? sum(positives, own, edge) : 0,
  }));
}

function sum(counts: readonly number[], from: number, to: number): number {
  return counts.slice(from, to).reduce((all, one) => all + one, 0);
}
