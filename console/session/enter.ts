/**
 * The way in, with nothing of the page: leaves for the issuer, and comes back with tokens. What is stored, until it is used, is the verifier
 * of a sign-in that is under way.
 */
import { findIssuer } from './config.ts';
import { type Attempt, challengeOf, claimsOf, newAttempt } from './pkce.ts';

export interface Tokens {
  readonly id: string;
  /** Null: the issuer gave none. */
  readonly refresh: string | null;
  /** Milliseconds since 1970. */
  readonly expiresAt: number;
}

/** What became of an address that was opened: of it, or on the way back to it. */
export type Way =
  | { readonly kind: 'leaving' }
  /** The window beside has handed back its code. */
  | { readonly kind: 'beside' }
  | { readonly kind: 'entered'; readonly tokens: Tokens; readonly returnTo: string };

const STORED = 'assay.sign-in';
export const CHANNEL = 'assay.sign-in';
const SCOPE = 'openid email profile';

/** Tokens are in memory and nowhere else: a page that is opened has none. Throws what the issuer says went wrong. */
export async function enter({ pathname, search }: Pick<Location, 'pathname' | 'search'>): Promise<Way> {
  const query = new URLSearchParams(search);
  const isBack = pathname === '/sign-in';
  if (!isBack || query.size === 0) {
    await signIn(isBack ? '/' : `${pathname}${search}`);
    return { kind: 'leaving' };
  }
  if (handBack(query)) return { kind: 'beside' };
  const { verifier, returnTo, code } = takeAttempt(query);
  return { kind: 'entered', tokens: await exchange(code, verifier), returnTo };
}

/** Leaves the page for the issuer's; comes back to `returnTo`. */
export async function signIn(returnTo: string): Promise<void> {
  const attempt = newAttempt(returnTo);
  sessionStorage.setItem(STORED, JSON.stringify(attempt));
  location.assign(await authorizeUrl(attempt));
}

function takeAttempt(query: URLSearchParams): Attempt & { readonly code: string } {
  const stored = sessionStorage.getItem(STORED);
  sessionStorage.removeItem(STORED);
  const problem = query.get('error_description') ?? query.get('error');
  if (problem !== null) throw new Error(problem);
  const attempt = stored === null ? null : (JSON.parse(stored) as Attempt);
  const code = query.get('code');
  if (attempt === null || code === null || query.get('state') !== attempt.state) {
    throw new Error('This sign-in was not begun in this window.');
  }
  return { ...attempt, code };
}

/** Run by the window beside: hands its code to the page that opened it, which alone has the verifier. */
function handBack(query: URLSearchParams): boolean {
  const [state, code] = [query.get('state'), query.get('code')];
  if (sessionStorage.getItem(STORED) !== null || state === null || code === null) return false;
  const channel = new BroadcastChannel(CHANNEL);
  channel.postMessage({ state, code });
  channel.close();
  window.close();
  return true;
}

export async function authorizeUrl({ state, verifier }: Attempt, fresh = false): Promise<string> {
  const { authorize, client } = await findIssuer();
  const url = new URL(authorize);
  const parameters = {
    response_type: 'code',
    client_id: client,
    redirect_uri: redirectUri(),
    scope: SCOPE,
    state,
    code_challenge: await challengeOf(verifier),
    code_challenge_method: 'S256',
    ...(fresh && { prompt: 'login', max_age: '0' }),
  };
  for (const [name, value] of Object.entries(parameters)) url.searchParams.set(name, value);
  return url.href;
}

export async function exchange(code: string, verifier: string): Promise<Tokens> {
  const given = await askForTokens({
    grant_type: 'authorization_code',
    code,
    code_verifier: verifier,
    redirect_uri: redirectUri(),
  });
  if (given === null) throw new Error('The issuer gave no token for this sign-in.');
  return given;
}

/** Null: the issuer gives none for this. */
export async function askForTokens(parameters: Readonly<Record<string, string>>): Promise<Tokens | null> {
  const { token, client } = await findIssuer();
  const body = new URLSearchParams({ client_id: client, ...parameters });
  const answer = await fetch(token, { method: 'POST', body });
  if (!answer.ok) return null;
  const { id_token: id, refresh_token: refresh = null } = (await answer.json()) as {
    id_token?: string;
    refresh_token?: string;
  };
  const claims = id === undefined ? null : claimsOf(id);
  if (id === undefined || claims === null) return null;
  const seconds = typeof claims.exp === 'number' ? claims.exp : Date.now() / 1000 + 300;
  return { id, refresh, expiresAt: seconds * 1000 };
}

function redirectUri(): string {
  return `${location.origin}/sign-in`;
}
