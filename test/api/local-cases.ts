/** Cases for tests of the API: flags put into the table, and lists of the cases that they make. */
import type { Severity } from '../../lib/packs/pack.ts';
import { flagOf } from '../helpers/flags.ts';
import { api, call } from './local-api.ts';

/** Domains of tests have no packs, so that all of a record counts as personal. */
export const groups = '[officer read_pii]';
let made = 0;

/** `[entity, score, severity]` of each. */
export async function putFlags(
  domain: string,
  specs: readonly (readonly [string, number, Severity | null])[],
) {
  const flags = specs.map(([entity, score, severity]) => flagOf(made++, { domain, entity, score, severity }));
  await api.flags.putFlags(flags);
  return flags;
}

export const list = async (query: string, spec = {}) =>
  (await call(`GET /v1/cases?${query}&pii=true`, { groups, ...spec })).json;
