/**
 * A proxy before the local AWS, for the functions alone: it passes every request on and notes which function asked for what right.
 * A function names itself in the User-Agent (AWS_SDK_UA_APP_ID); a presigned address was signed by the one that presigns.
 */
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { forwardRequest } from './forward-request.ts';
import { type NeededRight, neededRights } from './needed-rights.ts';

export interface RecordedRight extends NeededRight {
  readonly caller: string;
}

export interface CallRecorder {
  /** A GET of it gives the rights so far, as JSON. */
  readonly url: string;
  readonly port: number;
  /** Where requests are passed on to. */
  forwardTo(target: string): void;
  close(): Promise<void>;
}

/** The variable that gives the tests the recorder's `url`. */
export const RECORDER_URL = 'ASSAY_CALL_RECORDER';
const PATH = '/_recorded';
const PRESIGNING = 'api';

export async function startCallRecorder(): Promise<CallRecorder> {
  const recorded = new Map<string, RecordedRight>();
  let target = '';
  const server = createServer((incoming, outgoing) => {
    if (incoming.url === PATH) {
      outgoing.end(JSON.stringify([...recorded.values()]));
      return;
    }
    const caller = callerOf(incoming);
    const body = caller === null ? null : jsonBodyOf(incoming);
    forwardRequest(target, incoming, outgoing, (answer) => {
      outgoing.writeHead(answer.statusCode ?? 500, answer.headers);
      answer.pipe(outgoing);
      if (caller === null) return;
      for (const right of rightsOf(incoming, body?.() ?? '', answer.statusCode ?? 500)) {
        recorded.set(JSON.stringify([caller, right]), { caller, ...right });
      }
    });
  });
  // Longer than the SDK holds a connection that it does not use.
  server.keepAliveTimeout = 120_000;
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  server.unref();
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}${PATH}`,
    port,
    forwardTo: (url) => {
      target = url;
    },
    close: async () => {
      server.closeAllConnections();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}

/** Null: no call of AWS by a function. */
function callerOf({ method, url = '', headers }: IncomingMessage): string | null {
  // A browser asks whether it may call from another origin: the bucket's CORS rules answer, no right.
  if (method === 'OPTIONS') return null;
  // The emulator's own addresses, as of a function's code: on AWS they belong to buckets of Lambda.
  if (url.startsWith('/_ministack/')) return null;
  const named = /\bapp\/(?:assay-([a-z]+(?:-[a-z]+)*)|tests\b)/.exec(headers['user-agent'] ?? '');
  if (named !== null) return named[1] ?? null;
  if (url.includes('X-Amz-Signature=')) return PRESIGNING;
  return headers.authorization?.startsWith('AWS4-') === true ? 'unnamed' : null;
}

function jsonBodyOf(incoming: IncomingMessage): (() => string) | null {
  if (incoming.headers['x-amz-target'] === undefined) return null;
  const chunks: Buffer[] = [];
  incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
  return () => Buffer.concat(chunks).toString();
}

/** What cannot be read is noted as a right that no policy gives. */
function rightsOf(incoming: IncomingMessage, body: string, status: number): NeededRight[] {
  const { method = '', url = '', headers } = incoming;
  try {
    return neededRights({ method, url, headers, body }, status);
  } catch (error) {
    return [{ action: 'unknown', resource: (error as Error).message, part: '' }];
  }
}
