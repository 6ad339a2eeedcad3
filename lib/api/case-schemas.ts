/** The shapes of cases: see schemas.ts. */
import { z } from 'zod';
import { CASE_STATUSES } from '../cases/case.ts';
import { FLAG_STATUSES } from '../decisions/flag-item.ts';
import { MAX_FLAGS_AT_ONCE, VERDICTS } from '../reviews/review.ts';
import {
  answerSchemas,
  cursor,
  domainName,
  givenId,
  id,
  instant,
  mentions,
  pageLimit,
  person,
  personName,
  pii,
  requestSchemas,
  severity,
  shown,
  trimmedText,
} from './schema-parts.ts';
import { Flag, RuleHit } from './schemas.ts';

export const caseId = id(/^[0-9a-f]{32}$/, '32 hex digits');
/** A page holds the facts of each case. */
const MAX_CASES = 100;
const MAX_ACTS = 500;

const CASE_LISTS = ['act', 'look', 'mine', 'mentioned', 'decided', 'all'] as const;

export const CasesQuery = z.strictObject({
  domain: domainName.optional(),
  view: z
    .enum(CASE_LISTS)
    .default('act')
    .describe(
      '`act`: a rule of medium or above, or the upper tier of the card; `look`: the other open ones; `mine`: assigned to the caller or held by the caller; `mentioned`: in which someone speaks to the caller, the last first; `all`: open, then snoozed, then decided ones',
    ),
  assignee: givenId.optional().describe('The id of a person'),
  rule: givenId.optional().describe('Met by an open flag of the case'),
  severity: z
    .enum(['none', ...severity.options])
    .optional()
    .describe('Of the most severe rule met'),
  status: z.enum(CASE_STATUSES).optional(),
  from: instant.optional().describe('Not before this, by when its last flag was raised'),
  to: instant.optional().describe('Not after this, by when its last flag was raised'),
  q: givenId.optional().describe('An entity or a record id, whole: its case, whichever view it stands in'),
  limit: pageLimit(MAX_CASES, 50),
  cursor: cursor.optional(),
  pii,
});

export const CaseQuery = z.strictObject({
  flags: pageLimit(MAX_FLAGS_AT_ONCE, 20).describe('Flags with all their reasons, the open ones first'),
  pii,
});

const reason = trimmedText(3, 2_000);
const version = z
  .int()
  .min(1)
  .max(1_000_000_000)
  .optional()
  .describe('The `version` of the case that was looked at; without it the act is done on the case as it is');

export const NextCaseRequest = z
  .strictObject({ domain: domainName, pii: z.boolean().default(false) })
  .register(requestSchemas, { id: 'NextCaseRequest' });
export const CaseActRequest = z.strictObject({ version }).register(requestSchemas, { id: 'CaseActRequest' });
export const AssignCaseRequest = z
  .strictObject({ assignee: givenId.nullable().describe('The id of a person; null: no one'), version })
  .register(requestSchemas, { id: 'AssignCaseRequest' });
export const EscalateCaseRequest = z
  .strictObject({ reason, mentions, version })
  .register(requestSchemas, { id: 'EscalateCaseRequest' });
export const SnoozeCaseRequest = z
  .strictObject({ until: instant.describe('Within a year'), reason, mentions, version })
  .register(requestSchemas, { id: 'SnoozeCaseRequest' });
export const ReopenCaseRequest = z
  .strictObject({ reason, mentions, version })
  .register(requestSchemas, { id: 'ReopenCaseRequest' });

const TopFlag = z
  .object({
    id: z.string(),
    record_id: z.string(),
    time: z.string().nullable().describe("The record's own time"),
    facts: z
      .array(z.object({ column: z.string(), value: shown }))
      .describe('What the pack wants seen first of a record; empty where the record is too large for a list'),
    rules: z.array(RuleHit).describe('The most severe first'),
    groups: z
      .array(
        z.object({
          group: z.string().nullable(),
          words: z.string(),
          contribution: z.number(),
          context: z.boolean(),
        }),
      )
      .describe(
        'The two groups of reasons that raised the score most; where, when and of what kind comes last',
      ),
    model: z.string(),
  })
  .register(answerSchemas, { id: 'TopFlag' });

const caseSummary = {
  id: z.string(),
  domain: z.string(),
  entity: z.string().nullable().describe('Null: the domain has no entities, and each flag is a case'),
  status: z.enum(CASE_STATUSES),
  assignee: person.nullable(),
  assignee_name: personName,
  hold: z
    .object({ by: person, by_name: personName, until: z.string() })
    .nullable()
    .describe('Who works on it now: no one else takes it until then'),
  snoozed_until: z.string().nullable(),
  severity: severity.nullable().describe('Of the most severe rule met by an open flag'),
  severityRank: z.number().int().min(0).max(4),
  score: z.number(),
  threshold: z.number(),
  tier: z.enum(['act', 'look']),
  top_flag: TopFlag.describe('The most urgent open flag; of a closed case the last one'),
  rules: z.array(z.string()).describe('Met by its open flags, of the hundred most urgent'),
  flags: z.object({ open: z.number().int(), total: z.number().int() }),
  due_at: z.string().describe("By when it is to be decided, by the domain's review policy"),
  overdue: z.boolean(),
  opened_at: z.string(),
  opening: z.number().int().describe('How often it was opened'),
  last_flag_at: z.string(),
  closed_at: z.string().nullable(),
  version: z.number().int().describe('Counts up with each change'),
};

