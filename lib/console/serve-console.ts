/**
 * Serves the console's files over HTTP, by events of the HTTP API. Every address that is a page of the console gives the same page
 * but for what it loads at once, and reads the address itself. The page's policy lets it load nothing but its own files, and connect
 * to the API, the issuer and the buckets only.
 */
import type { APIGatewayProxyStructuredResultV2 } from 'aws-lambda';
import { type BuiltConsole, type ConsoleFile, zip } from './console-files.ts';
import { type ConsoleSettings, pageOf } from './console-page.ts';
import { PLACES } from './places.ts';

/** The part of an event that is read here. */
export interface ConsoleRequest {
  readonly rawPath: string;
  readonly headers: Readonly<Record<string, string | undefined>>;
}

const FILES = '/console/';
/** The places of a domain, sign-in, and the way there. */
const PAGE = new RegExp(
  `^/(|sign-in|signed-out|[a-z0-9][a-z0-9_-]{0,63}(/(cases|${PLACES.join('|')})(/[^/]+)?)?/?)$`,
);
const FOR_EVER = 'public, max-age=31536000, immutable';
const ASK_AGAIN = 'no-cache';

export function serveConsole(
  built: BuiltConsole,
  settings: ConsoleSettings,
  { rawPath: path, headers }: ConsoleRequest,
): APIGatewayProxyStructuredResultV2 {
  const zips = /\bgzip\b/i.test(headers['accept-encoding'] ?? '');
  if (path.startsWith(FILES)) {
    const file = built.files.get(path.slice(FILES.length));
    if (file === undefined) return plain(404, 'There is no such file.\n');
    return respond(200, file, zips, { vary: 'accept-encoding', 'cache-control': FOR_EVER });
  }
  const text = pageOf(built, settings, { path, acceptLanguage: headers['accept-language'] });
  const page = { type: 'text/html; charset=utf-8', text, zipped: zips ? zip(text) : '' };
  return respond(PAGE.test(path) ? 200 : 404, page, zips, {
    vary: 'accept-encoding, accept-language',
    'cache-control': ASK_AGAIN,
    ...pageHeaders(settings),
  });
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
