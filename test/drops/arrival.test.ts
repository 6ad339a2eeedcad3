import { mkdtempSync, rmSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { dropId, NO_DOMAIN, readArrival } from '../../lib/drops/arrival.ts';
import { formatReason, orFault } from '../../lib/drops/fault.ts';
import { deliveredPath } from '../../lib/drops/stage.ts';
import type { Session } from '../../lib/engine/session.ts';
import { InputError } from '../../lib/errors.ts';
import { inOrder, overlapping } from '../../lib/history/history-entry.ts';
import { choosePartitions } from '../../lib/history/partition-sql.ts';
import { MissingObject } from '../../lib/object-store.ts';

const noVersion = () => Promise.reject(new Error('not asked for'));
const event = (key: string, version: string | undefined) =>
  JSON.stringify({
    time: '2026-01-01T00:00:00Z',
    detail: {
      bucket: { name: 'b' },
      object: { key, size: 5, etag: 'e', ...(version !== undefined && { 'version-id': version }) },
    },
  });

describe('an arrival', () => {
  test('the same version of the same object is the same drop, another version another', async () => {
    const read = async (version: string) =>
      (await readArrival(event('drops/finance/a.csv', version), noVersion)).drop.id;
    expect(await read('1')).toBe(await read('1'));
    expect(await read('1')).not.toBe(await read('2'));
    expect(await read('1')).toBe(dropId({ bucket: 'b', key: 'drops/finance/a.csv', version: '1' }));
    expect(await read('1')).toMatch(/^d-[0-9a-f]{20}$/);
  });

  test('an event without a version has it found by its content', async () => {
    const { drop } = await readArrival(
      event('drops/finance/a.csv', undefined),
      async ({ etag }) => `v-${etag}`,
    );
    expect(drop).toMatchObject({ domain: 'finance', version: 'v-e', bytes: 5 });
  });

  test('a drop that is retried is the next attempt', async () => {
    const first = await readArrival(event('drops/finance/a.csv', '1'), noVersion);
    const again = await readArrival(JSON.stringify({ ...first, error: {} }), noVersion);
    expect(again).toEqual({ drop: first.drop, attempt: 2 });
  });

  test('a key without a domain is distinguished, and what is no event is refused', async () => {
    const { drop } = await readArrival(event('drops/a.csv', '1'), noVersion);
    expect(drop.domain).toBe(NO_DOMAIN);
    await expect(readArrival('{}', noVersion)).rejects.toThrow(InputError);
    await expect(readArrival('no json', noVersion)).rejects.toThrow(InputError);
  });
});

describe('a fault', () => {
  test('is an answer where it is the sender’s, and thrown where it is ours', async () => {
    const fail = (error: Error) => () => Promise.reject(error);
    expect(await orFault(fail(new InputError('no')))).toEqual({
      fault: { Error: 'InputError', Cause: 'no' },
    });
    expect(await orFault(fail(new MissingObject('gone')))).toEqual({
      fault: { Error: 'MissingObject', Cause: 'gone' },
    });
    await expect(orFault(fail(new TypeError('oops')))).rejects.toThrow(TypeError);
  });

  test('is reported in words, without what only we understand', () => {
    expect(formatReason({ Error: 'InputError', Cause: 'line 3 is odd' })).toBe('line 3 is odd');
    const cause = JSON.stringify({ errorMessage: 'secret', errorType: 'RangeError', trace: ['at x'] });
    const words = formatReason({ Error: 'Runtime.HandlerError', Cause: cause });
    expect(words).toContain('RangeError');
    expect(words).not.toContain('secret');
  });
});

test('every record of a partition lies in the partitions of another cut that overlap it', () => {
  for (const ours of [1, 2, 8])
    for (const theirs of [1, 4, 16])
      for (let hash = 0; hash < 64; hash++)
        expect(overlapping(hash % ours, ours, theirs)).toContain(hash % theirs);
});

test('partitions are powers of two, at most 256', () => {
  expect([0, 1, 250_000, 250_001, 1_000_000, 1e12].map((rows) => choosePartitions(rows, 250_000))).toEqual([
    1, 1, 1, 2, 4, 256,
  ]);
});

test('history is in the order of finishing, then of ids', () => {
  const entry = (drop: string, settledAt: string) =>
    ({ drop, settledAt }) as Parameters<typeof inOrder>[0][number];
  const mixed = [entry('b', '2026-02'), entry('c', '2026-01'), entry('a', '2026-02')];
  expect(inOrder(mixed).map(({ drop }) => drop)).toEqual(['c', 'a', 'b']);
});

describe('the name of a delivered file', () => {
  const session = { folder: mkdtempSync(join(tmpdir(), 'assay-names-')) } as Session;
  afterAll(() => rmSync(session.folder, { recursive: true, force: true }));

  test.each([
    [
      'of more than 255 bytes',
      `drops/finance/${'ü'.repeat(128)}.csv`,
      /260 bytes long, expected at most 255/,
    ],
    ['that is the folder above', 'drops/finance/a/..', /ends in no file name/],
    ['with a zero byte', 'drops/finance/a\0.csv', /ends in no file name/],
  ])('%s is the sender’s fault', async (_, key, message) => {
    const answer = await orFault(() => deliveredPath(session, { key }));
    expect(answer).toMatchObject({ fault: { Error: 'InputError', Cause: expect.stringMatching(message) } });
  });

  test('of 255 bytes is a file', async () => {
    const name = `${'n'.repeat(251)}.csv`;
    const path = await deliveredPath(session, { key: `drops/finance/${name}` });
    await writeFile(path, 'a');
    expect(path.endsWith(name)).toBe(true);
  });
});

test('a fault’s cause is bounded: a map holds those of all its children', async () => {
  const answer = await orFault(async () => {
    throw new InputError('x'.repeat(100_000));
  });
  expect(JSON.stringify(answer).length).toBeLessThan(2_200);
});
