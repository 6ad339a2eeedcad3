/**
 * Who may do what, and in which domain. A person holds grants: a role in one domain (`officer:finance`) or in every domain
 * (`officer`). Without a grant of ours a person has no permissions.
 */
import type { DomainScope } from '../packs/domain-scope.ts';

/** What each role may do. `read_pii` is a right of its own: no role includes it, and alone it reads nothing. */
const MAY = {
  viewer: ['read'],
  /** For auditors and authorities: reads as a viewer, acts on nothing, and sees no personal data, whatever else is granted. */
  inspector: ['read'],
  officer: ['read', 'score', 'upload', 'review'],
  approver: ['read', 'retrain', 'approve', 'roll_back'],
  admin: ['read', 'score', 'upload', 'review', 'retrain', 'approve', 'roll_back', 'stop', 'administer'],
  read_pii: ['read_pii'],
} as const;

export type Role = keyof typeof MAY;
export type Permission = (typeof MAY)[Role][number];
export const ROLES = Object.keys(MAY) as Role[];

/** A role in one domain; `domain` null: in every domain, those added later included. */
export interface Grant {
  readonly role: Role;
  readonly domain: string | null;
}

export interface Caller {
  /** The token's subject: an opaque id. */
  readonly sub: string;
  /** As the token says it; null: it says none. */
  readonly name: string | null;
  readonly grants: readonly Grant[];
  /** When the person signed in, in seconds since 1970; absent: the token does not say. */
  readonly authTime?: number;
}

/** `officer` or `officer:finance`; null: neither. A domain is matched as it is written in its pack, in lower case. */
export function parseGrant(text: string): Grant | null {
  const [, name, domain] = /^([a-z_]+)(?::([a-z0-9][a-z0-9_-]{0,63}))?$/.exec(text) ?? [];
  const role = ROLES.find((one) => one === name);
  return role === undefined ? null : { role, domain: domain ?? null };
}

export function formatGrants(caller: Caller): string {
  return grantTexts(caller).join(' ') || 'none';
}

export function grantTexts({ grants }: Caller): string[] {
  return grants.map(({ role, domain }) => (domain === null ? role : `${role}:${domain}`));
}

/** Each permission that the caller has somewhere, with the domains in which; null: in every one. */
export function permissionsOf(caller: Caller): Record<string, string[] | null> {
  const permissions = [...new Set(Object.values(MAY).flat())];
  const found = permissions.map((permission) => [permission, allowedDomains(caller, permission)] as const);
  return Object.fromEntries(
    found
      .filter(([, domains]) => domains.length > 0)
      .map(([permission, domains]) => [permission, domains === 'all' ? null : [...domains]]),
  );
}

export function isAllowed(caller: Caller, permission: Permission, domain: string): boolean {
  return grantsFor(caller, permission).some((grant) => grant.domain === null || grant.domain === domain);
}

/** The domains in which the caller may do it: an empty list where there is none. */
export function allowedDomains(caller: Caller, permission: Permission): DomainScope {
  const domains = grantsFor(caller, permission).map(({ domain }) => domain);
  return domains.includes(null) ? 'all' : [...new Set(domains)].filter((domain) => domain !== null).sort();
}

/** The roles that may do it, in the order of the table. */
export function rolesThatMay(permission: Permission): Role[] {
  return ROLES.filter((role) => may(role, permission));
}

function grantsFor({ grants }: Caller, permission: Permission): Grant[] {
  if (permission !== 'read' && grants.some(({ role }) => role === 'inspector')) return [];
  return grants.filter(({ role }) => may(role, permission));
}

function may(role: Role, permission: Permission): boolean {
  return (MAY[role] as readonly Permission[]).includes(permission);
}
