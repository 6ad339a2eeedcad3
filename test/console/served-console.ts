/**
 * The console in one process: its page as the stack serves it, the API's function itself, and a small issuer of tokens. What a
 * gateway does between them (checking tokens, throttling) the tests of the stack have; everything else is real.
 */
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import type { APIGatewayProxyStructuredResultV2 as Answer } from 'aws-lambda';
import type { ApiEvent } from '../../lib/api/api-event.ts';
import { readConsole } from '../../lib/console/console-files.ts';
import { serveConsole } from '../../lib/console/serve-console.ts';
import { buildConsole } from '../../lib/stack/bundle-console.ts';
import { apiEvent } from '../helpers/api-event.ts';

/** Who signs in: named by a cookie, as a test's browser has it. */
export interface Person {
  readonly name: string;
  readonly groups: readonly string[];
}

export interface ServedConsole {
  readonly origin: string;
  close(): Promise<void>;
}

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

export async function serveConsoleWith(
  handler: (event: ApiEvent) => Promise<Answer>,
  people: Readonly<Record<string, Person>>,
  origins: readonly string[] = [],
): Promise<ServedConsole> {
  const folder = await mkdtemp(join(tmpdir(), 'assay-console-'));
  await buildConsole(ROOT, folder);
  const built = readConsole(pathToFileURL(join(folder, 'app', 'functions', 'console/')));
  await rm(folder, { recursive: true });
  const codes = new Map<string, string>();
  let origin = '';
  const answer = async (request: IncomingMessage): Promise<Answer> => {
    const url = new URL(request.url ?? '/', origin);
    if (url.pathname.startsWith('/v1/')) return await handler(await eventOf(request, url));
    const issued = issue(url, await bodyOf(request), { codes, people, origin, request });
    const settings = { issuer: origin, client: 'console', origins };
    return issued ?? serveConsole(built, settings, { rawPath: url.pathname, headers: headersOf(request) });
  };
  const server = createServer((request, response) => {
    answer(request).then(
      (given) => send(response, given),
      (error: unknown) => send(response, { statusCode: 500, body: String(error) }),
    );
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const close = () =>
    new Promise<void>((resolve) => {
      server.closeAllConnections();
      server.close(() => resolve());
    });
  return { origin, close };
}

interface Issuing {
  readonly codes: Map<string, string>;
  readonly people: Readonly<Record<string, Person>>;
  readonly origin: string;
  readonly request: IncomingMessage;
}

/** OpenID Connect as far as the console goes; undefined: it is no address of the issuer's. */
function issue(url: URL, body: string, { codes, people, origin, request }: Issuing): Answer | undefined {
  switch (url.pathname) {
    case '/.well-known/openid-configuration':
      return json(200, { authorization_endpoint: `${origin}/authorize`, token_endpoint: `${origin}/token` });
    case '/authorize': {
      const code = randomBytes(8).toString('hex');
      codes.set(code, /person=([a-z_-]+)/.exec(request.headers.cookie ?? '')?.[1] ?? '');
      const location = `${url.searchParams.get('redirect_uri')}?code=${code}&state=${url.searchParams.get('state')}`;
      return { statusCode: 302, headers: { location } };
    }
    case '/token': {
      const id = codes.get(new URLSearchParams(body).get('code') ?? '');
      const person = people[id ?? ''];
      return person === undefined ? json(400, {}) : json(200, { id_token: tokenOf(id!, person) });
    }
    default:
      return undefined;
  }
}

function tokenOf(sub: string, { name, groups }: Person): string {
  const now = Math.floor(Date.now() / 1000);
  const claims = { sub, name, groups, auth_time: now, exp: now + 3600 };
  return ['{}', JSON.stringify(claims), ''].map((part) => Buffer.from(part).toString('base64url')).join('.');
}

async function eventOf(request: IncomingMessage, url: URL): Promise<ApiEvent> {
  const [, payload = ''] = (request.headers.authorization ?? '').split('.');
  const claims = JSON.parse(Buffer.from(payload, 'base64url').toString() || '{}') as {
    sub?: string;
    name?: string;
    groups?: string[];
    auth_time?: number;
  };
  const body = await bodyOf(request);
  const { sub, name, groups = [], auth_time: authTime } = claims;
  return apiEvent(`${request.method} ${url.pathname}${url.search}`, {
    ...(body !== '' && { body }),
    ...(sub !== undefined && { sub }),
    ...(name !== undefined && { name }),
    ...(authTime !== undefined && { authTime }),
    groups: `[${groups.join(' ')}]`,
    headers: headersOf(request),
  });
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const parts: Buffer[] = [];
  for await (const part of request) parts.push(part as Buffer);
  return Buffer.concat(parts).toString('utf8');
}

function headersOf({ headers }: IncomingMessage): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, String(value)]));
}

function send(response: ServerResponse, { statusCode = 200, headers, body, isBase64Encoded }: Answer): void {
  response.writeHead(statusCode, headers as Record<string, string>);
  response.end(isBase64Encoded === true ? Buffer.from(body ?? '', 'base64') : body);
}

function json(statusCode: number, body: object): Answer {
  return { statusCode, headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) };
}
