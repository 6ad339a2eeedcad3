/** Erasures of subjects, and what stands against them. See endpoints.ts. */
import { z } from 'zod';
import { decide, type Endpoint, get, ok } from './endpoint.ts';
import {
  Erasure,
  ErasureDecisionRequest,
  ErasureList,
  ErasureRequest,
  ErasureRules,
  ErasuresQuery,
  erasureId,
  Hold,
  HoldReleaseRequest,
  HoldRequest,
  holdId,
  RetentionRequest,
} from './erasure-schemas.ts';
import { domainName } from './schema-parts.ts';

const ofErasure = {
  tag: 'Erasures',
  domain: { of: 'erasure' },
  params: z.strictObject({ id: erasureId }),
} as const satisfies Partial<Endpoint>;

const ofDomain = {
  tag: 'Erasures',
  domain: 'params',
  params: z.strictObject({ domain: domainName }),
} as const satisfies Partial<Endpoint>;

export const ERASURE_ENDPOINTS = {
  askForErasure: {
    ...decide,
    path: '/v1/erasures',
    summary:
      'Ask for the erasure of a subject; refused, and on record, where a law or a hold stands against it',
    tag: 'Erasures',
    permission: 'review',
    domain: 'body',
    body: ErasureRequest,
    namesOthers: true,
    answer: { status: 201, schema: Erasure },
  },
  listErasures: {
    ...get,
    path: '/v1/erasures',
    summary: 'List the erasures of a domain, the newest first',
    tag: 'Erasures',
    permission: 'read',
    domain: 'query',
    query: ErasuresQuery,
    answer: ok(ErasureList),
  },
  getErasure: {
    ...{ ...get, ...ofErasure },
    path: '/v1/erasures/{id}',
    summary: 'See how far an erasure has come',
    permission: 'read',
    answer: ok(Erasure),
  },
  decideOnErasure: {
    ...{ ...decide, ...ofErasure },
    path: '/v1/erasures/{id}/decisions',
    summary: 'Approve an erasure that another person asked for, which is final, or turn it down',
    permission: 'approve',
    body: ErasureDecisionRequest,
    answer: ok(Erasure),
  },
  getErasureRules: {
    ...{ ...get, ...ofDomain },
    path: '/v1/erasure-rules/{domain}',
    summary: 'See how long records of a domain must be kept, and which legal holds stand',
    permission: 'read',
    answer: ok(ErasureRules),
  },
  setRetention: {
    ...{ ...decide, ...ofDomain },
    path: '/v1/erasure-rules/{domain}/retention',
    summary: 'Say how long a law obliges to keep records, or that none does',
    permission: 'administer',
    body: RetentionRequest,
    answer: ok(ErasureRules),
  },
  addHold: {
    ...{ ...decide, ...ofDomain },
    path: '/v1/erasure-rules/{domain}/holds',
    summary: 'Hold a subject, a case or a period: nothing that it concerns is erased',
    permission: 'approve',
    body: HoldRequest,
    namesOthers: true,
    answer: { status: 201, schema: Hold },
  },
  releaseHold: {
    ...{ ...decide, ...ofDomain },
    path: '/v1/erasure-rules/{domain}/holds/{hold}/release',
    summary: 'End a legal hold',
    permission: 'approve',
    params: z.strictObject({ domain: domainName, hold: holdId }),
    body: HoldReleaseRequest,
    answer: ok(ErasureRules),
  },
} as const satisfies Record<string, Endpoint>;
