/** Where people sign in: what the page says, and what the issuer says of itself. */

export interface Issuer {
  readonly client: string;
  readonly authorize: string;
  readonly token: string;
  /** Null: the issuer knows no sign-out of its own. */
  readonly endSession: string | null;
}

let known: Promise<Issuer> | undefined;

/** Asked for once; a failure is asked again. */
export function findIssuer(): Promise<Issuer> {
  known ??= readIssuer().catch((error: unknown) => {
    known = undefined;
    throw error;
  });
  return known;
}

/** Stored while the window is open, for an hour: every page that is opened in it signs in. */
const STORED = 'assay.issuer';
const FRESH_MS = 3_600_000;

interface Saved {
  readonly issuer: string;
  readonly text: string;
  readonly at: number;
}

async function readIssuer(): Promise<Issuer> {
  const [issuer, client] = [inPage('assay-issuer'), inPage('assay-client')];
  const stored = sessionStorage.getItem(STORED);
  const saved = stored === null ? null : (JSON.parse(stored) as Saved);
  const isFresh = saved?.issuer === issuer && Date.now() - saved.at < FRESH_MS;
  const text = isFresh ? saved.text : await readText(`${issuer}/.well-known/openid-configuration`);
  const found = JSON.parse(text) as Record<string, string>;
  const { authorization_endpoint: authorize, token_endpoint: token } = found;
  if (authorize === undefined || token === undefined)
    throw new Error(`${issuer} does not say where people sign in`);
  if (!isFresh) sessionStorage.setItem(STORED, JSON.stringify({ issuer, text, at: Date.now() }));
  return { client, authorize, token, endSession: found.end_session_endpoint ?? null };
}

function inPage(name: string): string {
  return document.querySelector<HTMLMetaElement>(`meta[name="${name}"]`)?.content ?? '';
}

async function readText(url: string): Promise<string> {
  const answer = await fetch(url);
  if (!answer.ok) throw new Error(`${url} answered ${answer.status}`);
  return await answer.text();
}
