/** What answers for reviews: verdicts on flags, and on records shown blind. */
import type { FlagStatus } from '../decisions/flag-item.ts';
import type { Events } from '../events/event-schemas.ts';
import type { DomainScope } from '../packs/domain-scope.ts';
import { ReviewRefused, StaleVersion } from '../reviews/apply-review.ts';
import type { BlindItem } from '../reviews/below-the-line.ts';
import type { Review, ReviewDraft } from '../reviews/review.ts';
import type { ReviewTerms } from '../reviews/review-flags.ts';
import { type SignedFlag, signatureHash } from '../reviews/signature.ts';
import { type ColleagueServices, readMentions } from './colleagues.ts';
import { cursorPage } from './cursor-page.ts';
import type { Call, Handlers, Reply } from './endpoints.ts';
import { type PersonalDataServices, showRecords } from './personal-data.ts';
import { asSentence, Problem } from './problem.ts';
import { readVerdict, type SentVerdict } from './read-verdict.ts';
import type { Caller } from './roles.ts';
import type { ReviewRulesOf } from './show-case.ts';

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
    terms: ReviewTerms,
  ): Promise<MadeReview | null>;
  reviewsOf(id: string): Promise<readonly Review[]>;
}

interface BlindQueue {
  list(query: { domain: string; by: string; limit: number; after?: string }): Promise<{
    readonly items: readonly BlindItem[];
    readonly next: string | null;
  }>;
}

export interface ReviewServices extends ColleagueServices {
  readonly reviews: Reviews;
  readonly blind: BlindQueue;
  readonly personal: PersonalDataServices;
  /** Publishes what is stored; what cannot be published now is published later. */
  readonly publish: (events: Events) => Promise<unknown>;
  readonly cursorSecret: () => Promise<Uint8Array>;
  readonly reviewRules: (domain: string) => Promise<ReviewRulesOf>;
  /** How long ago a person may have signed in who signs. */
  readonly signInSeconds: number;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

export function reviewHandlers(
  services: ReviewServices,
): Required<Pick<Handlers, 'reviewFlag' | 'listBlindReviews' | 'reviewBlind'>> {
  return {
    reviewFlag: (call) => reviewFlag(services, call),
    listBlindReviews: (call) => listBlindReviews(services, call),
    reviewBlind: (call) => reviewBlind(services, call),
  };
}

async function reviewFlag(
  services: ReviewServices,
  { params, body, caller, scope }: Call<'reviewFlag'>,
): Promise<Reply<'reviewFlag'>> {
  const { terms, draft } = await readSent(services, body, { caller, scope }, 'open');
  const mentions = await readMentions(services, String(scope[0]), body.mentions);
  const open = { ...draft, mentions, kind: 'open', version: body.version } as const;
  const { review, version, status } = await make(services, params.id, open, caller.sub, terms);
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
  const shown = await showRecords(personal, { actor: caller.sub, pii, route, subject: route }, records);
  return { body: { items: shown.map(({ record_id: _, ...item }) => item), next } };
}

async function reviewBlind(
  services: ReviewServices,
  { params, body, caller, scope }: Call<'reviewBlind'>,
): Promise<Reply<'reviewBlind'>> {
  const { terms, draft } = await readSent(services, body, { caller, scope }, 'blind');
  const blind = { ...draft, kind: 'blind', version: null } as const;
  const { review } = await make(services, params.id, blind, caller.sub, terms);
  return { body: { id: params.id, verdict: review.verdict, at: review.at } };
}

async function readSent(
  { reviewRules, signInSeconds, now }: ReviewServices,
  body: SentVerdict,
  { caller, scope }: { readonly caller: Caller; readonly scope: DomainScope },
  kind: 'open' | 'blind',
) {
  const { policy } = await reviewRules(String(scope[0]));
  const draft = readVerdict(body, { policy, caller, now: now(), signInSeconds }, kind);
  return { draft, terms: { fourEyes: policy.fourEyes } };
}

async function make(
  { reviews, publish, now }: ReviewServices,
  id: string,
  draft: ReviewDraft,
  by: string,
  terms: ReviewTerms,
) {
  const at = new Date(now()).toISOString();
  const made = await reviews.review(id, draft, { by, at }, terms).catch((error: unknown) => {
    if (error instanceof StaleVersion) throw new Problem(409, asSentence(error.message));
    if (error instanceof ReviewRefused) throw new Problem(403, asSentence(error.message));
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

/** `flag`: what it is of, where that is to hand. */
export function shownReview(review: Review, flag?: SignedFlag) {
  const { id, version, verdict, reason, reasonCode, note, by, at, signature, unconfirmed, withdrawnAt } =
    review;
  const mentions = (review.mentions ?? []).map((person) => ({ person }));
  return {
    ...{ id: id ?? null, place: version, verdict, reason, reason_code: reasonCode ?? null, note, by, at },
    mentions,
    signature:
      signature === undefined
        ? null
        : {
            ...{ name: signature.name, meaning: signature.meaning, signed_in_at: signature.signedInAt },
            ...(flag !== undefined && { hash: signatureHash(flag, review) }),
          },
    unconfirmed: unconfirmed === true,
    withdrawn_at: withdrawnAt ?? null,
  };
}
