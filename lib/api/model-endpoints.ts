/** Models: what is known of them, who decides on them, and whether they score. See endpoints.ts. */
import { z } from 'zod';
import { decide, type Endpoint, get, ok } from './endpoint.ts';
import {
  ApprovalAnswer,
  ApprovalRequest,
  ModelDetail,
  ModelList,
  ModelVersions,
  modelVersion,
  RollbackAnswer,
  RollbackRequest,
  ThresholdRequest,
} from './model-schemas.ts';
import { ModelProofQuery, Proof } from './proof-schemas.ts';
import { domainName } from './schema-parts.ts';
import { StopAnswer, StopList, StopRequest, StopsQuery } from './stop-schemas.ts';

const ofVersion = {
  tag: 'Models',
  domain: 'params',
  params: z.strictObject({ domain: domainName, version: modelVersion }),
} as const satisfies Partial<Endpoint>;

export const MODEL_ENDPOINTS = {
  listModels: {
    ...get,
    path: '/v1/models',
    summary: 'List the model that serves each domain',
    tag: 'Models',
    permission: 'read',
    domain: 'list',
    answer: ok(ModelList),
  },
  listModelVersions: {
    ...get,
    path: '/v1/models/{domain}',
    summary: 'List the versions of a domain, and what became of each',
    tag: 'Models',
    permission: 'read',
    domain: 'params',
    params: z.strictObject({ domain: domainName }),
    answer: ok(ModelVersions),
  },
  getModelVersion: {
    ...get,
    ...ofVersion,
    path: '/v1/models/{domain}/{version}',
    summary: 'Read what is known of a model: figures, comparison, shadow scoring, change record',
    permission: 'read',
    answer: ok(ModelDetail),
  },
  getModelProof: {
    ...get,
    ...ofVersion,
    path: '/v1/models/{domain}/{version}/proof',
    summary: 'Get the proof that what was done to a model is in the signed log of its domain',
    permission: 'read',
    query: ModelProofQuery,
    answer: ok(Proof),
  },
  decideOnModel: {
    ...decide,
    ...ofVersion,
    path: '/v1/models/{domain}/{version}/approvals',
    summary: 'Approve or reject a candidate; two different people approve, neither of whom started it',
    permission: 'approve',
    body: ApprovalRequest,
    answer: { status: 201, schema: ApprovalAnswer },
  },
  changeThreshold: {
    ...decide,
    ...ofVersion,
    path: '/v1/models/{domain}/{version}/threshold',
    summary: 'Propose another threshold for the champion, or approve the one that someone else proposed',
    permission: 'approve',
    body: ThresholdRequest,
    answer: { status: 201, schema: ApprovalAnswer },
  },
  rollBackModel: {
    ...decide,
    path: '/v1/models/{domain}/rollback',
    summary: 'Go back to the champion before, or to a former one by name',
    tag: 'Models',
    permission: 'roll_back',
    domain: 'params',
    params: z.strictObject({ domain: domainName }),
    body: RollbackRequest,
    answer: { status: 201, schema: RollbackAnswer },
  },
  listStops: {
    ...get,
    path: '/v1/stops',
    summary: 'List what is stopped: domains and models that score nothing until they are resumed',
    tag: 'Stops',
    permission: 'read',
    domain: 'list',
    query: StopsQuery,
    answer: ok(StopList),
  },
  stopScoring: {
    ...decide,
    path: '/v1/stops',
    summary: 'Stop a domain or one of its models: drops wait, online scoring refuses, no retraining starts',
    tag: 'Stops',
    permission: 'stop',
    domain: 'body',
    body: StopRequest,
    answer: { status: 201, schema: StopAnswer },
  },
  resumeScoring: {
    ...decide,
    path: '/v1/stops/resume',
    summary: 'Resume what was stopped: drops that wait are scored in order of arrival',
    tag: 'Stops',
    permission: 'stop',
    domain: 'body',
    body: StopRequest,
    answer: ok(StopAnswer),
  },
} as const satisfies Record<string, Endpoint>;
