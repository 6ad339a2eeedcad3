import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { cursorSecret } from '../../lib/aws/cursor-secret.ts';
import { IdempotencyTable } from '../../lib/aws/idempotency-table.ts';
import { dropTable, localDocuments, makeTable } from '../helpers/local-aws.ts';

let table: string;
let keys: IdempotencyTable;
let clock = Date.parse('2026-03-01T00:00:00Z');
beforeAll(async () => {
  table = await makeTable('Drops');
  keys = new IdempotencyTable(localDocuments(), table, () => clock);
});
afterAll(() => dropTable(table));

const answer = { status: 201, headers: { 'content-type': 'application/json' }, body: '{"é":1}' };

describe('IdempotencyTable', () => {
  it('gives a key to the first, and to those after it what the first answered', async () => {
    expect(await keys.claim('a', 'r1')).toEqual({ kind: 'yours' });
    expect(await keys.claim('a', 'r1')).toEqual({ kind: 'in progress' });
    expect(await keys.claim('a', 'r2')).toEqual({ kind: 'other request' });
    await keys.save('a', 'r1', answer);
    expect(await keys.claim('a', 'r1')).toEqual({ kind: 'answered', answer });
    expect(await keys.claim('a', 'r2')).toEqual({ kind: 'other request' });
  });

  it('gives a key to one of many at the same time', async () => {
    const claims = await Promise.all(Array.from({ length: 10 }, () => keys.claim('race', 'r')));
    expect(claims.filter((claim) => claim.kind === 'yours')).toHaveLength(1);
    expect(claims.filter((claim) => claim.kind === 'in progress')).toHaveLength(9);
  });

  it('keeps an answer larger than an item, in pieces', async () => {
    const large = { ...answer, body: randomBytes(1_200_000).toString('base64') };
    await keys.claim('large', 'r');
    await keys.save('large', 'r', large);
    expect(await keys.claim('large', 'r')).toEqual({ kind: 'answered', answer: large });
  });

  it('frees a released key, a claim whose owner died, and an answer a day old', async () => {
    await keys.claim('b', 'r');
    await keys.release('b');
    expect(await keys.claim('b', 'other')).toEqual({ kind: 'yours' });
    clock += 61_000;
    expect(await keys.claim('b', 'third')).toEqual({ kind: 'yours' });
    await keys.save('b', 'third', answer);
    await keys.release('b');
    clock += 23 * 3_600_000;
    expect(await keys.claim('b', 'third')).toMatchObject({ kind: 'answered' });
    clock += 2 * 3_600_000;
    expect(await keys.claim('b', 'fourth')).toEqual({ kind: 'yours' });
  });
});

describe('cursorSecret', () => {
  it('is one secret for all that ask at the same time', async () => {
    const asked = await Promise.all(Array.from({ length: 6 }, () => cursorSecret(localDocuments(), table)));
    expect(new Set(asked.map((secret) => secret.toString('hex'))).size).toBe(1);
    expect(asked[0]).toHaveLength(32);
  });
});
