/** The shapes of reviews, retrainings, models' versions, figures and audit entries: see schemas.ts. */
import { z } from 'zod';
import { FLAG_STATUSES } from '../decisions/flag-item.ts';
import { RETRAINING_STATES } from '../retraining/retraining-status.ts';
import { MAX_FLAGS_AT_ONCE, VERDICTS } from '../reviews/review.ts';
import {
  answerSchemas,
  cursor,
  domainName,
  givenId,
  id,
  pageLimit,
  pii,
  requestSchemas,
  shown,
  text,
  trimmedText,
} from './schema-parts.ts';

/** A page holds whole records. */
const mostBlind = 50;

export const modelVersion = id(/^[0-9a-f]{12}$/, '12 hex digits');
export const retrainingId = id(/^[A-Za-z0-9_-]{1,80}$/, 'the id of a retraining');
const day = z.iso.date('expected a day like 2026-01-31');
export const person = z.string().describe("Who: the subject of a token, an AWS identity, or 'assay'");
/** Beside the id of a person: filled in by what serves the answer. */
export const personName = z
  .string()
  .nullable()
  .optional()
  .describe('The display name of that person, for people to read; null: none is known');
const reason = trimmedText(3, 2_000);
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
/** Where the domain's policy asks for it. */
const signature = z
  .strictObject({ meaning: trimmedText(3, 100).describe('What it stands for, such as "review"') })
  .optional()
  .describe('Signs it: needs a token of a fresh sign-in, else 401 with `insufficient_user_authentication`');

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
    signature,
  })
  .register(requestSchemas, { id: 'CaseReviewRequest' });

