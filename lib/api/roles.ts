/**
 * Who may what. A token's groups in, whether they allow something out. Someone without a group of ours may nothing at all.
 */

import { identityKind } from '../person.ts';

/** What each role may do. Whoever adds an endpoint names one of these; whoever adds a role says here what it may. */
const MAY = {
  viewer: ['read'],
  officer: ['read', 'score', 'upload', 'review'],
  approver: ['read', 'retrain', 'approve', 'roll_back'],
  admin: ['read', 'score', 'upload', 'review', 'retrain', 'approve', 'roll_back'],
} as const;

export type Role = keyof typeof MAY;
export type Permission = (typeof MAY)[Role][number];
const ROLES = Object.keys(MAY) as Role[];

export interface Caller {
  /** The token's subject: an opaque id. */
  readonly sub: string;
  readonly roles: readonly Role[];
}

export function isAllowed(caller: Caller, permission: Permission): boolean {
  return caller.roles.some((role) => (MAY[role] as readonly Permission[]).includes(permission));
}

/** The roles that may do it, in the order of the table. */
export function rolesThatMay(permission: Permission): Role[] {
  return ROLES.filter((role) => (MAY[role] as readonly Permission[]).includes(permission));
}

/**
 * The caller of a token's claims; null where no token was checked. Cognito puts groups into `cognito:groups`, other issuers
 * into `groups`. An HTTP API hands a list on as the text `[a b]`; others as a list, as JSON, or with commas.
 */
export function callerOf(claims: Readonly<Record<string, unknown>> | undefined): Caller | null {
  const sub = claims?.sub;
  if (claims === undefined || typeof sub !== 'string' || sub === '') return null;
  // Acts are known by who did them: a token may not speak for an AWS identity, nor for Assay.
  if (identityKind(sub) !== 'token') return { sub, roles: [] };
  const groups = new Set(groupNames(claims['cognito:groups'] ?? claims.groups));
  return { sub, roles: ROLES.filter((role) => groups.has(role)) };
}

function groupNames(claim: unknown): string[] {
  if (Array.isArray(claim)) return claim.filter((name) => typeof name === 'string');
  if (typeof claim !== 'string') return [];
  const text = claim.trim().replace(/^\[(.*)\]$/s, '$1');
  return text.split(/[\s,]+/).map((name) => name.replace(/^"(.*)"$/s, '$1'));
}
