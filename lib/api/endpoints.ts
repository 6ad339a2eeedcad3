/**
 * The API as a table: what can be asked, by whom, in what shape, with what answer. The router and the OpenAPI document are
 * both made of it; what answers is joined to it by name.
 */
import { z } from 'zod';
import { RESULT_FILES } from '../drops/result-files.ts';
import type { DomainScope } from '../packs/domain-scope.ts';
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
  RevealAnswer,
  RevealRequest,
  ReviewRules,
  ReviewRulesQuery,
  reviewId,
  SnoozeCaseRequest,
  WithdrawAnswer,
} from './case-schemas.ts';
import {
  ApprovalAnswer,
  ApprovalRequest,
  AuditQuery,
  BlindList,
  BlindQuery,
  BlindReviewAnswer,
  BlindReviewRequest,
  CancelRequest,
  CaseReviewRequest,
  LabelsFile,
  LabelsList,
  LabelsQuery,
  labelsId,
  MetricsList,
  MetricsQuery,
  ModelDetail,
  ModelVersions,
  modelVersion,
  Retraining,
  RetrainingList,
  RetrainingRequest,
  RetrainingsQuery,
  ReviewAnswer,
  ReviewCounts,
  ReviewCountsQuery,
  ReviewRequest,
  RollbackAnswer,
  RollbackRequest,
  retrainingId,
  ThresholdPreview,
  ThresholdRequest,
} from './learning-schemas.ts';
import { FlagProofQuery, ModelProofQuery, Proof } from './proof-schemas.ts';
import type { Caller, Permission } from './roles.ts';
import { domainName, dropId, flagId } from './schema-parts.ts';
import {
  AuditAnswer,
  Drop,
  DropFile,
  DropFileList,
  DropList,
  DropsQuery,
  Flag,
  FlagList,
  FlagQuery,
  FlagsQuery,
  Health,
  Me,
  ModelList,
  OpenApi,
  ScoreAnswer,
  ScoreRequest,
  Upload,
  UploadRequest,
} from './schemas.ts';
import { StopAnswer, StopList, StopRequest, StopsQuery } from './stop-schemas.ts';

const nothing = z.strictObject({});
const megabyte = 2 ** 20;

/** A thing that has a domain, and that a path names by its id. */
export type Subject = 'flag' | 'case' | 'review' | 'blind' | 'drop' | 'labels' | 'retraining';

/**
 * How the domain of a request is found; each endpoint decides. `params`, `query`, `body`: it is named there. `list`: `domain` in
 * the query, or every domain in which the caller may do this. `of`: that of the thing with the id in the path. Null: none.
 */
export type DomainSource = 'params' | 'query' | 'body' | 'list' | { readonly of: Subject } | null;

export interface Endpoint {
  readonly method: 'GET' | 'POST';
  /** With parameters in braces. */
  readonly path: string;
  readonly summary: string;
  readonly tag: string;
  /** Null: open to all, without a token. */
  readonly permission: Permission | null;
  readonly domain: DomainSource;
  readonly params: z.ZodObject;
  readonly query: z.ZodObject;
  readonly body: z.ZodType | null;
  readonly mostBytes: number;
  /** The body holds records: their numbers are taken digit by digit, not as doubles. */
  readonly exactNumbers?: true;
  /** Answers 503 while people have stopped the domain. */
  readonly stoppable?: true;
  readonly answer: { readonly status: 200 | 201; readonly schema: z.ZodType };
}

/** What most of them have in common. */
const get = {
  method: 'GET',
  params: nothing,
  query: nothing,
  body: null,
  mostBytes: 0,
} as const satisfies Partial<Endpoint>;
/** What a person decides: little, and with a reason. */
const decide = {
  method: 'POST',
  params: nothing,
  query: nothing,
  mostBytes: 32_768,
} as const satisfies Partial<Endpoint>;
/** What a person does with a case. */
const actOnCase = {
  ...decide,
  tag: 'Cases',
  permission: 'review',
  domain: { of: 'case' },
  params: z.strictObject({ id: caseId }),
  answer: { status: 200, schema: CaseSummary },
} as const satisfies Partial<Endpoint>;
/** A file goes to the bucket itself: the answer says where. */
const upload = {
  method: 'POST',
  permission: 'upload',
  domain: 'body',
  params: nothing,
  query: nothing,
  body: UploadRequest,
  mostBytes: 4_096,
  answer: { status: 201, schema: Upload },
} as const satisfies Partial<Endpoint>;
const ok = <Schema extends z.ZodType>(schema: Schema) => ({ status: 200, schema }) as const;

