/** The shapes of exports: see schemas.ts. */
import { z } from 'zod';
import { caseId } from './case-schemas.ts';
import {
  answerSchemas,
  domainName,
  flagId,
  givenId,
  id,
  instant,
  person,
  personName,
  requestSchemas,
  trimmedText,
} from './schema-parts.ts';

export const exportId = id(/^e-[0-9a-f]{20}$/, 'e- and 20 hex digits');

export const DossierRequest = z
  .strictObject({
    domain: domainName,
    flag: flagId.optional().describe('Of this flag'),
    case: caseId.optional().describe('Of the flags of this case'),
    from: instant.optional().describe("Of the domain's flags from then on, by the records' own time"),
    until: instant.optional().describe('Before this time'),
    pii: z
      .boolean()
      .default(false)
      .describe('Personal data as they are, not masked. Needs `read_pii`; the read is an act in the log'),
  })
  .refine(({ flag, case: one, from, until }) => {
    const isPeriod = from !== undefined || until !== undefined;
    return [flag !== undefined, one !== undefined, isPeriod].filter(Boolean).length <= 1;
  }, 'expected one of flag, case, and from with until')
  .register(requestSchemas, {
    id: 'DossierRequest',
    description: 'Of a flag, a case, a time, or, without any of these, of all flags of the domain',
  });

export const SubjectExportRequest = z
  .strictObject({
    domain: domainName,
    subject: givenId.describe('The entity, as its records have it'),
    basis: trimmedText(3, 500).describe('Why, such as the number of the request; it is logged: name no one'),
  })
  .register(requestSchemas, {
    id: 'SubjectExportRequest',
    description: 'It holds personal data as they are: needs `read_pii`',
  });

const exported = {
  id: z.string(),
  domain: z.string(),
  kind: z.enum(['dossier', 'subject']),
  by: person,
  by_name: personName,
  asked_at: z.string(),
  state: z.enum(['asked', 'running', 'done', 'failed']),
  reason: z.string().nullable().describe('Why it failed'),
  bytes: z.int().nullable().describe('Of the file, once it is there'),
  personal: z.boolean().describe('Personal data are in it as they are'),
  expires_at: z.string().describe('It is kept until then'),
};

export const Export = z.object(exported).register(answerSchemas, { id: 'Export' });

export const ExportFile = z
  .object({
    name: z.string(),
    bytes: z.int(),
    personal: z.boolean(),
    url: z.string().describe('Good for some minutes'),
    method: z.literal('GET'),
    expires_at: z.string(),
  })
  .register(answerSchemas, { id: 'ExportFile' });