export const ReviewRequest = z
  .strictObject({
    ...review,
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
  limit: pageLimit(mostBlind, 20),
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

export const labelsId = id(/^l-[0-9a-f]{20}$/, 'l- and 20 hex digits');

export const LabelsQuery = z.strictObject({
  domain: domainName.optional(),
  limit: pageLimit(100, 20),
  cursor: cursor.optional(),
});

export const LabelsFile = z
  .object({
    id: z.string(),
    domain: z.string(),
    state: z.enum(['received', 'done', 'failed']),
    key: z.string(),
    version: z.string(),
    bytes: z.number().int(),
    by: person.nullable().describe('Who asked for the address that it came by; null: it came another way'),
    by_name: personName,
    received_at: z.string(),
    updated_at: z.string(),
    counts: z
      .object({ labels: z.number().int(), positive: z.number().int(), negative: z.number().int() })
      .nullable()
      .describe('Null unless it is done'),
    faults: z
      .array(
        z.object({
          line: z.number().int().nullable().describe('Null: of the file as a whole'),
          column: z.string().nullable().describe('Null: of the line as a whole'),
          detail: z.string().describe('What was expected, and what was found'),
        }),
      )
      .describe('All that is wrong with it, up to a thousand: the file is refused as a whole'),
    fault_count: z.number().int(),
    reason: z.string().nullable().describe('Why it failed, in words'),
  })
  .register(answerSchemas, { id: 'LabelsFile' });

export const LabelsList = z
  .object({ items: z.array(LabelsFile), next: z.string().nullable() })
  .register(answerSchemas, { id: 'LabelsList', description: 'The newest first' });

export const RetrainingRequest = z
  .strictObject({ domain: domainName })
  .register(requestSchemas, { id: 'RetrainingRequest' });

export const Retraining = z
  .object({
    id: z.string(),
    domain: z.string(),
    state: z.enum(RETRAINING_STATES).describe('All but the first two are ends'),
    step: z.string().nullable(),
    started_by: person,
    started_by_name: personName,
    started_at: z.string(),
    updated_at: z.string(),
    reason: z.string().nullable().describe('Why it ended as it did'),
    challenger: z.string().nullable().describe('The model that it made'),
  })
  .register(answerSchemas, { id: 'Retraining' });

export const CancelRequest = z
  .strictObject({ reason: reason.describe('Why: 3 to 2,000 characters') })
  .register(requestSchemas, { id: 'CancelRequest' });

export const RetrainingsQuery = z.strictObject({
  domain: domainName,
  limit: pageLimit(100, 20),
  cursor: cursor.optional(),
});

export const RetrainingList = z
  .object({ items: z.array(Retraining), next: z.string().nullable() })
  .register(answerSchemas, { id: 'RetrainingList', description: 'Those started last first' });

const state = z.enum(['candidate', 'approved', 'champion', 'retired', 'rejected']);

const ModelVersion = z
  .object({
    version: z.string(),
    state,
    dataset: z.string().describe('Version of the dataset that it was trained on'),
    metrics: z
      .object({
        roc_auc: z.number(),
        pr_auc: z.number(),
        precision: z.number(),
        recall: z.number(),
        threshold: z.number(),
      })
      .nullable()
      .describe('On the held-out part'),
    retraining: z.string().nullable().describe('Null: it came with the installation'),
    started_by: person,
    started_by_name: personName,
    compared_with: z.string().nullable().describe('The champion that it was measured against'),
    expires_at: z.string().nullable().describe('An approval must come before'),
    approvals: z.array(
      z.object({ by: person, by_name: personName, at: z.string(), comment: z.string().nullable() }),
    ),
    history: z.array(
      z.object({ state, at: z.string(), by: person, by_name: personName, reason: z.string().nullable() }),
    ),
    thresholds: z
      .array(
        z.object({
          from: z.number(),
          to: z.number(),
          reason: z.string(),
          proposed_by: person,
          proposed_by_name: personName,
          approved_by: person,
          approved_by_name: personName,
          at: z.string(),
        }),
      )
      .describe("Changes of its threshold; the last is in force, without any the card's"),
    threshold_proposal: z
      .object({ to: z.number(), reason: z.string(), by: person, by_name: personName, at: z.string() })
      .nullable()
      .describe('Waits for the approval of a second person'),
  })
  .register(answerSchemas, { id: 'ModelVersion' });

export const ModelVersions = z
  .object({
    domain: z.string(),
    champion: z.string().nullable(),
    rollback_to: z.string().nullable().describe('The champion that a rollback goes back to'),
    items: z.array(ModelVersion).describe('The latest first'),
  })
  .register(answerSchemas, { id: 'ModelVersions' });

const estimate = z.object({ value: z.number(), low: z.number().nullable(), high: z.number().nullable() });
const file = z.record(z.string(), z.unknown()).nullable();

export const ModelDetail = z
  .object({
    domain: z.string(),
    version: z.string(),
    title: z.string(),
    algorithm: z.string(),
    pack_version: z.number().int(),
    threshold: z.number(),
    inputs: z.number().int(),
    labelled: z.number().int(),
    positives: z.number().int(),
    roc_auc: estimate.nullable().describe('On the held-out part, as the three below'),
    pr_auc: estimate.nullable(),
    precision: estimate.nullable(),
    recall: estimate.nullable(),
    registered: ModelVersion.nullable().describe('Null: the registry does not know it yet'),
    comparison: file.describe('With the champion on the same held-out records: gate, figures, flags'),
    shadow: file.describe('Flags gained and lost on drops that it scored beside the champion'),
    change_record: file.describe('Written when it was promoted'),
  })
  .register(answerSchemas, { id: 'ModelDetail' });

export const ApprovalRequest = z
  .strictObject({
    decision: z.enum(['approve', 'reject']),
    signature,
    reason: reason.describe('Why: 3 to 2,000 characters'),
  })
  .register(requestSchemas, { id: 'ApprovalRequest' });

export const RollbackRequest = z
  .strictObject({
    reason: reason.describe('Why: 3 to 2,000 characters'),
    to: modelVersion.optional().describe('A former champion; without it, the one before'),
    signature,
  })
  .register(requestSchemas, { id: 'RollbackRequest' });

export const ThresholdRequest = z
  .strictObject({
    signature,
    threshold: z
      .number()
      .gt(0)
      .max(1)
      .describe('Flags from this score on; rounded to nine decimals. To approve a proposal, the same number'),
    reason: reason.describe('Why: 3 to 2,000 characters'),
  })
  .register(requestSchemas, { id: 'ThresholdRequest' });

export const RollbackAnswer = z
  .object({ domain: z.string(), champion: z.string(), from: z.string() })
  .register(answerSchemas, { id: 'RollbackAnswer' });

export const ApprovalAnswer = z
  .object({ domain: z.string(), version: ModelVersion })
  .register(answerSchemas, { id: 'ApprovalAnswer' });

export const MetricsQuery = z.strictObject({
  domain: domainName,
  model: modelVersion.optional(),
  from: day.optional().describe('Without it, 90 days before the last'),
  to: day.optional().describe('Without it, today'),
});

export const ThresholdPreview = z
  .object({
    domain: z.string(),
    version: z.string().describe('The champion'),
    threshold: z.number().describe('In force'),
    preview: z
      .object({
        day: z.string().describe('The last of the days'),
        days: z.number().int(),
        scored: z.number().int(),
        flagged: z.number().int(),
        thresholds: z.array(
          z.object({
            threshold: z.number(),
            gained: z.number().int().describe('Records that would be flagged too'),
            lost_at_most: z
              .number()
              .int()
              .describe('Flags that would not be; fewer where a rule flags some of them by itself'),
          }),
        ),
      })
      .nullable()
      .describe('Of the last daily look at the model; null: there was none yet that counted scores'),
  })
  .register(answerSchemas, {
    id: 'ThresholdPreview',
    description: 'What other thresholds would have flagged in the past days; nothing is changed',
  });

const Measured = z
  .union([
    z.object({ value: z.number(), low: z.number(), high: z.number(), n: z.number() }),
    z.object({ not_enough_data: z.literal(true), n: z.number(), needed: z.number() }),
  ])
  .register(answerSchemas, {
    id: 'Measured',
    description: 'A figure with its bounds at 95 %, or that there is not enough data for one',
  });

export const MetricsList = z
  .object({
    items: z.array(
      z
        .object({
          domain: z.string(),
          model: z.string(),
          day: z.string(),
          days: z.number().int().describe('That it looks back over'),
          figures: z.record(z.string(), Measured),
          inputs: z.array(z.object({ name: z.string(), psi: Measured, js: Measured })),
          waiting: z.number().int().describe('Flags that wait for a review'),
          longest_wait_hours: z.number().nullable(),
        })
        .register(answerSchemas, { id: 'MonitoringPoint' }),
    ),
  })
  .register(answerSchemas, { id: 'MetricsList', description: 'By day' });

export const AuditQuery = z.strictObject({
  record: givenId.describe('Id of a record, or version of a model'),
  domain: domainName.optional(),
  pii,
});

export const AuditEntry = z
  .object({
    domain: z.string(),
    seq: z.number().int(),
    event: z.string(),
    actor: person,
    actor_name: personName.describe('The display name at that time; null: none was known'),
    at: z.string().nullable(),
    data: z.record(z.string(), z.unknown()),
    prev: z.string().describe('Hash of the entry before'),
    hash: z.string(),
  })
  .register(answerSchemas, { id: 'AuditEntry' });
