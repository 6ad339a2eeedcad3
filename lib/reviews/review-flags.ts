/**
 * One verdict on several flags at once: the reviews, and what becomes of each flag. Where two people have to agree, the first
 * verdict waits on the flag and closes nothing. Pure.
 */

import { identityKind, isSamePerson } from '../actor.ts';
import type { FlagItem, FlagStatus, PendingVerdict } from '../decisions/flag-item.ts';
import { SEVERITIES } from '../decisions/flag-item.ts';
import type { Severity } from '../packs/pack.ts';
import { applyReview, ReviewRefused } from './apply-review.ts';
import type { Review, ReviewDraft, Verdict } from './review.ts';

export interface ReviewedFlag {
  readonly flag: FlagItem;
  readonly review: Review;
  readonly status: FlagStatus;
  readonly pending: PendingVerdict | null;
}

export interface ReviewTerms {
  /** Flags of this severity and above close by two people; null: by one. */
  readonly fourEyes: Severity | null;
}

/** What a review is withdrawn by: it names the first of the flags and its place there. */
function reviewIdOf(flag: string, place: number): string {
  return `${flag}-${place}`;
}

/** Throws a ReviewRefused. The flags have the versions that were looked at. */
export function reviewFlags(
  flags: readonly FlagItem[],
  draft: Omit<ReviewDraft, 'kind' | 'version'>,
  actor: { readonly by: string; readonly at: string },
  { fourEyes }: ReviewTerms,
): ReviewedFlag[] {
  const [first] = flags;
  if (first === undefined) throw new Error('a review is of at least one flag');
  const id = reviewIdOf(first.flag, first.version);
  const ids = flags.map(({ flag, version }) => reviewIdOf(flag, version));
  return flags.map((flag, n) => {
    const history = { flag: flag.flag, version: flag.version - 1, reviews: [] };
    const own: ReviewDraft = { ...draft, kind: 'open', version: history.version };
    const { review } = applyReview(history, own, actor);
    const isConfirmed = !needsTwo(flag, fourEyes) || confirms(flag, draft.verdict, actor.by);
    const marked = {
      ...review,
      id,
      ...(n === 0 && flags.length > 1 && { together: ids }),
      ...(!isConfirmed && { unconfirmed: true as const }),
    };
    const pending = isConfirmed ? null : { verdict: draft.verdict, by: actor.by, at: actor.at };
    return { flag, review: marked, status: isConfirmed ? draft.verdict : flag.status, pending };
  });
}

function needsTwo({ severityRank }: FlagItem, fourEyes: Severity | null): boolean {
  return fourEyes !== null && severityRank >= SEVERITIES.indexOf(fourEyes);
}

/** Whether the verdict that waits is the same, by someone else. Throws a ReviewRefused where it is by the same person. */
function confirms({ pending, flag }: FlagItem, verdict: Verdict, by: string): boolean {
  if (pending === undefined || pending.verdict !== verdict) return false;
  // A token and an AWS identity may belong to one person.
  const isOther = !isSamePerson(pending.by, by) && identityKind(pending.by) === identityKind(by);
  if (isOther) return true;
  throw new ReviewRefused(`your verdict on flag ${flag} waits for a second person to confirm it`);
}
