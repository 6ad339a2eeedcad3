/** The shapes of stops: see schemas.ts. */
import { z } from 'zod';
import { modelVersion } from './model-schemas.ts';
import {
  answerSchemas,
  domainName,
  person,
  personName,
  requestSchemas,
  trimmedText,
} from './schema-parts.ts';

export const StopsQuery = z.strictObject({ domain: domainName.optional() });

export const StopRequest = z
  .strictObject({
    domain: domainName,
    model: modelVersion.optional().describe('A version; absent: the domain as a whole'),
    reason: trimmedText(3, 2_000).describe('Why: 3 to 2,000 characters'),
  })
  .register(requestSchemas, { id: 'StopRequest' });

const stop = {
  domain: z.string(),
  model: z.string().nullable().describe('The version that is stopped; null: the domain as a whole'),
  by: person,
  by_name: personName,
  at: z.string(),
  reason: z.string(),
};
const waiting = z.number().int().describe('Drops of the domain that wait to be started');

export const StopList = z
  .object({ items: z.array(z.object({ ...stop, waiting_drops: waiting })) })
  .register(answerSchemas, { id: 'StopList', description: 'Empty: nothing is stopped' });

export const StopAnswer = z
  .object({ ...stop, stopped: z.boolean(), waiting_drops: waiting })
  .register(answerSchemas, { id: 'StopAnswer' });
