/** What answers for reviews: verdicts on flags, and on records shown blind. */
import type { FlagStatus } from '../decisions/flag-item.ts';
import type { Events } from '../events/event-schemas.ts';
import { ReviewRefused, StaleVersion } from '../reviews/apply-review.ts';
import type { BlindItem } from '../reviews/below-the-line.ts';
import { readReview } from '../reviews/read-review.ts';
import type { Review, ReviewDraft } from '../reviews/review.ts';
import { cursorPage } from './cursor-page.ts';
import type { Answerers, Call, Reply } from './endpoints.ts';
import { type PersonalDataServices, showRecords } from './personal-data.ts';
import { Problem } from './problem.ts';

interface MadeReview {
  readonly review: Review;
  readonly version: number;
  /** Of the flag by now; of a blind review its verdict. */
  readonly status: FlagStatus;
  /** Stored with the review. */
  readonly events: Events;
}

export interface Reviews {
  review(
    id: string,
    draft: ReviewDraft,
    reviewer: { readonly by: string; readonly at: string },
  ): Promise<MadeReview | null>;
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
  readonly personal: PersonalDataServices;
  /** Publishes what is stored; what cannot be published now is published later. */
  readonly publish: (events: Events) => Promise<unknown>;
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
  const { review, version, status } = await make(services, params.id, readReview(body, 'open'), caller.sub);
  return { body: { flag: params.id, status, version, review: shownReview(review) } };
}

async function listBlindReviews(
  { blind, cursorSecret, personal }: ReviewServices,
  { query, caller, pii }: Call<'listBlindReviews'>,
): Promise<Reply<'listBlindReviews'>> {
  const { domain, limit, cursor } = query;
  const read = (after: string | undefined) =>
    blind.list({ domain, limit, by: caller.sub, ...(after !== undefined && { after }) });
  const list = { name: 'blind-reviews', filter: { domain }, cursor };
  const { items, next } = await cursorPage(cursorSecret, list, read, shownItem);
  const route = 'GET /v1/blind-reviews';
  const records = items.map((body) => ({ domain: body.domain, model: null, id: body.id, body }));
  return {
    body: {
      items: await showRecords(personal, { actor: caller.sub, pii, route, subject: route }, records),
      next,
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

async function make({ reviews, publish, now }: ReviewServices, id: string, draft: ReviewDraft, by: string) {
  const at = new Date(now()).toISOString();
  const made = await reviews.review(id, draft, { by, at }).catch((error: unknown) => {
    if (error instanceof StaleVersion) throw new Problem(409, `${upperFirst(error.message)}.`);
    if (error instanceof ReviewRefused) throw new Problem(403, `${upperFirst(error.message)}.`);
    throw error;
  });
  const what = draft.kind === 'open' ? 'flag' : 'record up for blind review';
  if (made === null) throw new Problem(404, `There is no ${what} ${id}.`);
  await publish(made.events);
  return made;
}

function shownItem({ item: id, queuedAt: queued_at, record, ...rest }: BlindItem) {
  return { id, ...rest, record: { ...record }, queued_at };
}

export function shownReview({ version, verdict, reason, note, by, at }: Review) {
  return { place: version, verdict, reason, note, by, at };
}

function upperFirst(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
