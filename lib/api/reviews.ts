/** What answers for reviews: verdicts on flags, and on records shown blind. */
import { type AssayEvent, makeEvent } from '../events/event-schemas.ts';
import { ReviewRefused, StaleVersion } from '../reviews/apply-review.ts';
import type { BlindItem } from '../reviews/below-the-line.ts';
import { readReview } from '../reviews/read-review.ts';
import type { Review, ReviewDraft } from '../reviews/review.ts';
import { listName, openCursor, sealCursor } from './cursor.ts';
import type { Answerers, Call, Reply } from './endpoints.ts';
import { Problem } from './problem.ts';

export interface Reviews {
  review(
    id: string,
    draft: ReviewDraft,
    reviewer: { readonly by: string; readonly at: string },
  ): Promise<{ readonly review: Review & { readonly domain: string }; readonly version: number } | null>;
  reviewsOf(id: string): Promise<readonly Review[]>;
}

interface BlindQueue {
  list(query: { domain: string; by: string; limit: number; after?: string }): Promise<{
    readonly items: readonly BlindItem[];
    readonly next: string | null;
  }>;
}

export interface ReviewServices {
  readonly reviews: Reviews;
  readonly blind: BlindQueue;
  readonly announce: (event: AssayEvent) => Promise<void>;
  readonly cursorSecret: () => Promise<Uint8Array>;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

export function reviewAnswerers(
  services: ReviewServices,
): Required<Pick<Answerers, 'reviewFlag' | 'listBlindReviews' | 'reviewBlind'>> {
  return {
    reviewFlag: (call) => reviewFlag(services, call),
    listBlindReviews: (call) => listBlindReviews(services, call),
    reviewBlind: (call) => reviewBlind(services, call),
  };
}

async function reviewFlag(
  services: ReviewServices,
  { params, body, caller }: Call<'reviewFlag'>,
): Promise<Reply<'reviewFlag'>> {
  const { review, version } = await make(services, params.id, readReview(body, 'open'), caller.sub);
  return { body: { flag: params.id, status: review.verdict, version, review: shownReview(review) } };
}

async function listBlindReviews(
  { blind, cursorSecret }: ReviewServices,
  { query, caller }: Call<'listBlindReviews'>,
): Promise<Reply<'listBlindReviews'>> {
  const { domain, limit, cursor } = query;
  const list = listName('blind-reviews', { domain });
  const secret = await cursorSecret();
  const after = cursor === undefined ? {} : { after: openCursor(secret, list, cursor) };
  const { items, next } = await blind.list({ domain, limit, by: caller.sub, ...after });
  return {
    body: {
      items: items.map(({ item, queuedAt, record, ...rest }) => ({
        id: item,
        ...rest,
        record: { ...record },
        queued_at: queuedAt,
      })),
      next: next === null ? null : sealCursor(secret, list, next),
    },
  };
}

async function reviewBlind(
  services: ReviewServices,
  { params, body, caller }: Call<'reviewBlind'>,
): Promise<Reply<'reviewBlind'>> {
  const { review } = await make(services, params.id, readReview(body, 'blind'), caller.sub);
  return { body: { id: params.id, verdict: review.verdict, at: review.at } };
}

async function make({ reviews, announce, now }: ReviewServices, id: string, draft: ReviewDraft, by: string) {
  const at = new Date(now()).toISOString();
  const made = await reviews.review(id, draft, { by, at }).catch((error: unknown) => {
    if (error instanceof StaleVersion) throw new Problem(409, `${upperFirst(error.message)}.`);
    if (error instanceof ReviewRefused) throw new Problem(403, `${upperFirst(error.message)}.`);
    throw error;
  });
  const what = draft.kind === 'open' ? 'flag' : 'record up for blind review';
  if (made === null) throw new Problem(404, `There is no ${what} ${id}.`);
  const { domain, kind, verdict } = made.review;
  await announce(makeEvent('ReviewMade', { at, domain, flag: id, version: made.version, kind, verdict }));
  return made;
}

export function shownReview({ version, verdict, reason, note, by, at }: Review) {
  return { place: version, verdict, reason, note, by, at };
}

function upperFirst(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
