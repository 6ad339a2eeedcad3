/** Scores and flags. See endpoints.ts. */
import { z } from 'zod';
import { decide, type Endpoint, get, nothing, ok } from './endpoint.ts';
import { FlagProofQuery, Proof } from './proof-schemas.ts';
import { ReviewAnswer, ReviewRequest } from './review-schemas.ts';
import { flagId } from './schema-parts.ts';
import { Flag, FlagList, FlagQuery, FlagsQuery, ScoreAnswer, ScoreRequest } from './schemas.ts';

const megabyte = 2 ** 20;
/** What is done with one flag. */
const ofFlag = {
  domain: { of: 'flag' },
  params: z.strictObject({ id: flagId }),
} as const satisfies Partial<Endpoint>;

export const FLAG_ENDPOINTS = {
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
    maxBytes: megabyte,
    holdsRecords: true,
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
    ...{ ...get, ...ofFlag },
    path: '/v1/flags/{id}',
    summary: 'Read a flag with all its reasons and its record',
    tag: 'Flags',
    permission: 'read',
    query: FlagQuery,
    answer: ok(Flag),
  },
  getFlagProof: {
    ...{ ...get, ...ofFlag },
    path: '/v1/flags/{id}/proof',
    summary: 'Get the proof that a flag, or the last review of it, is in the signed log of its domain',
    tag: 'Flags',
    permission: 'read',
    query: FlagProofQuery,
    answer: ok(Proof),
  },
  reviewFlag: {
    ...{ ...decide, ...ofFlag },
    path: '/v1/flags/{id}/reviews',
    summary: 'Review a flag: a verdict, with a reason, on the version that was looked at',
    tag: 'Reviews',
    permission: 'review',
    body: ReviewRequest,
    answer: { status: 201, schema: ReviewAnswer },
  },
} as const satisfies Record<string, Endpoint>;
