/** The reviews that a table has against those that the log of the domain has: one that was changed, taken out or added is named. */
import type { LoggedReview } from './logged-reviews.ts';
import type { Review } from './review.ts';
import { reviewHash } from './review-hash.ts';

export interface StoreProblem {
  /** The flag, and the review by its place. */
  readonly where: string;
  readonly kind: 'missing' | 'inserted' | 'mismatch';
  readonly message: string;
  /** The decision that it is about. */
  readonly decision: string;
}

export interface ReviewOfTable extends Review {
  readonly recordId: string;
}

const FACTS = ['verdict', 'by', 'at', 'reasonCode', 'unconfirmed', 'withdrawnAt', 'recordId'] as const;

export function checkReviews(
  stored: readonly ReviewOfTable[],
  logged: readonly LoggedReview[],
): StoreProblem[] {
  const left = new Map(stored.map((review) => [placeOf(review), review]));
  const problems: StoreProblem[] = [];
  for (const review of logged) {
    const place = placeOf(review);
    const found = left.get(place);
    left.delete(place);
    problems.push(...(found === undefined ? [gone(review)] : differences(found, review)));
  }
  return [...problems, ...[...left.values()].map(added)];
}

/** Blind reviews of a decision are counted by themselves. */
function placeOf({ flag, kind, version }: Pick<Review, 'flag' | 'kind' | 'version'>): string {
  return `${kind} ${flag} ${version}`;
}

function whereOf({ flag, kind, version }: Pick<Review, 'flag' | 'kind' | 'version'>): string {
  return kind === 'blind' ? `decision ${flag}, blind review ${version}` : `flag ${flag}, review ${version}`;
}

function gone(review: LoggedReview): StoreProblem {
  const message = `entry ${review.seq} has it: ${review.verdict} by ${review.by}; the table does not`;
  return { where: whereOf(review), kind: 'missing', message, decision: review.flag };
}

function added(review: ReviewOfTable): StoreProblem {
  const message = `the table has it: ${review.verdict} by ${review.by}; no entry does`;
  return { where: whereOf(review), kind: 'inserted', message, decision: review.flag };
}

function differences(stored: ReviewOfTable, logged: LoggedReview): StoreProblem[] {
  const problem = { where: whereOf(logged), kind: 'mismatch', decision: logged.flag } as const;
  const changed = FACTS.filter((fact) => stored[fact] !== logged[fact]).map((fact) => ({
    ...problem,
    message: `${fact} ${show(stored[fact])} in the table; entry ${logged.seq} says ${show(logged[fact])}`,
  }));
  if (changed.length > 0 || logged.row === undefined || reviewHash(stored) === logged.row) return changed;
  const message = `its reason, its note or how it came to be reviewed is not what entry ${logged.seq} has the hash of`;
  return [{ ...problem, message }];
}

function show(value: unknown): string {
  return value === undefined ? 'none' : String(value);
}
