/** What of a request stays where its caller named a key. */
import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import { type KeyClaim, withIdempotency } from '../../lib/api/idempotency.ts';

const answer = { status: 201, headers: {}, body: '{}' };

/** What is stored of a request, as the table is given it. */
async function storedOf(key: string, body: string): Promise<readonly string[]> {
  const stored: string[] = [];
  const keys = {
    claim: async (...claim: string[]): Promise<KeyClaim> => {
      stored.push(...claim);
      return { kind: 'yours' };
    },
    save: async () => {},
    release: async () => {},
  };
  await withIdempotency(keys, { key, sub: 'ann', endpoint: 'POST /v1/erasures', body }, async () => answer);
  return stored;
}

test('a stored hash of a body confirms no guess of it to whom does not have the key', async () => {
  const body = '{"domain":"finance","subject":"AC000381"}';
  const [key, hash] = await storedOf('9b2e', body);
  expect(await storedOf('9b2e', body)).toEqual([key, hash]);
  expect((await storedOf('9b2e', body.replace('381', '382')))[1]).not.toBe(hash);
  expect((await storedOf('77a0', body))[1]).not.toBe(hash);
  for (const text of [body, JSON.stringify(body)])
    expect([key, hash]).not.toContain(createHash('sha256').update(text).digest('hex'));
  expect(`${key} ${hash}`).not.toContain('9b2e');
});
