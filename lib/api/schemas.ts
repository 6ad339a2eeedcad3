/**
 * The shapes of the API: the one source of what is checked, of the types, and of the OpenAPI document. Cases, reviews,
 * models and others have theirs beside: review-schemas.ts, model-schemas.ts, …
 */
import { z } from 'zod';
import { FLAG_STATUSES } from '../decisions/flag-item.ts';
import { RESULT_FILES } from '../drops/result-files.ts';
import { VERDICTS } from '../packs/verdict.ts';
import { PROBLEM_STATUSES } from './problem.ts';
import { Review } from './review-schemas.ts';
import {
  answerSchemas,
  cursor,
  domainName,
  dropId,
  fraction,
  givenId,
  instant,
  limit,
  person,
  personName,
  pii,
  requestSchemas,
  severity,
  shown,
  text,
} from './schema-parts.ts';
import { AuditEntry } from './watching-schemas.ts';

/** Records that one request may bring. */
const MAX_RECORDS = 1_000;
/** An answer of Lambda's holds 6 MB; an explanation takes some 10 KB. */
const MAX_EXPLAINED = 200;

const recordValue = z.union(
  [text(0, 100_000), z.number(), z.boolean(), z.null()],
  'expected text, a number, true, false or null',
);

export const ScoreRequest = z
  .strictObject({
    domain: domainName,
    records: z
      .array(z.record(text(1, 256), recordValue))
      .min(1)
      .max(MAX_RECORDS)
      .describe('Records with the columns of the domain pack, as in a file'),
    record: z.boolean().default(false).describe('Keep the decisions, and the records as history'),
    explain: z
      .enum(['all', 'flagged'])
      .default('flagged')
      .describe(`Flagged records are always explained; all of them only up to ${MAX_EXPLAINED} records`),
    pii: z.boolean().default(false).describe('Personal ids as they are, not masked. Needs `read_pii`'),
  })
  .refine(({ explain, records }) => explain === 'flagged' || records.length <= MAX_EXPLAINED, {
    path: ['explain'],
    message: `"all" explains up to ${MAX_EXPLAINED} records in one request`,
  })
  .register(requestSchemas, { id: 'ScoreRequest' });

export const UploadRequest = z
  .strictObject({
    domain: domainName,
    name: z
      .string()
      .regex(
        /^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$/,
        'expected 1 to 128 letters, digits, dots, - and _, beginning with a letter or digit',
      )
      .describe('The name of the file, with its ending'),
  })
  .register(requestSchemas, { id: 'UploadRequest' });

export const FlagsQuery = z.strictObject({
  domain: domainName.optional(),
  status: z.enum(FLAG_STATUSES).optional(),
  min_score: fraction.optional(),
  max_score: fraction.optional(),
  severity: z
    .enum(['none', ...severity.options])
    .optional()
    .describe('Of the most severe rule met'),
  from: instant.optional().describe("Not before this, by the record's own time"),
  to: instant.optional().describe("Not after this, by the record's own time"),
  entity: givenId.optional(),
  drop: dropId.optional(),
  limit,
  cursor: cursor.optional(),
  pii,
});

export const FlagQuery = z.strictObject({ pii });

export const DropsQuery = z.strictObject({
  domain: domainName.optional(),
  limit,
  cursor: cursor.optional(),
});

export const RuleHit = z
  .object({ id: z.string(), severity, words: z.string() })
  .register(answerSchemas, { id: 'RuleHit' });

