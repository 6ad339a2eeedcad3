/**
 * What officers decide about records. A review says one thing about one decision, by one person, with a reason; reviews are
 * only ever added. Nothing here invents a verdict: a record without reviews has none.
 */
import type { Verdict } from '../packs/verdict.ts';

export { VERDICTS, type Verdict } from '../packs/verdict.ts';

/** A person can look at so many before one verdict on all of them. */
export const MAX_FLAGS_AT_ONCE = 100;

/**
 * `open`: the reviewer saw the score and its reasons. `blind`: neither these nor whether the record was flagged at all, so that
 * what they say can be held against the model, and against the first reviewer.
 */
export type ReviewKind = 'open' | 'blind';

/** A review as it was asked for. */
export interface ReviewDraft {
  readonly kind: ReviewKind;
  /** The version of the history that the reviewer saw. Null from a blind one, who saw none. */
  readonly version: number | null;
  readonly verdict: Verdict;
  /** 3 to 2,000 characters. */
  readonly reason: string;
  /** One of those that the domain lists for the verdict; none: the reason was written. */
  readonly reasonCode?: string;
  readonly note: string | null;
  readonly mentions?: readonly string[];
  readonly signature?: Signature;
}

/** What makes a verdict as good as one signed by hand (21 CFR 11.50). */
export interface Signature {
  /** The printed name. */
  readonly name: string;
  /** What the signature stands for, such as "review". */
  readonly meaning: string;
  /** ISO 8601: when the person signed in for it. */
  readonly signedInAt: string;
}

/** A review as it stands in the history. */
export interface Review {
  /** Id of the decision. Also one that raised no flag has reviews, if it was drawn for one. */
  readonly flag: string;
  /** 1, 2, 3, …: its place in the history. */
  readonly version: number;
  readonly kind: ReviewKind;
  readonly verdict: Verdict;
  readonly reason: string;
  readonly note: string | null;
  readonly by: string;
  /** ISO 8601. */
  readonly at: string;
  readonly reasonCode?: string;
  /** People whom its words speak to; absent: none. */
  readonly mentions?: readonly string[];
  readonly signature?: Signature;
  /** What it is withdrawn by: that of the first of the flags that were reviewed at once. Earlier versions gave none. */
  readonly id?: string;
  /** The decisions and places of all that were reviewed at once, as `<flag>-<place>`; only with the first of several. */
  readonly together?: readonly string[];
  /** A second person has to confirm it: until then it counts for nothing. */
  readonly unconfirmed?: true;
  /** ISO 8601: from then on it counts for nothing. */
  readonly withdrawnAt?: string;
}

/** All reviews of a decision, in their order; `version` is how many there are. */
export interface ReviewHistory {
  readonly flag: string;
  readonly version: number;
  readonly reviews: readonly Review[];
}

/** Those that count: confirmed where that is asked for, and not withdrawn. `asOf` (ISO 8601) leaves out what came later. */
export function countedReviews<One extends Review>(reviews: readonly One[], asOf?: string): One[] {
  const limit = asOf === undefined ? Number.POSITIVE_INFINITY : Date.parse(asOf);
  return reviews.filter(({ at, unconfirmed, withdrawnAt }) => {
    const isWithdrawn = withdrawnAt !== undefined && Date.parse(withdrawnAt) <= limit;
    return Date.parse(at) <= limit && unconfirmed !== true && !isWithdrawn;
  });
}

/**
 * The review that counts most: the last open one; where there is none, the last blind one. A blind second opinion on a flag is there
 * to measure agreement and overrules no one.
 */
export function standingReview(reviews: readonly Review[], asOf?: string): Review | null {
  const known = countedReviews(reviews, asOf);
  const last = (kind: ReviewKind) =>
    known.filter((review) => review.kind === kind).toSorted((a, b) => b.version - a.version)[0] ?? null;
  return last('open') ?? last('blind');
}
