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

/** Stored over the redirect and read once, of the same issuer: it is not asked twice for one sign-in. */
const STORED = 'assay.issuer';

async function readIssuer(): Promise<Issuer> {
  const [issuer, client] = [inPage('assay-issuer'), inPage('assay-client')];
  const stored = sessionStorage.getItem(STORED);
  sessionStorage.removeItem(STORED);
  const saved = stored === null ? null : (JSON.parse(stored) as { issuer?: string; text: string });
  const isOwn = saved?.issuer === issuer;
  const text = isOwn ? saved.text : await readText(`${issuer}/.well-known/openid-configuration`);
  const found = JSON.parse(text) as Record<string, string>;
  const { authorization_endpoint: authorize, token_endpoint: token } = found;
  if (authorize === undefined || token === undefined)
    throw new Error(`${issuer} does not say where people sign in`);
  if (!isOwn) sessionStorage.setItem(STORED, JSON.stringify({ issuer, text }));
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
