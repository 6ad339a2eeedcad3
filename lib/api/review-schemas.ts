/** The shapes of reviews, open and blind, and of their counts: see schemas.ts. */
import { z } from 'zod';
import { FLAG_STATUSES } from '../decisions/flag-item.ts';
import { MAX_FLAGS_AT_ONCE, VERDICTS } from '../reviews/review.ts';
import {
  answerSchemas,
  cursor,
  day,
  domainName,
  id,
  mentions,
  pageLimit,
  person,
  personName,
  pii,
  reason,
  requestSchemas,
  shown,
  signature,
  text,
} from './schema-parts.ts';

/** A page holds whole records. */
const MAX_BLIND = 50;

/** Far more reviews than any flag has, and few enough digits to stay a number. */
const maxVersion = 1_000_000_000;

const review = {
  verdict: z.enum(VERDICTS),
  reason: reason
    .optional()
    .describe('Why: 3 to 2,000 characters. Needed unless `reason_code` says it, in whose words it then is'),
  reason_code: id(/^[a-z][a-z0-9_]{0,39}$/, 'a code of the domain’s review policy')
    .optional()
    .describe('One of those that the domain lists for this verdict: GET /v1/review-rules'),
  note: text(0, 4_000).nullish(),
};

export const CaseReviewRequest = z
  .strictObject({
    flags: z
      .array(
        z.strictObject({
          id: id(/^[0-9a-f]{32}$/, '32 hex digits'),
          version: z.int().min(1).max(maxVersion).describe('Of the flag, as it was looked at'),
        }),
      )
      .min(1)
      .max(MAX_FLAGS_AT_ONCE)
      .describe('Of this case; all are reviewed or none'),
    ...review,
    mentions,
    signature,
  })
  .register(requestSchemas, { id: 'CaseReviewRequest' });

export const ReviewRequest = z
  .strictObject({
    ...review,
    mentions,
    signature,
    version: z.int().min(1).max(maxVersion).describe('The `version` of the flag that was looked at'),
  })
  .register(requestSchemas, { id: 'ReviewRequest' });

export const BlindReviewRequest = z
  .strictObject(review)
  .register(requestSchemas, { id: 'BlindReviewRequest' });

export const Review = z
  .object({
    id: z.string().nullable().describe('What it is withdrawn by; null: of an earlier version, or blind'),
    place: z.number().int().describe('1, 2, 3, …'),
    verdict: z.enum(VERDICTS),
    reason: z.string(),
    reason_code: z.string().nullable(),
    signature: z
      .object({
        name: z.string(),
        meaning: z.string(),
        signed_in_at: z.string(),
        hash: z
          .string()
          .optional()
          .describe('Of the verdict and the record as they are now: the log has the same as `signed`'),
      })
      .nullable()
      .describe('Signed at the time of the review, by a person of this name'),
    unconfirmed: z.boolean().describe('A second person had to confirm it: it counts for nothing by itself'),
    withdrawn_at: z.string().nullable().describe('From then on it counts for nothing'),
    note: z.string().nullable(),
    mentions: z
      .array(z.object({ person, person_name: personName }))
      .describe('People whom its words speak to'),
    by: person,
    by_name: personName,
    at: z.string(),
  })
  .register(answerSchemas, { id: 'Review' });

export const ReviewAnswer = z
  .object({
    flag: z.string(),
    status: z
      .enum(FLAG_STATUSES)
      .describe('The verdict; as it was before where a second person has to confirm it'),
    version: z.number().int().describe('Of the flag, with this review'),
    review: Review,
  })
  .register(answerSchemas, { id: 'ReviewAnswer' });

export const ReviewCountsQuery = z.strictObject({
  domain: domainName,
  from: day.optional().describe('Verdicts since then, at most 400 days ago; without it, 90 days ago'),
});

const reasonCount = { reason_code: z.string().nullable(), count: z.number().int() };

export const ReviewCounts = z
  .object({
    domain: z.string(),
    from: z.string(),
    flags: z.number().int().describe('Decided in that time; each counts by the verdict that stands'),
    reasons: z
      .array(z.object({ verdict: z.enum(VERDICTS), ...reasonCount }))
      .describe('The most frequent first; `reason_code` null: it was written'),
    rules: z
      .array(
        z.object({
          rule: z.string().nullable().describe('Null: the model alone flagged it'),
          true_positive: z.number().int(),
          false_positive: z.number().int(),
          inconclusive: z.number().int(),
          reasons: z.array(z.object(reasonCount)).describe('Of its false positives'),
        }),
      )
      .describe('The most false positives first; a flag counts under each rule that it met'),
    without_rules: z.number().int().describe('Decided before rules were stored with verdicts'),
  })
  .register(answerSchemas, { id: 'ReviewCounts' });

export const BlindQuery = z.strictObject({
  domain: domainName,
  limit: pageLimit(MAX_BLIND, 20),
  cursor: cursor.optional(),
  pii,
});

export const BlindList = z
  .object({
    items: z.array(
      z
        .object({
          id: z.string(),
          domain: z.string(),
          record: z.record(z.string(), shown).describe('As it was delivered, by column'),
          queued_at: z.string(),
        })
        .register(answerSchemas, { id: 'BlindItem' }),
    ),
    next: z.string().nullable(),
  })
  .register(answerSchemas, { id: 'BlindList', description: 'The longest waiting first' });

export const BlindReviewAnswer = z
  .object({ id: z.string(), verdict: z.enum(VERDICTS), at: z.string() })
  .register(answerSchemas, { id: 'BlindReviewAnswer' });
