/**
 * The caller of a request, from the claims of the token that the gateway has checked. Groups become grants in one of two ways:
 *
 *     the stack's own Cognito pool    groups are named as grants: `officer`, `officer:finance`
 *     an issuer of your own           the settings say which of its groups are which grants; no other group counts
 *
 * An HTTP API writes a list as the text `[a b c]`. Cognito allows no blank in a name, so that text can be split. Other issuers
 * allow blanks ("Payroll admin"): their text is never split, the list is read from the token itself.
 */
import { displayName, identityKind } from '../actor.ts';
import { type Caller, type Grant, parseGrant } from './roles.ts';

/** An issuer's group, and the grants that it stands for. */
export type GroupMap = ReadonlyMap<string, readonly Grant[]>;

export interface CheckedToken {
  readonly claims: Readonly<Record<string, unknown>> | undefined;
  /** The header of the request. */
  readonly authorization: string | undefined;
}

/** Null where no token was checked. `groups` null: the stack's own pool signs the tokens. */
export function readCaller({ claims, authorization }: CheckedToken, groups: GroupMap | null): Caller | null {
  const sub = claims?.sub;
  if (claims === undefined || typeof sub !== 'string' || sub === '') return null;
  // Acts are known by their actor: a token may not speak for an AWS identity, nor for Assay.
  if (identityKind(sub) !== 'token') return { sub, name: null, grants: [] };
  const authTime = Number(claims.auth_time);
  const named = {
    sub,
    name: nameIn(claims, sub),
    ...(claims.auth_time !== undefined && Number.isSafeInteger(authTime) && { authTime }),
  };
  if (groups === null)
    return { ...named, grants: distinct(poolGroups(claims['cognito:groups']).map(parseGrant)) };
  const name = claims['cognito:groups'] === undefined ? 'groups' : 'cognito:groups';
  const names = issuerGroups(claims[name], tokenClaims(authorization, sub)?.[name]);
  return { ...named, grants: distinct(names.flatMap((one) => groups.get(one) ?? [])) };
}

const NAME_CLAIMS = ['name', 'email', 'preferred_username', 'cognito:username', 'username'];

/** The first of the claims that name a person; the subject itself is no name. */
function nameIn(claims: Readonly<Record<string, unknown>>, sub: string): string | null {
  const names = NAME_CLAIMS.map((claim) => displayName(claims[claim]));
  return names.find((name) => name !== null && name !== sub) ?? null;
}

function poolGroups(claim: unknown): string[] {
  if (typeof claim !== 'string') return texts(claim);
  return claim.replace(/^\[(.*)\]$/s, '$1').split(/\s+/);
}

/** `own` is the same claim as the token has it. None where the gateway's text cannot be distinguished into names. */
function issuerGroups(claim: unknown, own: unknown): string[] {
  if (typeof claim !== 'string') return texts(claim);
  if (Array.isArray(own) && claim === `[${own.join(' ')}]`) return texts(own);
  if (own === claim) return [claim];
  const name = claim.replace(/^\[(.*)\]$/s, '$1');
  return /[\s",]/.test(name) ? [] : [name];
}

function texts(claim: unknown): string[] {
  return Array.isArray(claim) ? claim.filter((name) => typeof name === 'string') : [];
}

/** The claims of the one token in the header, which the gateway has checked; null where that is not the token of `sub`. */
function tokenClaims(
  authorization: string | undefined,
  sub: string,
): Readonly<Record<string, unknown>> | null {
  const [, payload] = /^(?:Bearer )?[\w-]+\.([\w-]+)\.[\w-]+$/i.exec(authorization ?? '') ?? [];
  if (payload === undefined) return null;
  try {
    const claims: unknown = JSON.parse(Buffer.from(payload, 'base64url').toString('utf8'));
    const isOurs = typeof claims === 'object' && claims !== null && 'sub' in claims && claims.sub === sub;
    return isOurs ? (claims as Record<string, unknown>) : null;
  } catch {
    return null;
  }
}

function distinct(grants: readonly (Grant | null)[]): Grant[] {
  const known = grants.filter((grant) => grant !== null);
  return [...new Map(known.map((grant) => [`${grant.role}:${grant.domain}`, grant])).values()];
}
