/** The shapes of labels files: see schemas.ts. */
import { z } from 'zod';
import { answerSchemas, cursor, domainName, id, pageLimit, person, personName } from './schema-parts.ts';

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
