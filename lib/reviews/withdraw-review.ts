/** What a withdrawn review leaves of its flag: the flag's state after it. */
import type { FlagItem, FlagStatus, PendingVerdict } from '../decisions/flag-item.ts';
import { countedReviews, type Review } from './review.ts';

export interface WithdrawnFlag {
  readonly flag: FlagItem;
  readonly review: Review;
  readonly status: FlagStatus;
  readonly pending: PendingVerdict | null;
}

/** `<flag>-<place>`: see reviewFlags. */
export function parseReviewId(id: string): { readonly flag: string; readonly place: number } {
  const [flag = '', place = ''] = id.split('-');
  return { flag, place: Number(place) };
}

/** The earlier verdict counts again; where there is none the flag is open. */
export function withdrawFrom(flag: FlagItem, reviews: readonly Review[], withdrawn: Review): WithdrawnFlag {
  const others = reviews.filter(({ kind, version }) => kind === 'open' && version !== withdrawn.version);
  const last = (list: readonly Review[]) => list.toSorted((a, b) => b.version - a.version)[0];
  const before = last(countedReviews(others));
  const waiting = last(others.filter(({ withdrawnAt }) => withdrawnAt === undefined));
  return {
    flag,
    review: withdrawn,
    status: before?.verdict ?? 'open',
    pending:
      waiting?.unconfirmed === true ? { verdict: waiting.verdict, by: waiting.by, at: waiting.at } : null,
  };
}
