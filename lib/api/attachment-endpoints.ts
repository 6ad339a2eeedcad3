/** Files that people attach to a case. See endpoints.ts. */
import { z } from 'zod';
import {
  Attachment,
  AttachmentArrival,
  AttachmentFile,
  AttachmentList,
  AttachmentParams,
  AttachmentRequest,
  AttachmentUpload,
} from './attachment-schemas.ts';
import { caseId } from './case-schemas.ts';
import { decide, type Endpoint, get, ok } from './endpoint.ts';

const ofCase = { tag: 'Cases', domain: { of: 'case' } } as const;

export const ATTACHMENT_ENDPOINTS = {
  listAttachments: {
    ...{ ...get, ...ofCase },
    path: '/v1/cases/{id}/attachments',
    summary: 'List what is attached to a case, each with its hash',
    permission: 'read',
    params: z.strictObject({ id: caseId }),
    answer: ok(AttachmentList),
  },
  uploadAttachment: {
    ...{ ...decide, ...ofCase },
    path: '/v1/cases/{id}/attachments',
    summary: 'Get an address to upload a file to that is to be attached',
    permission: 'review',
    params: z.strictObject({ id: caseId }),
    body: AttachmentRequest,
    answer: { status: 201, schema: AttachmentUpload },
  },
  addAttachment: {
    ...{ ...decide, ...ofCase },
    path: '/v1/cases/{id}/attachments/{attachment}',
    summary: 'Attach a file that was uploaded, once it is checked',
    permission: 'review',
    params: AttachmentParams,
    body: AttachmentArrival,
    answer: { status: 201, schema: Attachment },
  },
  getAttachment: {
    ...{ ...get, ...ofCase },
    path: '/v1/cases/{id}/attachments/{attachment}',
    summary: 'Get an address to download an attachment from; for those who may read personal data',
    permission: 'read',
    params: AttachmentParams,
    answer: ok(AttachmentFile),
  },
} as const satisfies Record<string, Endpoint>;
