/**
 * Requests to the API. An answer that is a problem is thrown as one, with what the API says of it. A session that has ended is renewed, or
 * signed in again by the one who is at the page, and the request is sent again: what was typed is not lost.
 */
import { signal } from '@preact/signals';
import { bearer, ended, renew } from '../session/session.ts';
import { type Query, withQuery } from '../state/first-requests.ts';
import { bearing, takeAhead } from './ahead.ts';

/** An answer that is none of the good ones. */
export class ApiError extends Error {
  override readonly name = 'ApiError';
  readonly status: number;
  /** What to name when asking for help. */
  readonly requestId: string | null;
  /** Seconds to wait before trying again; null: it was not said. */
  readonly retryAfter: number | null;

  constructor(status: number, detail: string, more: { requestId: string | null; retryAfter: number | null }) {
    super(detail);
    this.status = status;
    this.requestId = more.requestId;
    this.retryAfter = more.retryAfter;
  }
}

/** The API was not reached. */
export class Unreachable extends Error {
  override readonly name = 'Unreachable';
}

/** What to show of what went wrong. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

export const offline = signal(false);

export function watchConnection(): void {
  const look = () => {
    offline.value = !navigator.onLine;
  };
  look();
  addEventListener('online', look);
  addEventListener('offline', look);
}

export interface Sent {
  readonly method?: 'GET' | 'POST';
  readonly body?: unknown;
  /** Sent twice with the same key, it is done once. */
  readonly key?: string;
  readonly signal?: AbortSignal;
}

export function get<Answer>(path: string, query: Query = {}, abort?: AbortSignal): Promise<Answer> {
  return request<Answer>(withQuery(path, query), abort === undefined ? {} : { signal: abort });
}

export function post<Answer>(
  path: string,
  body: unknown,
  key: string = crypto.randomUUID(),
): Promise<Answer> {
  return request<Answer>(path, { method: 'POST', body, key });
}

async function request<Answer>(path: string, sent: Sent): Promise<Answer> {
  let answer = await send(path, sent);
  if (isEnded(answer) && (await renew().catch(() => false))) answer = await send(path, sent);
  if (isEnded(answer)) {
    await signedInAgain();
    answer = await send(path, sent);
  }
  if (!answer.ok) throw await problemOf(answer);
  return (await answer.json()) as Answer;
}

/** Not where the API asks for a fresher sign-in than there was: that is for who signs. */
function isEnded({ status, headers }: Response): boolean {
  return (
    status === 401 && !(headers.get('www-authenticate') ?? '').includes('insufficient_user_authentication')
  );
}

async function send(path: string, { method = 'GET', body, key, signal: abort }: Sent): Promise<Response> {
  const token = bearer();
  try {
    const ahead = method === 'GET' ? takeAhead(token, path) : undefined;
    const answer = await (ahead ??
      fetch(path, {
        method,
        headers: {
          ...(token !== null && bearing(token)),
          ...(body !== undefined && { 'content-type': 'application/json' }),
          ...(key !== undefined && { 'idempotency-key': key }),
        },
        ...(body !== undefined && { body: JSON.stringify(body) }),
        ...(abort !== undefined && { signal: abort }),
      }));
    offline.value = false;
    return answer;
  } catch (error) {
    if (abort?.aborted === true) throw error;
    offline.value = true;
    throw new Unreachable('The API was not reached.', { cause: error });
  }
}

/** Waits for the one who is at the page. */
function signedInAgain(): Promise<void> {
  ended.value = true;
  return new Promise((resolve) => {
    const stop = ended.subscribe((value) => {
      if (value) return;
      queueMicrotask(() => stop());
      resolve();
    });
  });
}

async function problemOf(answer: Response): Promise<ApiError> {
  const problem = (await answer.json().catch(() => ({}))) as {
    detail?: string;
    message?: string;
    instance?: string;
    errors?: { at: string; detail: string }[];
  };
  const parts = (problem.errors ?? []).map(({ at, detail }) => `${at}: ${detail}`);
  const detail = [problem.detail ?? problem.message ?? answer.statusText, ...parts].join(' ');
  const after = Number(answer.headers.get('retry-after') ?? Number.NaN);
  return new ApiError(answer.status, detail, {
    requestId: problem.instance?.replace('urn:assay:request:', '') ?? answer.headers.get('apigw-requestid'),
    retryAfter: Number.isFinite(after) ? after : null,
  });
}
