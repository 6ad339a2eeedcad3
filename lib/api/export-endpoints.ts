/** What is put together after the answer: dossiers, and all that is stored on a subject. See endpoints.ts. */
import { z } from 'zod';
import { decide, type Endpoint, get, ok } from './endpoint.ts';
import { DossierRequest, Export, ExportFile, exportId, SubjectExportRequest } from './export-schemas.ts';

const ofExport = {
  ...get,
  tag: 'Exports',
  permission: 'read',
  domain: { of: 'export' },
  params: z.strictObject({ id: exportId }),
} as const satisfies Partial<Endpoint>;

export const EXPORT_ENDPOINTS = {
  askForDossier: {
    ...decide,
    path: '/v1/exports/dossier',
    summary: 'Ask for the evidence on a flag, a case or a time: PDF, JSON, logs and proofs, checked offline',
    tag: 'Exports',
    permission: 'read',
    domain: 'body',
    body: DossierRequest,
    namesOthers: true,
    answer: { status: 201, schema: Export },
  },
  askForSubject: {
    ...decide,
    path: '/v1/exports/subject',
    summary: 'Ask for all that is stored on a subject, for who asks what is stored about them',
    tag: 'Exports',
    permission: 'review',
    domain: 'body',
    body: SubjectExportRequest,
    namesOthers: true,
    answer: { status: 201, schema: Export },
  },
  getExport: {
    ...ofExport,
    path: '/v1/exports/{id}',
    summary: 'See how far an export has come',
    answer: ok(Export),
  },
  getExportFile: {
    ...ofExport,
    path: '/v1/exports/{id}/file',
    summary: 'Get an address to fetch an export from that you asked for; that you did is logged',
    answer: ok(ExportFile),
  },
} as const satisfies Record<string, Endpoint>;
