/** Where people sign in: what the console's function says, and what the issuer says of itself. */

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

async function readIssuer(): Promise<Issuer> {
  const { issuer, client } = (await readJson('/console/config.json')) as { issuer: string; client: string };
  const found = (await readJson(`${issuer}/.well-known/openid-configuration`)) as Record<string, string>;
  const { authorization_endpoint: authorize, token_endpoint: token } = found;
  if (authorize === undefined || token === undefined)
    throw new Error(`${issuer} does not say where people sign in`);
  return { client, authorize, token, endSession: found.end_session_endpoint ?? null };
}

async function readJson(url: string): Promise<unknown> {
  const answer = await fetch(url);
  if (!answer.ok) throw new Error(`${url} answered ${answer.status}`);
  return await answer.json();
}
