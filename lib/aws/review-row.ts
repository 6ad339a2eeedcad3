/** A review as the table holds it, with what those need who learn from it: no second read of its flag. */
import type { Review } from '../reviews/review.ts';
import { newSalt } from './salt.ts';

/** Why a record came to be reviewed. */
export type ReviewedFor = 'flag' | 'below_the_line' | 'second_opinion';

export interface StoredReview extends Review {
  /** See `lib/audit/row-hash.ts`. Absent: of an earlier version. */
  readonly salt?: string;
  readonly domain: string;
  readonly recordId: string;
  readonly why: ReviewedFor;
  /** The chance that the record had to be put up for review. */
  readonly chance: number;
  /** The one that decided. */
  readonly model: string;
  readonly drop: string;
  /** ISO 8601: when it was flagged, or put into the blind queue. */
  readonly raisedAt: string;
  /** Of the flag: those of an entity have one. Absent: of a blind review, or of an earlier version. */
  readonly caseId?: string;
  /** Ids of the rules that the record met; absent: of a blind review, or of an earlier version. */
  readonly rules?: readonly string[];
}

export interface ReviewRow extends Omit<Review, 'flag' | 'version' | 'id'> {
  readonly salt?: string;
  /** What it is withdrawn by. */
  readonly review?: string;
  /** Of the flag, or of the item in the blind queue. */
  readonly flag: string;
  readonly item: string;
  readonly decision: string;
  /** Its place among the reviews: 1, 2, 3, … */
  readonly place: number;
  /** The domain. */
  readonly reviewed: string;
  readonly reviewed_at: string;
  readonly record_id: string;
  readonly why: ReviewedFor;
  readonly chance: number;
  readonly model: string;
  readonly drop: string;
  readonly raised_at: string;
  readonly case_id?: string;
  readonly rules?: readonly string[];
}

interface ReviewedFacts {
  readonly domain: string;
  readonly record_id: string;
  readonly model: string;
  readonly drop: string;
  readonly why: ReviewedFor;
  readonly chance: number;
  readonly raised_at: string;
  readonly case_id?: string;
  readonly rules?: readonly string[];
}

export function reviewRow(id: string, review: Review, facts: ReviewedFacts): ReviewRow {
  const { flag: decision, version: place, id: own, ...said } = review;
  const { domain, record_id, model, drop, why, chance, raised_at, case_id, rules } = facts;
  const number = numberOf(place);
  return {
    ...{ flag: id, item: reviewItem(place), reviewed: domain, reviewed_at: `${said.at}#${id}#${number}` },
    ...{ ...said, decision, place, salt: newSalt(), ...(own !== undefined && { review: own }) },
    ...{ record_id, model, drop, why, chance, raised_at },
    ...(case_id !== undefined && { case_id }),
    ...(rules !== undefined && { rules: [...rules] }),
  };
}

/** The item of the review of that place, beside its flag. */
export function reviewItem(place: number): string {
  return `review#${numberOf(place)}`;
}

function numberOf(place: number): string {
  return String(place).padStart(5, '0');
}

export function asStored(row: ReviewRow): StoredReview {
  const { decision: flag, place: version, kind, verdict, reason, note, by, at } = row;
  const { reasonCode, signature, review: id, together, unconfirmed, withdrawnAt } = row;
  const { reviewed: domain, record_id: recordId, model, drop, why, chance, raised_at: raisedAt, rules } = row;
  const { case_id: caseId, salt, mentions } = row;
  return {
    ...{ flag, version, kind, verdict, reason, note, by, at },
    ...{ domain, recordId, model, drop, why, chance, raisedAt },
    ...(salt !== undefined && { salt }),
    ...(caseId !== undefined && { caseId }),
    ...(rules !== undefined && { rules }),
    ...(reasonCode !== undefined && { reasonCode }),
    ...(mentions !== undefined && { mentions }),
    ...(signature !== undefined && { signature }),
    ...(id !== undefined && { id }),
    ...(together !== undefined && { together }),
    ...(unconfirmed === true && { unconfirmed }),
    ...(withdrawnAt !== undefined && { withdrawnAt }),
  };
}
