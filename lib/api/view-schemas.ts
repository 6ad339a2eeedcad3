/** The shapes of views of the queue: see schemas.ts. */
import { z } from 'zod';
import { MAX_VIEW_NAME, QUEUE_VIEWS } from '../cases/queue-views.ts';
import {
  answerSchemas,
  domainName,
  id,
  person,
  personName,
  requestSchemas,
  severity,
  text,
} from './schema-parts.ts';

const viewId = id(/^[0-9a-f]{16}$/, '16 hex digits');

const name = text(1, MAX_VIEW_NAME)
  .regex(/\S/, 'expected more than white space')
  .regex(/^\P{C}*$/u, 'expected no characters that cannot be seen')
  .transform((value) => value.trim())
  .describe('Unlike any other of one’s own, or any other that is shared');

/** As packs have them. Words, or more than one id, are none. */
const ruleId = text(1, 1_024).regex(
  /^[^\s,|;\p{C}]+$/u,
  'expected the id of a rule: no blanks, and no , ; or |',
);

const filter = z
  .strictObject({
    view: z.enum(QUEUE_VIEWS).default('act'),
    severity: z
      .enum(['none', ...severity.options])
      .nullable()
      .default(null),
    rule: ruleId.nullable().default(null),
  })
  .describe('As of GET /v1/cases; a search for one entity is no view');

const version = z.int().min(1).max(1_000_000_000).describe('The `version` of the view that was looked at');

export const ViewParams = z.strictObject({ domain: domainName });
export const OneViewParams = z.strictObject({ domain: domainName, id: viewId });

export const NewViewRequest = z
  .strictObject({ name, filter, shared: z.boolean().default(false) })
  .register(requestSchemas, { id: 'NewViewRequest' });

export const ViewChangeRequest = z
  .strictObject({
    version,
    name: name.optional(),
    filter: filter.optional(),
    shared: z.boolean().optional().describe('`false`: it is the own view of who made it again'),
  })
  .register(requestSchemas, { id: 'ViewChangeRequest' });

export const ViewDeletion = z.strictObject({ version }).register(requestSchemas, { id: 'ViewDeletion' });

export const View = z
  .object({
    id: z.string(),
    name: z.string(),
    filter: z.object({
      view: z.enum(QUEUE_VIEWS),
      severity: z.string().nullable(),
      rule: z.string().nullable(),
    }),
    shared: z.boolean().describe('All who read in the domain have it; else it is the caller’s alone'),
    may_change: z.boolean().describe('By the caller: it is their own, or they administer the domain'),
    by: person,
    by_name: personName,
    at: z.string().describe('Of the last change'),
    version: z.number().int().describe('Counts up with each change'),
  })
  .register(answerSchemas, { id: 'View' });

export const ViewList = z
  .object({ items: z.array(View).describe('One’s own first, each in the order in which they were made') })
  .register(answerSchemas, { id: 'ViewList' });

export const ViewDeleted = z
  .object({ id: z.string(), deleted: z.literal(true) })
  .register(answerSchemas, { id: 'ViewDeleted' });
