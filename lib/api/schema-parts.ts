/**
 * What the shapes of the API are made of. Requests and answers are registered apart, for a default makes a field optional in the
 * one and certain in the other.
 */
import { z } from 'zod';

export const requestSchemas = z.registry<{ id: string; description?: string }>();
export const answerSchemas = z.registry<{ id: string; description?: string }>();

export const severity = z.enum(['low', 'medium', 'high', 'critical']);
export const id = (pattern: RegExp, expected: string) => z.string().regex(pattern, `expected ${expected}`);

export const domainName = id(/^[a-z0-9][a-z0-9_-]{0,63}$/, 'lower-case letters, digits, - and _');
export const flagId = id(/^[0-9a-f]{32}$/, '32 hex digits');
export const dropId = id(/^[a-z]-[0-9a-f]{20}$/, 'a letter, - and 20 hex digits');
export const instant = z.iso.datetime({ offset: true, error: 'expected a time like 2026-01-31T08:00:00Z' });
export const cursor = z.string().min(1).max(2_048).describe('`next` of the page before');
export const limit = z.coerce.number().int().min(1).max(500).default(100).describe('Items to a page');

/** In a query. */
export const pii = z
  .enum(['true', 'false'], 'expected true or false')
  .default('false')
  .transform((text) => text === 'true')
  .describe(
    '`true`: personal data as it is, not masked. Needs `read_pii`; each such read is an act in the log',
  );

export const shown = z.union([z.string(), z.number(), z.boolean(), z.null()]);
