/**
 * The session: tokens in memory and nowhere else, renewed before they end. A reload signs in again, which the issuer's own session makes
 * silent.
 */
import { signal } from '@preact/signals';
import { findIssuer } from './config.ts';
import { askForTokens, authorizeUrl, CHANNEL, exchange, type Tokens } from './enter.ts';
import { newAttempt } from './pkce.ts';

const EARLY_MS = 60_000;

const tokens = signal<Tokens | null>(null);
/** It ended while someone was at work: the page stays, and asks for a sign-in over it. */
export const ended = signal(false);

export function bearer(): string | null {
  return tokens.value?.id ?? null;
}

let timer: ReturnType<typeof setTimeout> | undefined;

/** From here on the page acts with these. */
export function takeTokens(given: Tokens): void {
  tokens.value = { ...given, refresh: given.refresh ?? tokens.value?.refresh ?? null };
  clearTimeout(timer);
  const left = given.expiresAt - Date.now() - EARLY_MS;
  timer = setTimeout(() => void renew().catch(() => false), Math.max(0, left));
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
  takeTokens(await exchange(await answer, attempt.verifier));
  ended.value = false;
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
  const given = await askForTokens({ grant_type: 'refresh_token', refresh_token: refresh });
  if (given !== null) takeTokens(given);
  return given !== null;
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
