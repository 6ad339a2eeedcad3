/** The shapes of attachments: see schemas.ts. */
import { z } from 'zod';
import { caseId } from './case-schemas.ts';
import { answerSchemas, id, person, personName, requestSchemas, text } from './schema-parts.ts';

const attachmentId = id(/^[0-9a-f]{24}$/, '24 hex digits');

const name = text(1, 120)
  .regex(/^[^\p{C}\\/:]*$/u, 'expected the name of a file, without a folder and without control characters')
  .describe('Ends with .pdf, .png, .jpg, .jpeg, .csv, .txt or .xlsx');

export const AttachmentParams = z.strictObject({ id: caseId, attachment: attachmentId });

export const AttachmentRequest = z
  .strictObject({
    name,
    bytes: z
      .int()
      .min(1)
      .max(2 ** 40)
      .describe('Of the file, exactly'),
  })
  .register(requestSchemas, { id: 'AttachmentRequest' });

export const AttachmentArrival = z
  .strictObject({ name })
  .register(requestSchemas, { id: 'AttachmentArrival' });

export const AttachmentUpload = z
  .object({
    attachment: z.string().describe('Its id: POST …/attachments/{attachment} once the bytes are there'),
    url: z.string().describe('PUT the bytes of the file here, without further headers'),
    method: z.literal('PUT'),
    expires_at: z.string(),
  })
  .register(answerSchemas, { id: 'AttachmentUpload' });

export const Attachment = z
  .object({
    id: z.string(),
    name: z.string().nullable().describe('Free text; null without `read_pii` in the domain'),
    type: z.enum(['pdf', 'png', 'jpeg', 'csv', 'txt', 'xlsx']).describe('By its name and its content'),
    bytes: z.number().int(),
    sha256: z.string(),
    by: person,
    by_name: personName,
    at: z.string(),
  })
  .register(answerSchemas, { id: 'Attachment' });

export const AttachmentList = z
  .object({ items: z.array(Attachment).describe('In the order in which they came') })
  .register(answerSchemas, { id: 'AttachmentList' });

export const AttachmentFile = z
  .object({
    id: z.string(),
    name: z.string(),
    sha256: z.string(),
    url: z.string().describe('GET the file here; a browser saves it'),
    method: z.literal('GET'),
    expires_at: z.string(),
  })
  .register(answerSchemas, { id: 'AttachmentFile' });
