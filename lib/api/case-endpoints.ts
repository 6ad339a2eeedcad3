/** Cases, and what people do with them. See endpoints.ts. */
import { z } from 'zod';
import { CaseContext, CaseContextQuery } from './case-context-schemas.ts';
import {
  AssignCaseRequest,
  CaseActRequest,
  CaseDetail,
  CaseList,
  CaseQuery,
  CaseReviewAnswer,
  CaseSummary,
  CasesQuery,
  caseId,
  EscalateCaseRequest,
  NextCase,
  NextCaseRequest,
  ReopenCaseRequest,
  SnoozeCaseRequest,
} from './case-schemas.ts';
import { decide, type Endpoint, get, ok } from './endpoint.ts';
import { CaseReviewRequest } from './review-schemas.ts';

/** What a person does with a case. */
const actOnCase = {
  ...decide,
  tag: 'Cases',
  permission: 'review',
  domain: { of: 'case' },
  params: z.strictObject({ id: caseId }),
  answer: { status: 200, schema: CaseSummary },
} as const satisfies Partial<Endpoint>;

export const CASE_ENDPOINTS = {
  listCases: {
    ...get,
    path: '/v1/cases',
    summary: 'List cases, the most urgent first: the flags of an entity, worked as one',
    tag: 'Cases',
    permission: 'read',
    domain: 'list',
    query: CasesQuery,
    answer: ok(CaseList),
  },
  takeNextCase: {
    ...decide,
    path: '/v1/cases/next',
    summary: 'Take the most urgent case that is free, and hold it',
    tag: 'Cases',
    permission: 'review',
    domain: 'body',
    body: NextCaseRequest,
    answer: ok(NextCase),
  },
  getCase: {
    ...get,
    path: '/v1/cases/{id}',
    summary: 'Read a case with its flags, their reasons and what was done with it',
    tag: 'Cases',
    permission: 'read',
    domain: { of: 'case' },
    params: z.strictObject({ id: caseId }),
    query: CaseQuery,
    answer: ok(CaseDetail),
  },
  getCaseContext: {
    ...get,
    path: '/v1/cases/{id}/context',
    summary: 'Read what is around a flag: the entity’s past, related flags, the smallest change',
    tag: 'Cases',
    permission: 'read',
    domain: { of: 'case' },
    params: z.strictObject({ id: caseId }),
    query: CaseContextQuery,
    answer: ok(CaseContext),
  },
  claimCase: {
    ...actOnCase,
    path: '/v1/cases/{id}/claim',
    summary: 'Hold a case, or hold it longer: no one else takes it meanwhile',
    body: CaseActRequest,
  },
  releaseCase: {
    ...actOnCase,
    path: '/v1/cases/{id}/release',
    summary: 'Give up a hold',
    body: CaseActRequest,
  },
  assignCase: {
    ...actOnCase,
    path: '/v1/cases/{id}/assign',
    summary: 'Say whose a case is, or that it is no one’s',
    body: AssignCaseRequest,
  },
  escalateCase: {
    ...actOnCase,
    path: '/v1/cases/{id}/escalate',
    summary: 'Pass a case on to those who decide on hard ones',
    body: EscalateCaseRequest,
  },
  snoozeCase: {
    ...actOnCase,
    path: '/v1/cases/{id}/snooze',
    summary: 'Put a case off until a time; a new flag wakes it earlier',
    body: SnoozeCaseRequest,
  },
  reopenCase: {
    ...actOnCase,
    path: '/v1/cases/{id}/reopen',
    summary: 'Put an escalated or snoozed case back into the queue',
    body: ReopenCaseRequest,
  },
  reviewCase: {
    ...decide,
    path: '/v1/cases/{id}/reviews',
    summary: 'Review several flags of a case at once: one verdict, all or none',
    tag: 'Cases',
    permission: 'review',
    domain: { of: 'case' },
    params: z.strictObject({ id: caseId }),
    body: CaseReviewRequest,
    answer: { status: 201, schema: CaseReviewAnswer },
  },
} as const satisfies Record<string, Endpoint>;
