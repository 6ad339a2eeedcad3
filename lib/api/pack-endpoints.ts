/** What a domain watches. See endpoints.ts. */
import { z } from 'zod';
import { type Endpoint, get, ok } from './endpoint.ts';
import { PackAnswer, PackTexts, PackTextsQuery } from './pack-schemas.ts';
import { domainName } from './schema-parts.ts';

export const PACK_ENDPOINTS = {
  getPack: {
    ...get,
    path: '/v1/packs/{domain}',
    summary: 'Read what a domain watches: columns, features, rules, review policy',
    tag: 'Packs',
    permission: 'read',
    domain: 'params',
    params: z.strictObject({ domain: domainName }),
    answer: ok(PackAnswer),
  },
  getPackTexts: {
    ...get,
    path: '/v1/packs/{domain}/texts',
    summary: 'Read what a pack says in another language: names of columns, facts, rules, reasons',
    tag: 'Packs',
    permission: 'read',
    domain: 'params',
    params: z.strictObject({ domain: domainName }),
    query: PackTextsQuery,
    answer: ok(PackTexts),
  },
} as const satisfies Record<string, Endpoint>;
