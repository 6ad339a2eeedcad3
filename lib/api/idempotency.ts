/**
 * Writes that may be sent twice: a caller who names a key gets the first answer again, whatever happened to it on its way.
 * A key belongs to its caller and endpoint. What failed is not stored: it may be tried again with the same key.
 */
import { createHash, createHmac } from 'node:crypto';
import { Problem } from './problem.ts';

export interface StoredResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

export type KeyClaim =
  | { readonly kind: 'yours' | 'other request' | 'in progress' }
  | { readonly kind: 'answered'; readonly answer: StoredResponse };

export interface IdempotencyKeys {
  /** `request` is a keyed hash of all that makes the request what it is. */
  claim(key: string, request: string): Promise<KeyClaim>;
  save(key: string, request: string, answer: StoredResponse): Promise<void>;
  release(key: string): Promise<void>;
}

export interface KeyedRequest {
  /** As the header said. */
  readonly key: string;
  readonly sub: string;
  readonly endpoint: string;
  /** The body as it came. */
  readonly body: string;
}

/** What a key may look like. */
export const KEY_PATTERN = /^[\x21-\x7e]{1,255}$/;

export async function withIdempotency(
  keys: IdempotencyKeys,
  request: KeyedRequest,
  answer: () => Promise<StoredResponse>,
): Promise<StoredResponse> {
  if (!KEY_PATTERN.test(request.key)) {
    const detail = 'expected 1 to 255 visible ASCII characters';
    throw new Problem(422, 'The idempotency key is not valid.', {
      faults: [{ at: 'idempotency-key', detail }],
    });
  }
  const key = sha256(JSON.stringify([request.sub, request.endpoint, request.key]));
  // Under the key that the caller chose, which is not stored: a plain hash of a body that names someone would confirm a guess.
  const hash = createHmac('sha256', request.key).update(request.body).digest('hex');
  const claim = await keys.claim(key, hash);
  if (claim.kind === 'answered') {
    return { ...claim.answer, headers: { ...claim.answer.headers, 'idempotency-replayed': 'true' } };
  }
  if (claim.kind === 'other request') {
    throw new Problem(422, 'This idempotency key was used with another body.');
  }
  if (claim.kind === 'in progress') {
    const detail = 'A request with this idempotency key is being answered.';
    throw new Problem(409, detail, { headers: { 'retry-after': '2' } });
  }
  return await answerClaimed(keys, key, hash, answer);
}

async function answerClaimed(
  keys: IdempotencyKeys,
  key: string,
  hash: string,
  answer: () => Promise<StoredResponse>,
): Promise<StoredResponse> {
  let reply: StoredResponse;
  try {
    reply = await answer();
  } catch (error) {
    await keys.release(key);
    throw error;
  }
  await keys.save(key, hash, reply);
  return reply;
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
