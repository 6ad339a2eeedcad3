/** The shapes of erasures, of the duty to keep records, and of holds: see schemas.ts. */
import { z } from 'zod';
import { ERASURE_STATES } from '../privacy/erasure.ts';
import { caseId } from './case-schemas.ts';
import {
  answerSchemas,
  cursor,
  day,
  domainName,
  givenId,
  id,
  pageLimit,
  person,
  personName,
  reason,
  requestSchemas,
  trimmedText,
} from './schema-parts.ts';

export const erasureId = id(/^x-[0-9a-f]{20}$/, 'x- and 20 hex digits');

const basis = trimmedText(3, 500);

export const ErasureRequest = z
  .strictObject({
    domain: domainName,
    subject: givenId.describe('The entity, as its records have it'),
    basis: basis.describe('Why, such as the number of the request; it is logged for good: name no one'),
  })
  .register(requestSchemas, { id: 'ErasureRequest', description: 'Needs `read_pii`, as it names a subject' });

export const ErasuresQuery = z.strictObject({
  domain: domainName,
  limit: pageLimit(100, 20),
  cursor: cursor.optional(),
});

export const ErasureDecisionRequest = z
  .strictObject({
    decision: z.enum(['approve', 'turn_down']),
    reason: reason.describe('It is logged for good: name no one'),
  })
  .register(requestSchemas, { id: 'ErasureDecisionRequest' });

export const Erasure = z
  .object({
    id: z.string(),
    domain: z.string(),
    pseudonym: z.string().describe('What all stores know the subject by'),
    basis: z.string(),
    by: person,
    by_name: personName,
    asked_at: z.string(),
    state: z
      .enum(ERASURE_STATES)
      .describe(
        'From `approved` on it cannot be stopped: its key is destroyed, then what it was delivered in and exported to',
      ),
    because: z.array(z.string()).describe('Where it was refused: the laws and holds that stood against it'),
    decided_by: person.nullable(),
    decided_by_name: personName,
    decided_at: z.string().nullable(),
    reason: z.string().nullable(),
    updated_at: z.string(),
  })
  .register(answerSchemas, { id: 'Erasure' });

export const ErasureList = z
  .object({ items: z.array(Erasure), next: z.string().nullable() })
  .register(answerSchemas, { id: 'ErasureList', description: 'The newest first' });

export const RetentionRequest = z
  .strictObject({
    months: z.int().min(1).max(1_200).nullable().describe('Null: no law obliges to keep records'),
    basis: basis.describe('Which law, or why none; it is logged for good: name no one'),
  })
  .register(requestSchemas, { id: 'RetentionRequest' });

export const HoldRequest = z
  .strictObject({
    subject: givenId.optional().describe('The entity, as its records have it, or will have it'),
    case: caseId.optional().describe('The case of an entity'),
    from: day.optional().describe('Records from this day on'),
    to: day.optional().describe('Records up to this day'),
    basis: basis.describe('The law, order or proceeding; it is logged for good: name no one'),
  })
  .refine(({ subject, case: one, from, to }) => {
    const isPeriod = from !== undefined || to !== undefined;
    return [subject !== undefined, one !== undefined, isPeriod].filter(Boolean).length === 1;
  }, 'expected one of subject, case, and a period (from, to, or both)')
  .register(requestSchemas, { id: 'HoldRequest' });

export const HoldReleaseRequest = z
  .strictObject({ reason: reason.describe('It is logged for good: name no one') })
  .register(requestSchemas, { id: 'HoldReleaseRequest' });

export const holdId = id(/^h[1-9][0-9]{0,8}$/, 'h and a number');

const hold = {
  id: z.string(),
  kind: z.enum(['subject', 'case', 'period']),
  of: z
    .string()
    .nullable()
    .describe('The pseudonym of the subject, also of that whose case it is; null: a period'),
  from: z.string().nullable(),
  to: z.string().nullable(),
  basis: z.string(),
  by: person,
  by_name: personName,
  at: z.string(),
};

export const Hold = z
  .object({
    ...hold,
    known: z
      .boolean()
      .describe('False: no record of the subject came so far; where its id is mistyped, nothing is held'),
  })
  .register(answerSchemas, { id: 'Hold' });

export const ErasureRules = z
  .object({
    domain: z.string(),
    retention: z
      .object({
        months: z.int().nullable().describe('Null: no law obliges to keep records'),
        basis: z.string().nullable(),
      })
      .nullable()
      .describe('Null: no one has said so far, and nothing is erased'),
    holds: z.array(z.object(hold)).describe('Those that stand, the oldest first'),
  })
  .register(answerSchemas, { id: 'ErasureRules' });