const Explanation = z
  .object({
    record_id: z.string(),
    score: z.number(),
    threshold: z.number(),
    base: z.number().describe('Where every explanation of this model begins'),
    contributions: z
      .array(
        z.object({
          column: z.string(),
          value: shown,
          usual: shown,
          contribution: z.number(),
          words: z.string(),
          group: z
            .string()
            .optional()
            .describe('The fact that it speaks of together with others: add these up, and show them once'),
          context: z
            .literal(true)
            .optional()
            .describe('It says where, when or of what kind, not what was done'),
        }),
      )
      .describe('All of them, the largest first: base + Σ contributions = score'),
    unexplained: z.number().optional().describe('What of the score the parts leave open; absent if nothing'),
    covers: z
      .literal('training_rows')
      .optional()
      .describe(
        'Contributions average over the training rows: the files of this imported model had no covers',
      ),
    standing: z
      .object({
        tier: z
          .enum(['act', 'look'])
          .describe('`act`: at least 60 % of such records, and of all that score higher, were confirmed'),
        confirmed: z.number().describe('Of held-out records that scored alike, the share that was confirmed'),
        low: z.number().nullable(),
        high: z.number().nullable(),
        records: z.number().int().describe('How many such records there were'),
        words: z.string(),
      })
      .optional()
      .describe(
        'What the score lets one expect, by the card; absent where the card says nothing of such scores',
      ),
    rules: z.array(RuleHit),
    model: z.string(),
    pack: z.string(),
    decision_id: z.string(),
  })
  .register(answerSchemas, { id: 'Explanation' });

const Scored = z
  .object({
    status: z.literal('scored'),
    record_id: z.string(),
    decision_id: z.string(),
    score: z.number(),
    flagged: z.boolean(),
    explanation: Explanation.nullable(),
    rules: z
      .array(RuleHit)
      .describe('The rules of the pack that the record meets, flagged or not; the most severe first'),
  })
  .register(answerSchemas, { id: 'Scored' });

const Rejected = z
  .object({ status: z.literal('rejected'), column: z.string().nullable(), reason: z.string() })
  .register(answerSchemas, { id: 'Rejected' });

export const ScoreAnswer = z
  .object({
    domain: z.string(),
    model: z.string(),
    threshold: z.number(),
    results: z.array(z.union([Scored, Rejected])).describe('One for each record, in their order'),
    recorded: z
      .object({ drop: z.string(), flags: z.object({ new: z.number(), seen: z.number() }) })
      .nullable()
      .describe('Null unless asked for'),
    timings: z
      .object({
        features: z.number(),
        model: z.number(),
        reasons: z.number(),
        history: z.number(),
        store: z.number(),
      })
      .describe('Milliseconds'),
  })
  .register(answerSchemas, { id: 'ScoreAnswer' });

const flagSummary = {
  flag: z.string().describe('The decision id'),
  domain: z.string(),
  status: z.enum(FLAG_STATUSES),
  drop: z.string(),
  record_id: z.string(),
  entity: z.string().nullable(),
  time: z.string().nullable().describe("The record's own time"),
  score: z.number(),
  threshold: z.number(),
  severity: severity.nullable(),
  severityRank: z.number().int().min(0).max(4),
  rules: z.array(z.string()),
  reasons: z.array(z.string()).describe('The three sources that raised the score most, in words'),
  model: z.string(),
  version: z.number().int().describe('Counts up with each review'),
  flagged_at: z.string(),
};

export const FlagSummary = z.object(flagSummary).register(answerSchemas, { id: 'FlagSummary' });

export const FlagList = z
  .object({
    items: z.array(FlagSummary),
    next: z.string().nullable().describe('The cursor of the next page; null at the end'),
  })
  .register(answerSchemas, {
    id: 'FlagList',
    description: 'The most severe rule first, then the highest score',
  });

export const Flag = z
  .object({
    ...flagSummary,
    base: z.number(),
    pack: z.string(),
    explanation: Explanation.nullable().describe("Null if too large: see the drop's results"),
    record: z
      .record(z.string(), z.unknown())
      .nullable()
      .describe('The typed values by column; null if too large'),
    pending: z
      .object({ verdict: z.enum(VERDICTS), by: person, by_name: personName, at: z.string() })
      .nullable()
      .describe('A verdict that a second person has to confirm before the flag closes'),
    reviews: z.array(Review).describe('All of them, in their order'),
  })
  .register(answerSchemas, { id: 'Flag' });

