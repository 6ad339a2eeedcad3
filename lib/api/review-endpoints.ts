/** Verdicts beside those on a flag or a case: taken back, counted, blind; and what reviewers may see. See endpoints.ts. */
import { z } from 'zod';
import {
  RevealAnswer,
  RevealRequest,
  ReviewRules,
  ReviewRulesQuery,
  reviewId,
  WithdrawAnswer,
} from './case-schemas.ts';
import { decide, type Endpoint, get, ok } from './endpoint.ts';
import {
  BlindList,
  BlindQuery,
  BlindReviewAnswer,
  BlindReviewRequest,
  ReviewCounts,
  ReviewCountsQuery,
} from './review-schemas.ts';
import { flagId } from './schema-parts.ts';

export const REVIEW_ENDPOINTS = {
  withdrawReview: {
    ...decide,
    path: '/v1/reviews/{id}/withdraw',
    summary: 'Take back a review of one’s own: its flags are as they were before',
    tag: 'Reviews',
    permission: 'review',
    domain: { of: 'review' },
    params: z.strictObject({ id: reviewId }),
    body: z.strictObject({}),
    answer: ok(WithdrawAnswer),
  },
  revealFlag: {
    ...decide,
    path: '/v1/flags/{id}/reveal',
    summary: 'Read personal data of a flag’s record; who read which columns is logged',
    tag: 'Flags',
    permission: 'read',
    domain: { of: 'flag' },
    params: z.strictObject({ id: flagId }),
    body: RevealRequest,
    answer: ok(RevealAnswer),
  },
  getReviewRules: {
    ...get,
    path: '/v1/review-rules',
    summary: 'Read how flags of a domain are reviewed: reasons, signature, four eyes',
    tag: 'Reviews',
    permission: 'read',
    domain: 'query',
    query: ReviewRulesQuery,
    answer: ok(ReviewRules),
  },
  countReviews: {
    ...get,
    path: '/v1/review-counts',
    summary: 'Count verdicts by reason and by rule',
    tag: 'Reviews',
    permission: 'read',
    domain: 'query',
    query: ReviewCountsQuery,
    answer: ok(ReviewCounts),
  },
  listBlindReviews: {
    ...get,
    path: '/v1/blind-reviews',
    summary: 'List the records that wait for a blind review by the caller',
    tag: 'Reviews',
    permission: 'review',
    domain: 'query',
    query: BlindQuery,
    answer: ok(BlindList),
  },
  reviewBlind: {
    ...decide,
    path: '/v1/blind-reviews/{id}/reviews',
    summary: 'Review a record without its score or its reasons',
    tag: 'Reviews',
    permission: 'review',
    domain: { of: 'blind' },
    params: z.strictObject({ id: flagId }),
    body: BlindReviewRequest,
    answer: { status: 201, schema: BlindReviewAnswer },
  },
} as const satisfies Record<string, Endpoint>;
