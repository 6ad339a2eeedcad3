/**
 * What officers decide about records. A review says one thing about one decision, by one person, with a reason; reviews are
 * only ever added. Nothing here invents a verdict: a record without reviews has none.
 */
export type Verdict = 'true_positive' | 'false_positive' | 'inconclusive';

export const VERDICTS: readonly Verdict[] = ['true_positive', 'false_positive', 'inconclusive'];

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
  readonly note: string | null;
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
}

/** All reviews of a decision, in their order; `version` is how many there are. */
export interface ReviewHistory {
  readonly flag: string;
  readonly version: number;
  readonly reviews: readonly Review[];
}

/** What every decision begins with. */
export function emptyHistory(flag: string): ReviewHistory {
  return { flag, version: 0, reviews: [] };
}

/**
 * The review that counts: the last open one; where there is none, the last blind one. A blind second opinion on a flag is there
 * to measure agreement and overrules nobody. `asOf` (ISO 8601) leaves out what came later.
 */
export function standingReview(reviews: readonly Review[], asOf?: string): Review | null {
  const limit = asOf === undefined ? Number.POSITIVE_INFINITY : Date.parse(asOf);
  const known = reviews.filter(({ at }) => Date.parse(at) <= limit);
  const last = (kind: ReviewKind) =>
    known.filter((review) => review.kind === kind).toSorted((a, b) => b.version - a.version)[0] ?? null;
  return last('open') ?? last('blind');
}