export const AuditAnswer = z
  .object({
    record: z.string(),
    decisions: z.array(FlagSummary).describe('Its flags, the most severe first'),
    entries: z.array(AuditEntry).describe('What was done about it, by domain and in order'),
  })
  .register(answerSchemas, { id: 'AuditAnswer' });

export const Drop = z
  .object({
    id: z.string(),
    domain: z.string(),
    state: z.enum(['received', 'planned', 'reading', 'scoring', 'finishing', 'done', 'failed']),
    key: z.string(),
    version: z.string(),
    bytes: z.number().int(),
    receivedAt: z.string(),
    updatedAt: z.string(),
    attempt: z.number().int(),
    by: person.nullable().describe('Who sent it by the API; null: it came another way'),
    by_name: personName,
    model: z.string().nullable(),
    progress: z.object({ scored: z.number().int(), of: z.number().int() }).nullable(),
    summary: z
      .object({
        received: z.number().int(),
        scored: z.number().int(),
        rejected: z.number().int(),
        flagged: z.number().int(),
        unexplained: z.number().int(),
      })
      .nullable(),
    warnings: z
      .array(z.string())
      .describe('What was odd about the file and did not stop it: columns not there, a guessed encoding, …'),
    reason: z.string().nullable().describe('Why it failed'),
    results: z.string().nullable().describe('Where the results are, as a prefix in the data bucket'),
    waiting: z
      .enum(['stopped'])
      .nullable()
      .describe('Why it is not started: `stopped`, its domain or the model that serves it (GET /v1/stops)'),
  })
  .register(answerSchemas, { id: 'Drop' });

export const DropList = z
  .object({ items: z.array(Drop), next: z.string().nullable() })
  .register(answerSchemas, { id: 'DropList', description: 'The newest first' });

const dropFile = {
  name: z.enum(RESULT_FILES).describe('docs/files.md says what each holds'),
  bytes: z.number().int(),
  personal: z.boolean().describe('It holds personal data: fetching it needs the right `read_pii`'),
};

export const DropFileList = z
  .object({ items: z.array(z.object(dropFile)) })
  .register(answerSchemas, { id: 'DropFileList', description: 'Empty until the drop was assembled' });

export const DropFile = z
  .object({
    ...dropFile,
    url: z.string().describe('GET the bytes of the file here, without further headers'),
    method: z.literal('GET'),
    expires_at: z.string(),
  })
  .register(answerSchemas, { id: 'DropFile' });

export const Upload = z
  .object({
    key: z.string(),
    url: z.string().describe('PUT the bytes of the file here, without further headers'),
    method: z.literal('PUT'),
    expires_at: z.string(),
  })
  .register(answerSchemas, { id: 'Upload' });

export const Health = z.object({ status: z.literal('ok') }).register(answerSchemas, { id: 'Health' });

export const Me = z
  .object({
    sub: z.string().describe('The id by which the audit log knows the caller'),
    name: z.string().nullable().describe('As the token says it; null: it says none'),
    roles: z.array(z.string()).describe('Such as `officer`, or `officer:finance` for one domain'),
    may: z
      .record(z.string(), z.array(z.string()).nullable())
      .describe('What the caller may do, and in which domains; null: in every one'),
  })
  .register(answerSchemas, { id: 'Me' });

export const OpenApi = z.record(z.string(), z.unknown()).describe('The OpenAPI 3.1 document of this API');

/** Where the gateway ends a request before a function does. */
z.object({ message: z.string() }).register(answerSchemas, { id: 'GatewayMessage' });

/** RFC 9457: registered for every error's answer. */
z.object({
  type: z.string(),
  title: z.string(),
  status: z.union(PROBLEM_STATUSES.map((status) => z.literal(status))),
  detail: z.string(),
  instance: z.string(),
  errors: z.array(z.object({ at: z.string(), detail: z.string() })).optional(),
}).register(answerSchemas, { id: 'Problem' });
