/** What reviews of many decisions claim of the records, one claim a decision. */

import { claimOfReviews, type LabelClaim } from './resolve-labels.ts';
import type { Review } from './review.ts';

/** A review with what it is about. */
export interface ReviewOfRecord extends Review {
  readonly recordId: string;
  /** The chance that the record had to be put up for review. */
  readonly chance: number;
}

/** As of a moment (ISO 8601). A blind review of a flag counts with the flag's own reviews. */
export function claimsOfReviews(reviews: readonly ReviewOfRecord[], asOf: string): LabelClaim[] {
  const byDecision = Map.groupBy(reviews, ({ flag }) => flag);
  return [...byDecision.values()].flatMap((own) => {
    const chance = own.reduce((most, review) => Math.max(most, review.chance), 0);
    return claimOfReviews(own[0]!.recordId, own, asOf, chance) ?? [];
  });
}
