/** Files that come and go: drops, what they left, labels. See endpoints.ts. */
import { z } from 'zod';
import { RESULT_FILES } from '../drops/result-files.ts';
import { type Endpoint, get, nothing, ok } from './endpoint.ts';
import { LabelsFile, LabelsList, LabelsQuery, labelsId } from './labels-schemas.ts';
import { dropId } from './schema-parts.ts';
import {
  Drop,
  DropFile,
  DropFileList,
  DropList,
  DropsQuery,
  FlagQuery,
  Upload,
  UploadRequest,
} from './schemas.ts';

/** A file goes to the bucket itself: the answer says where. */
const upload = {
  method: 'POST',
  permission: 'upload',
  domain: 'body',
  params: nothing,
  query: nothing,
  body: UploadRequest,
  maxBytes: 4_096,
  answer: { status: 201, schema: Upload },
} as const satisfies Partial<Endpoint>;

const ofDrop = {
  ...get,
  tag: 'Drops',
  permission: 'read',
  domain: { of: 'drop' },
  params: z.strictObject({ id: dropId }),
} as const satisfies Partial<Endpoint>;

export const DROP_ENDPOINTS = {
  listDrops: {
    ...get,
    path: '/v1/drops',
    summary: 'List drops, the newest first',
    tag: 'Drops',
    permission: 'read',
    domain: 'list',
    query: DropsQuery,
    answer: ok(DropList),
  },
  createUpload: {
    ...upload,
    path: '/v1/drops',
    summary: 'Get an address to upload a file to; the file is a drop once it is there',
    tag: 'Drops',
  },
  getDrop: {
    ...ofDrop,
    path: '/v1/drops/{id}',
    summary: 'See how far a drop has come',
    query: FlagQuery,
    answer: ok(Drop),
  },
  listDropFiles: {
    ...ofDrop,
    path: '/v1/drops/{id}/files',
    summary: 'List the files that a drop left, also one that failed',
    answer: ok(DropFileList),
  },
  getDropFile: {
    ...ofDrop,
    path: '/v1/drops/{id}/files/{name}',
    summary: 'Get an address to fetch a file of a drop from; who fetched it is logged',
    params: z.strictObject({ id: dropId, name: z.enum(RESULT_FILES) }),
    answer: ok(DropFile),
  },
  listLabels: {
    ...get,
    path: '/v1/labels',
    summary: 'List labels files, the newest first',
    tag: 'Labels',
    permission: 'read',
    domain: 'list',
    query: LabelsQuery,
    answer: ok(LabelsList),
  },
  createLabelsUpload: {
    ...upload,
    path: '/v1/labels',
    summary: 'Get an address to upload a labels file to; it is read once it is there',
    tag: 'Labels',
  },
  getLabels: {
    ...get,
    path: '/v1/labels/{id}',
    summary: 'See what became of a labels file: how many labels it holds, or all that is wrong with it',
    tag: 'Labels',
    permission: 'read',
    domain: { of: 'labels' },
    params: z.strictObject({ id: labelsId }),
    answer: ok(LabelsFile),
  },
} as const satisfies Record<string, Endpoint>;
