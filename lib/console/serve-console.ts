/**
 * The console's files over HTTP: an event of the HTTP API in, a response out. Every address that is a page of the console gives the
 * same page, which reads the address itself. The page's policy lets it load nothing but its own files, and connect to the API, the
 * issuer and the buckets only.
 */
import type { APIGatewayProxyStructuredResultV2 } from 'aws-lambda';
import type { ConsoleFile, ConsoleFiles } from './console-files.ts';

export interface ConsoleSettings {
  /** As browsers reach it. */
  readonly issuer: string;
  /** The console's client at the issuer. */
  readonly client: string;
  /** Origins that the page may connect to, beside its own. */
  readonly origins: readonly string[];
}

/** The part of an event that is read here. */
export interface ConsoleRequest {
  readonly rawPath: string;
  readonly headers: Readonly<Record<string, string | undefined>>;
}

const FILES = '/console/';
/** The places of a domain, sign-in, and the way there. */
const PAGE =
  /^\/(|sign-in|signed-out|[a-z0-9][a-z0-9_-]{0,63}(\/(queue|cases|blind|drops|models|monitoring|audit)(\/[^/]+)?)?\/?)$/;
const FOR_EVER = 'public, max-age=31536000, immutable';
const ASK_AGAIN = 'no-cache';

export function serveConsole(
  files: ConsoleFiles,
  settings: ConsoleSettings,
  { rawPath: path, headers }: ConsoleRequest,
): APIGatewayProxyStructuredResultV2 {
  const zips = /\bgzip\b/i.test(headers['accept-encoding'] ?? '');
  if (path === `${FILES}config.json`) return config(settings);
  const page = files.get('index.html')!;
  if (path.startsWith(FILES)) {
    const file = files.get(path.slice(FILES.length));
    if (file === undefined || file === page) return plain(404, 'There is no such file.\n');
    return respond(200, file, zips, { 'cache-control': FOR_EVER });
  }
  const status = PAGE.test(path) ? 200 : 404;
  return respond(status, page, zips, { 'cache-control': ASK_AGAIN, ...pageHeaders(settings) });
}

/** What the page needs to know before anyone has signed in. */
function config({ issuer, client }: ConsoleSettings): APIGatewayProxyStructuredResultV2 {
  return {
    statusCode: 200,
    headers: { ...COMMON, 'content-type': 'application/json', 'cache-control': ASK_AGAIN },
    body: JSON.stringify({ issuer, client }),
  };
}

const COMMON = {
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cross-origin-resource-policy': 'same-origin',
  'strict-transport-security': 'max-age=31536000',
} as const;

function pageHeaders({ origins }: ConsoleSettings): Record<string, string> {
  const policy = [
    "default-src 'self'",
    `connect-src ${["'self'", ...new Set(origins)].join(' ')}`,
    "object-src 'none'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
    "require-trusted-types-for 'script'",
    "trusted-types 'none'",
  ];
  return {
    'content-security-policy': policy.join('; '),
    'permissions-policy': 'camera=(), geolocation=(), microphone=(), payment=(), usb=()',
  };
}

function respond(
  statusCode: number,
  { type, text, zipped }: ConsoleFile,
  zips: boolean,
  headers: Readonly<Record<string, string>>,
): APIGatewayProxyStructuredResultV2 {
  return {
    statusCode,
    headers: {
      ...COMMON,
      'content-type': type,
      vary: 'accept-encoding',
      ...headers,
      ...(zips && { 'content-encoding': 'gzip' }),
    },
    body: zips ? zipped : text,
    isBase64Encoded: zips,
  };
}

function plain(statusCode: number, body: string): APIGatewayProxyStructuredResultV2 {
  return {
    statusCode,
    headers: { ...COMMON, 'content-type': 'text/plain; charset=utf-8', 'cache-control': 'no-store' },
    body,
  };
}
