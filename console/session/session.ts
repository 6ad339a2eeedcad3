/**
 * The session: tokens in memory and nowhere else, renewed before they end. A reload signs in again, which the issuer's own session makes
 * silent. What is stored, until it is used, is the verifier of a sign-in that is under way.
 */
import { computed, signal } from '@preact/signals';
import { findIssuer } from './config.ts';
import { type Attempt, challengeOf, claimsOf, newAttempt } from './pkce.ts';

interface Tokens {
  readonly id: string;
  readonly refresh: string | null;
  /** Milliseconds since 1970. */
  readonly expiresAt: number;
  /** When the person last proved who they are, in seconds since 1970. */
  readonly authTime: number | null;
}

const STORED = 'assay.sign-in';
const CHANNEL = 'assay.sign-in';
const EARLY_MS = 60_000;
const SCOPE = 'openid email profile';

const tokens = signal<Tokens | null>(null);
/** It ended while someone was at work: the page stays, and asks for a sign-in over it. */
export const ended = signal(false);
export const isSignedIn = computed(() => tokens.value !== null);

export function bearer(): string | null {
  return tokens.value?.id ?? null;
}

/** Leaves the page for the issuer's; comes back to `returnTo`. */
export async function signIn(returnTo: string): Promise<void> {
  const attempt = newAttempt(returnTo);
  sessionStorage.setItem(STORED, JSON.stringify(attempt));
  location.assign(await authorizeUrl(attempt));
}

/** On the way back: the address to go to. Throws what the issuer says went wrong. */
export async function finishSignIn(query: URLSearchParams): Promise<string> {
  const stored = sessionStorage.getItem(STORED);
  sessionStorage.removeItem(STORED);
  const problem = query.get('error_description') ?? query.get('error');
  if (problem !== null) throw new Error(problem);
  const attempt = stored === null ? null : (JSON.parse(stored) as Attempt);
  const code = query.get('code');
  if (attempt === null || code === null || query.get('state') !== attempt.state) {
    throw new Error('This sign-in was not begun in this window.');
  }
  await exchange(code, attempt.verifier);
  return attempt.returnTo;
}

/**
 * Signs in again in a window of its own, with the page as it is. `fresh`: with password and second factor, whatever session the issuer
 * has. Resolves to false where the window could not be opened.
 */
export async function signInBeside(fresh: boolean): Promise<boolean> {
  // Opened before anything is awaited: browsers allow it only for a click or key.
  const beside = window.open('about:blank', 'assay-sign-in', 'popup,width=520,height=720');
  if (beside === null) return false;
  const attempt = newAttempt('');
  const answer = codeFromBeside(attempt.state);
  beside.location.href = await authorizeUrl(attempt, fresh);
  await exchange(await answer, attempt.verifier);
  ended.value = false;
  return true;
}

/** Run by the window beside: hands its code to the page that opened it, which alone has the verifier. */
export function handBack(query: URLSearchParams): boolean {
  const [state, code] = [query.get('state'), query.get('code')];
  if (sessionStorage.getItem(STORED) !== null || state === null || code === null) return false;
  const channel = new BroadcastChannel(CHANNEL);
  channel.postMessage({ state, code });
  channel.close();
  window.close();
  return true;
}

function codeFromBeside(state: string): Promise<string> {
  return new Promise((resolve) => {
    const channel = new BroadcastChannel(CHANNEL);
    channel.onmessage = ({ data }: MessageEvent<{ state: string; code: string }>) => {
      if (data.state !== state) return;
      channel.close();
      resolve(data.code);
    };
  });
}

/** True: there is a token again. */
export async function renew(): Promise<boolean> {
  const refresh = tokens.value?.refresh ?? null;
  if (refresh === null) return false;
  const { client } = await findIssuer();
  return await ask({ grant_type: 'refresh_token', client_id: client, refresh_token: refresh });
}

/** Ends the session here and at the issuer. */
export async function signOut(): Promise<void> {
  const { endSession, client } = await findIssuer();
  const hint = bearer();
  tokens.value = null;
  const back = `${location.origin}/signed-out`;
  if (endSession === null) return location.assign(back);
  const url = new URL(endSession);
  // Cognito asks for the first two, OpenID Connect (RP-initiated logout) for the others.
  url.searchParams.set('client_id', client);
  url.searchParams.set('logout_uri', back);
  url.searchParams.set('post_logout_redirect_uri', back);
  if (hint !== null) url.searchParams.set('id_token_hint', hint);
  location.assign(url);
}

async function authorizeUrl({ state, verifier }: Attempt, fresh = false): Promise<string> {
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

async function exchange(code: string, verifier: string): Promise<void> {
  const { client } = await findIssuer();
  const given = await ask({
    grant_type: 'authorization_code',
    client_id: client,
    code,
    code_verifier: verifier,
    redirect_uri: redirectUri(),
  });
  if (!given) throw new Error('The issuer gave no token for this sign-in.');
}

async function ask(parameters: Readonly<Record<string, string>>): Promise<boolean> {
  const { token } = await findIssuer();
  const answer = await fetch(token, { method: 'POST', body: new URLSearchParams(parameters) });
  if (!answer.ok) return false;
  const given = (await answer.json()) as { id_token?: string; refresh_token?: string };
  const claims = given.id_token === undefined ? null : claimsOf(given.id_token);
  if (given.id_token === undefined || claims === null) return false;
  const seconds = typeof claims.exp === 'number' ? claims.exp : Date.now() / 1000 + 300;
  tokens.value = {
    id: given.id_token,
    refresh: given.refresh_token ?? tokens.value?.refresh ?? null,
    expiresAt: seconds * 1000,
    authTime: typeof claims.auth_time === 'number' ? claims.auth_time : null,
  };
  renewLater();
  return true;
}

let timer: ReturnType<typeof setTimeout> | undefined;

function renewLater(): void {
  clearTimeout(timer);
  const { expiresAt = 0 } = tokens.value ?? {};
  timer = setTimeout(() => void renew().catch(() => false), Math.max(0, expiresAt - Date.now() - EARLY_MS));
}

function redirectUri(): string {
  return `${location.origin}/sign-in`;
}