export const CaseSummary = z.object(caseSummary).register(answerSchemas, { id: 'CaseSummary' });

export const CaseList = z
  .object({
    items: z.array(CaseSummary),
    next: z.string().nullable().describe('The cursor of the next page; null at the end'),
    counts: z
      .object({
        act: z.number().int(),
        look: z.number().int(),
        mine: z.number().int(),
        mentioned: z.number().int(),
        snoozed: z.number().int(),
        decided: z.number().int(),
      })
      .describe('Cases in each view of the domains concerned, whatever the filter'),
  })
  .register(answerSchemas, {
    id: 'CaseList',
    description: 'The most severe rule first, then the highest score, then the oldest',
  });

const CaseActEntry = z
  .object({
    act: z.enum(['claim', 'release', 'assign', 'escalate', 'snooze', 'reopen', 'review', 'withdraw']),
    by: person,
    by_name: personName,
    at: z.string(),
    version: z.number().int().describe('Of the case, with this act'),
    reason: z.string().nullable(),
    reason_code: z.string().nullable(),
    assignee: person.nullable(),
    assignee_name: personName,
    until: z.string().nullable(),
    verdict: z.enum(VERDICTS).nullable(),
    review: z.string().nullable(),
    flags: z.array(z.string()),
  })
  .register(answerSchemas, { id: 'CaseAct' });

const codes = z.array(z.object({ code: z.string(), words: z.string() }));

export const ReviewRules = z
  .object({
    reasons: z
      .object({ true_positive: codes, false_positive: codes, inconclusive: codes })
      .describe('Reasons to choose from, by verdict; none: a reason is written'),
    signature: z.enum(['required', 'off']),
    four_eyes: severity.nullable().describe('Flags of this severity and above close by two people'),
  })
  .register(answerSchemas, { id: 'ReviewRules' });

const laterActs = cursor
  .nullable()
  .describe('The cursor of the acts before these: null where there are none');

export const CaseActsQuery = z.strictObject({ limit: pageLimit(MAX_ACTS, 100), cursor: cursor.optional() });

export const CaseActList = z
  .object({ items: z.array(CaseActEntry).describe('The latest first'), next: laterActs })
  .register(answerSchemas, { id: 'CaseActList' });

export const CaseDetail = z
  .object({
    ...caseSummary,
    flag_list: z
      .array(Flag)
      .describe('The open ones first, the most urgent first; each with all its reasons'),
    more_flags: z.boolean().describe('Whether it has more than are listed: GET /v1/flags?entity= lists all'),
    history: z.array(CaseActEntry).describe('The last hundred acts, the latest first'),
    history_next: laterActs.describe(
      'Takes the acts before these from GET /v1/cases/{id}/acts; null: these are all',
    ),
    mention: z
      .object({ by: person, by_name: personName, at: z.string() })
      .nullable()
      .describe('Who spoke to the caller here last, until the caller is done with it; null: no one'),
    review_rules: ReviewRules,
  })
  .register(answerSchemas, { id: 'Case' });

export const MentionDoneRequest = z
  .strictObject({ at: instant.describe('Of the `mention` that was read: a later one stays') })
  .register(requestSchemas, { id: 'MentionDoneRequest' });
export const MentionDone = z
  .object({ case: z.string(), done: z.boolean().describe('`false`: no one spoke to the caller there') })
  .register(answerSchemas, { id: 'MentionDone' });

export const NextCase = z
  .object({ case: CaseSummary.nullable().describe('Null: no case is free') })
  .register(answerSchemas, { id: 'NextCase' });

export const reviewId = id(/^[0-9a-f]{32}-[1-9]\d{0,8}$/, '32 hex digits, - and a number');

const reviewedFlags = {
  review: z.string().describe('What it is withdrawn by: POST /v1/reviews/{id}/withdraw'),
  flags: z.array(
    z.object({
      id: z.string(),
      status: z.enum(FLAG_STATUSES),
      version: z.number().int(),
      pending: z.boolean().describe('A second person has to confirm the verdict'),
    }),
  ),
  case: CaseSummary.nullable().describe('As it is now; null: the flags are from before there were cases'),
};

export const CaseReviewAnswer = z.object(reviewedFlags).register(answerSchemas, { id: 'CaseReviewAnswer' });
export const WithdrawAnswer = z.object(reviewedFlags).register(answerSchemas, { id: 'WithdrawAnswer' });

export const ReviewRulesQuery = z.strictObject({ domain: domainName });

export const RevealRequest = z
  .strictObject({
    columns: z.array(givenId).min(1).max(50).describe('Columns that the pack marks as `pii`'),
  })
  .register(requestSchemas, { id: 'RevealRequest' });

export const RevealAnswer = z
  .object({
    flag: z.string(),
    values: z.record(z.string(), z.unknown()).describe('By column'),
  })
  .register(answerSchemas, { id: 'RevealAnswer' });
