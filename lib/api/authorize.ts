/**
 * Who calls, and what the call may concern. First the token and its roles, then the domain: it is named in the request, or it is
 * that of the thing asked for, or a list is kept to the domains of the caller. A thing of a domain that the caller may not read
 * is not found: its answer is the one for a thing that does not exist.
 */

import type { DomainScope } from '../packs/domain-scope.ts';
import type { ApiEvent } from './api-event.ts';
import type { Endpoint, Subject } from './endpoint.ts';
import { Problem } from './problem.ts';
import { type GroupMap, readCaller } from './read-caller.ts';
import {
  allowedDomains,
  type Caller,
  formatGrants,
  isAllowed,
  type Permission,
  rolesThatMay,
} from './roles.ts';

export interface AccessRules {
  /** Which groups of the issuer are which grants; null: the stack's own pool names its groups as grants. */
  readonly groups: GroupMap | null;
  /** The domain of a thing; null: there is no such thing. */
  readonly domainOf: (subject: Subject, id: string) => Promise<string | null>;
}

/** What a request brings, once its shape is checked. */
interface Input {
  readonly params: unknown;
  readonly query: unknown;
  readonly body: unknown;
}

const noOne: Caller = { sub: '', name: null, grants: [] };

/** The gateway checks tokens; a request without a checked one reaches what is open and no more. */
export function authenticate({ groups }: AccessRules, event: ApiEvent, { permission }: Endpoint): Caller {
  if (permission === null) return noOne;
  const { claims } = event.requestContext.authorizer?.jwt ?? {};
  const caller = readCaller({ claims, authorization: event.headers.authorization }, groups);
  if (caller === null) {
    throw new Problem(401, 'Send a token: Authorization: Bearer …', {
      headers: { 'www-authenticate': 'Bearer' },
    });
  }
  return caller;
}

/** Throws a Problem where the caller may do this in no domain at all. */
export function expectRole(caller: Caller, { permission }: Endpoint): void {
  if (permission === null || allowedDomains(caller, permission).length > 0) return;
  throw denied(caller, permission, null);
}

/** The domains that the request concerns. Throws a Problem where the caller may not do this in the one it names. */
export async function scopeOf(
  rules: AccessRules,
  caller: Caller,
  { permission, domain: source }: Endpoint,
  input: Input,
): Promise<DomainScope> {
  if (permission === null || source === null) return [];
  if (typeof source === 'object') return [await domainOfThing(rules, caller, permission, source.of, input)];
  const named = textOf(source === 'list' ? input.query : input[source], 'domain');
  if (named === undefined) return allowedDomains(caller, permission);
  if (!isAllowed(caller, permission, named)) throw denied(caller, permission, named);
  return [named];
}

export function asksForPersonalData({ query, body }: Pick<Input, 'query' | 'body'>): boolean {
  return [query, body].some(
    (one) => typeof one === 'object' && one !== null && 'pii' in one && one.pii === true,
  );
}

/** Throws a Problem where the caller may not read personal data in every one of the domains. */
export function expectPersonalData(caller: Caller, scope: DomainScope): void {
  const allowed = allowedDomains(caller, 'read_pii');
  if (allowed === 'all' || (scope !== 'all' && scope.every((domain) => allowed.includes(domain)))) return;
  throw denied(caller, 'read_pii', typeof scope === 'string' || scope.length > 1 ? null : scope[0]!);
}

/** The same of one domain, for a file that has them: `holder` is how the refusal begins, such as `The export holds`. */
export function expectPersonalRight(caller: Caller, domain: string, holder: string): void {
  if (isAllowed(caller, 'read_pii', domain)) return;
  const roles = rolesThatMay('read_pii').join(', ');
  throw new Problem(403, `${holder} personal data of ${domain}. Reading it is for: ${roles}.`, {
    denial: { domain },
  });
}

async function domainOfThing(
  { domainOf }: AccessRules,
  caller: Caller,
  permission: Permission,
  subject: Subject,
  { params }: Input,
): Promise<string> {
  const id = textOf(params, 'id') ?? '';
  const domain = await domainOf(subject, id);
  if (domain === null || !isAllowed(caller, 'read', domain)) {
    const detail = `There is no ${NAMES[subject]} ${id}.`;
    throw new Problem(404, detail, domain === null ? {} : { denial: { domain } });
  }
  if (!isAllowed(caller, permission, domain)) throw denied(caller, permission, domain);
  return domain;
}

const NAMES: Readonly<Record<Subject, string>> = {
  flag: 'flag',
  case: 'case',
  review: 'review',
  blind: 'record up for blind review',
  drop: 'drop',
  labels: 'labels file',
  retraining: 'retraining',
  export: 'export',
  erasure: 'erasure',
};

function denied(caller: Caller, permission: Permission, domain: string | null): Problem {
  const roles = rolesThatMay(permission).join(', ');
  const where = domain === null ? '' : ` of ${domain}`;
  return new Problem(403, `This is for: ${roles}${where}. Your roles: ${formatGrants(caller)}.`, {
    denial: { domain },
  });
}

function textOf(value: unknown, key: string): string | undefined {
  if (typeof value !== 'object' || value === null || !(key in value)) return undefined;
  const found = (value as Readonly<Record<string, unknown>>)[key];
  return typeof found === 'string' ? found : undefined;
}
