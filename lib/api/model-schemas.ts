/** The shapes of models, of what people decide on them, and of other thresholds: see schemas.ts. */
import { z } from 'zod';
import { answerSchemas, id, person, personName, reason, requestSchemas, signature } from './schema-parts.ts';

export const modelVersion = id(/^[0-9a-f]{12}$/, '12 hex digits');

/** What a model's card says of it. */
const ofCard = {
  domain: z.string(),
  version: z.string(),
  title: z.string(),
  algorithm: z.string(),
  pack_version: z.number().int(),
  threshold: z.number(),
};

export const ModelList = z
  .object({
    items: z.array(
      z
        .object({
          ...ofCard,
          roc_auc: z.number().nullable().describe('On the held-out part'),
          pr_auc: z.number().nullable().describe('On the held-out part'),
          trained_on: z.number().int().describe('Labelled records'),
          approved_by: person.nullable(),
          approved_by_name: personName,
        })
        .register(answerSchemas, { id: 'ChampionModel' }),
    ),
  })
  .register(answerSchemas, { id: 'ModelList' });

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
    ...ofCard,
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
