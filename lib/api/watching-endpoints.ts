/** What is watched: other thresholds, figures by day, the audit log. See endpoints.ts. */
import { z } from 'zod';
import { type Endpoint, get, ok } from './endpoint.ts';
import { ThresholdPreview } from './model-schemas.ts';
import { domainName } from './schema-parts.ts';
import { AuditAnswer } from './schemas.ts';
import { AuditQuery, MetricsList, MetricsQuery } from './watching-schemas.ts';

export const WATCHING_ENDPOINTS = {
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
} as const satisfies Record<string, Endpoint>;
