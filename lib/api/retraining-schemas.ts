/** The shapes of retrainings: see schemas.ts. */
import { z } from 'zod';
import { RETRAINING_STATES } from '../retraining/retraining-status.ts';
import {
  answerSchemas,
  cursor,
  domainName,
  id,
  pageLimit,
  person,
  personName,
  reason,
  requestSchemas,
} from './schema-parts.ts';

export const retrainingId = id(/^[A-Za-z0-9_-]{1,80}$/, 'the id of a retraining');

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
