/** The shapes of figures by day and of entries of the audit log: see schemas.ts. */
import { z } from 'zod';
import { modelVersion } from './model-schemas.ts';
import { answerSchemas, day, domainName, givenId, person, personName, pii } from './schema-parts.ts';

export const MetricsQuery = z.strictObject({
  domain: domainName,
  model: modelVersion.optional(),
  from: day.optional().describe('Without it, 90 days before the last'),
  to: day.optional().describe('Without it, today'),
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