export const ENDPOINTS = {
  score: {
    method: 'POST',
    path: '/v1/score',
    summary: 'Score records online, with the same score and reasons as in a drop',
    tag: 'Scoring',
    permission: 'score',
    domain: 'body',
    params: nothing,
    query: nothing,
    body: ScoreRequest,
    mostBytes: megabyte,
    exactNumbers: true,
    stoppable: true,
    answer: ok(ScoreAnswer),
  },
  listFlags: {
    ...get,
    path: '/v1/flags',
    summary: 'List flags, the most urgent first',
    tag: 'Flags',
    permission: 'read',
    domain: 'list',
    query: FlagsQuery,
    answer: ok(FlagList),
  },
  getFlag: {
    ...get,
    path: '/v1/flags/{id}',
    summary: 'Read a flag with all its reasons and its record',
    tag: 'Flags',
    permission: 'read',
    domain: { of: 'flag' },
    params: z.strictObject({ id: flagId }),
    query: FlagQuery,
    answer: ok(Flag),
  },
  getFlagProof: {
    ...get,
    path: '/v1/flags/{id}/proof',
    summary: 'Get the proof that a flag, or the last review of it, is in the signed log of its domain',
    tag: 'Flags',
    permission: 'read',
    domain: { of: 'flag' },
    params: z.strictObject({ id: flagId }),
    query: FlagProofQuery,
    answer: ok(Proof),
  },
  reviewFlag: {
    ...decide,
    path: '/v1/flags/{id}/reviews',
    summary: 'Review a flag: a verdict, with a reason, on the version that was looked at',
    tag: 'Reviews',
    permission: 'review',
    domain: { of: 'flag' },
    params: z.strictObject({ id: flagId }),
    body: ReviewRequest,
    answer: { status: 201, schema: ReviewAnswer },
  },
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
  withdrawReview: {
    ...decide,
    path: '/v1/reviews/{id}/withdraw',
    summary: 'Take back a review of one’s own: its flags are as they were before',
    tag: 'Reviews',
    permission: 'review',
    domain: { of: 'review' },
    params: z.strictObject({ id: reviewId }),
    body: z.strictObject({}),
    answer: ok(WithdrawAnswer),
  },
  revealFlag: {
    ...decide,
    path: '/v1/flags/{id}/reveal',
    summary: 'Read personal data of a flag’s record; who read which columns is logged',
    tag: 'Flags',
    permission: 'read',
    domain: { of: 'flag' },
    params: z.strictObject({ id: flagId }),
    body: RevealRequest,
    answer: ok(RevealAnswer),
  },
  getReviewRules: {
    ...get,
    path: '/v1/review-rules',
    summary: 'Read how flags of a domain are reviewed: reasons, signature, four eyes',
    tag: 'Reviews',
    permission: 'read',
    domain: 'query',
    query: ReviewRulesQuery,
    answer: ok(ReviewRules),
  },
  countReviews: {
    ...get,
    path: '/v1/review-counts',
    summary: 'Count verdicts by reason and by rule',
    tag: 'Reviews',
    permission: 'read',
    domain: 'query',
    query: ReviewCountsQuery,
    answer: ok(ReviewCounts),
  },
  listBlindReviews: {
    ...get,
    path: '/v1/blind-reviews',
    summary: 'List the records that wait for a blind review by the caller',
    tag: 'Reviews',
    permission: 'review',
    domain: 'query',
    query: BlindQuery,
    answer: ok(BlindList),
  },
  reviewBlind: {
    ...decide,
    path: '/v1/blind-reviews/{id}/reviews',
    summary: 'Review a record without its score or its reasons',
    tag: 'Reviews',
    permission: 'review',
    domain: { of: 'blind' },
    params: z.strictObject({ id: flagId }),
    body: BlindReviewRequest,
    answer: { status: 201, schema: BlindReviewAnswer },
  },
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
    ...get,
    path: '/v1/drops/{id}',
    summary: 'See how far a drop has come',
    tag: 'Drops',
    permission: 'read',
    domain: { of: 'drop' },
    params: z.strictObject({ id: dropId }),
    answer: ok(Drop),
  },
  listDropFiles: {
    ...get,
    path: '/v1/drops/{id}/files',
    summary: 'List the files that a drop left, also one that failed',
    tag: 'Drops',
    permission: 'read',
    domain: { of: 'drop' },
    params: z.strictObject({ id: dropId }),
    answer: ok(DropFileList),
  },
  getDropFile: {
    ...get,
    path: '/v1/drops/{id}/files/{name}',
    summary: 'Get an address to fetch a file of a drop from; who fetched it is logged',
    tag: 'Drops',
    permission: 'read',
    domain: { of: 'drop' },
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
    path: '/v1/models/{domain}/{version}',
    summary: 'Read what is known of a model: figures, comparison, shadow scoring, change record',
    tag: 'Models',
    permission: 'read',
    domain: 'params',
    params: z.strictObject({ domain: domainName, version: modelVersion }),
    answer: ok(ModelDetail),
  },
  getModelProof: {
    ...get,
    path: '/v1/models/{domain}/{version}/proof',
    summary: 'Get the proof that what was done to a model is in the signed log of its domain',
    tag: 'Models',
    permission: 'read',
    domain: 'params',
    params: z.strictObject({ domain: domainName, version: modelVersion }),
    query: ModelProofQuery,
    answer: ok(Proof),
  },
  decideOnModel: {
    ...decide,
    path: '/v1/models/{domain}/{version}/approvals',
    summary: 'Approve or reject a candidate; two different people approve, neither of whom started it',
    tag: 'Models',
    permission: 'approve',
    domain: 'params',
    params: z.strictObject({ domain: domainName, version: modelVersion }),
    body: ApprovalRequest,
    answer: { status: 201, schema: ApprovalAnswer },
  },
  changeThreshold: {
    ...decide,
    path: '/v1/models/{domain}/{version}/threshold',
    summary: 'Propose another threshold for the champion, or approve the one that someone else proposed',
    tag: 'Models',
    permission: 'approve',
    domain: 'params',
    params: z.strictObject({ domain: domainName, version: modelVersion }),
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
  listRetrainings: {
    ...get,
    path: '/v1/retrainings',
    summary: 'List the retrainings of a domain',
    tag: 'Retrainings',
    permission: 'read',
    domain: 'query',
    query: RetrainingsQuery,
    answer: ok(RetrainingList),
  },
  startRetraining: {
    ...decide,
    path: '/v1/retrainings',
    summary: 'Start a retraining',
    tag: 'Retrainings',
    permission: 'retrain',
    domain: 'body',
    body: RetrainingRequest,
    answer: { status: 201, schema: Retraining },
  },
  cancelRetraining: {
    ...decide,
    path: '/v1/retrainings/{id}/cancel',
    summary: 'Cancel a retraining that is under way',
    tag: 'Retrainings',
    permission: 'retrain',
    domain: { of: 'retraining' },
    params: z.strictObject({ id: retrainingId }),
    body: CancelRequest,
    answer: ok(Retraining),
  },
  getRetraining: {
    ...get,
    path: '/v1/retrainings/{id}',
    summary: 'See how far a retraining has come, or how it ended',
    tag: 'Retrainings',
    permission: 'read',
    domain: { of: 'retraining' },
    params: z.strictObject({ id: retrainingId }),
    answer: ok(Retraining),
  },
  previewThresholds: {
    ...get,
    path: '/v1/models/{domain}/thresholds',
    summary: 'Read which flags other thresholds would have raised or not in the past days',
    tag: 'Models',
    permission: 'read',
    domain: 'params',
    params: z.strictObject({ domain: domainName }),
    answer: ok(ThresholdPreview),
  },
  listMetrics: {
    ...get,
    path: '/v1/metrics',
    summary: 'Read the figures of live models by day',
    tag: 'Monitoring',
    permission: 'read',
    domain: 'query',
    query: MetricsQuery,
    answer: ok(MetricsList),
  },
  getAudit: {
    ...get,
    path: '/v1/audit',
    summary: 'Read what was decided about a record, and what people did about it',
    tag: 'Monitoring',
    permission: 'read',
    domain: 'list',
    query: AuditQuery,
    answer: ok(AuditAnswer),
  },
  getMe: {
    ...get,
    path: '/v1/me',
    summary: 'Read who the caller is, and what the caller may do in which domain',
    tag: 'Service',
    permission: 'read',
    domain: 'list',
    answer: ok(Me),
  },
  getHealth: {
    ...get,
    path: '/v1/health',
    summary: 'Ask whether the API answers',
    tag: 'Service',
    permission: null,
    domain: null,
    answer: ok(Health),
  },
  getOpenApi: {
    ...get,
    path: '/openapi.json',
    summary: 'Read this document',
    tag: 'Service',
    permission: null,
    domain: null,
    answer: ok(OpenApi),
  },
} as const satisfies Record<string, Endpoint>;

export type EndpointName = keyof typeof ENDPOINTS;
type Table = typeof ENDPOINTS;

/** What reaches the one who answers: checked, and of the types that the table says. */
export interface Call<Name extends EndpointName> {
  readonly params: z.output<Table[Name]['params']>;
  readonly query: z.output<Table[Name]['query']>;
  readonly body: Table[Name]['body'] extends z.ZodType ? z.output<Table[Name]['body']> : undefined;
  readonly caller: Caller;
  /** The domains that the request concerns: the caller may do this in each of them. */
  readonly scope: DomainScope;
  /** Whether personal data is asked for, and may be read in each of them. */
  readonly pii: boolean;
}

export interface Reply<Name extends EndpointName> {
  readonly body: z.output<Table[Name]['answer']['schema']>;
  readonly headers?: Readonly<Record<string, string>>;
}

export type Handlers = {
  readonly [Name in EndpointName]?: (call: Call<Name>) => Promise<Reply<Name>>;
};
