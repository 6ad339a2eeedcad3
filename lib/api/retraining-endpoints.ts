/** Retrainings. See endpoints.ts. */
import { z } from 'zod';
import { decide, type Endpoint, get, ok } from './endpoint.ts';
import {
  CancelRequest,
  Retraining,
  RetrainingList,
  RetrainingRequest,
  RetrainingsQuery,
  retrainingId,
} from './retraining-schemas.ts';

export const RETRAINING_ENDPOINTS = {
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
} as const satisfies Record<string, Endpoint>;
