/** The service itself. See endpoints.ts. */

import { type Endpoint, get, ok } from './endpoint.ts';
import { Health, Me, OpenApi } from './schemas.ts';

export const SERVICE_ENDPOINTS = {
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
