import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ScanCommand } from '@aws-sdk/lib-dynamodb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DropTable } from '../../lib/aws/drop-table.ts';
import { FlagTable } from '../../lib/aws/flag-table.ts';
import { S3ObjectStore } from '../../lib/aws/s3-object-store.ts';
import { StoreError } from '../../lib/aws/store-error.ts';
import { flagOf } from '../helpers/flags.ts';
import {
  dropTable,
  localDocuments,
  localEndpoint,
  localS3,
  makeBucket,
  makeTable,
} from '../helpers/local-aws.ts';
import { startThrottlingProxy, type ThrottlingProxy } from '../helpers/throttling-proxy.ts';

let table: string;
let drops: string;
let folder: string;
beforeAll(async () => {
  table = await makeTable('Flags');
  drops = await makeTable('Drops');
  folder = await mkdtemp(join(tmpdir(), 'assay-throttling-'));
});
afterAll(async () => {
  await dropTable(table);
  await dropTable(drops);
  await rm(folder, { recursive: true, force: true });
});

async function through<Result>(
  fateOf: Parameters<typeof startThrottlingProxy>[1],
  work: (proxy: ThrottlingProxy) => Promise<Result>,
): Promise<Result> {
  const proxy = await startThrottlingProxy(localEndpoint(), fateOf);
  try {
    return await work(proxy);
  } finally {
    await proxy.close();
  }
}

/** A bucket of tokens as a table's partition has: full at first, filled at a steady pace. */
function perSecond(rate: number): () => boolean {
  let tokens = rate;
  let filled = performance.now();
  return () => {
    const now = performance.now();
    tokens = Math.min(rate, tokens + ((now - filled) / 1000) * rate);
    filled = now;
    if (tokens < 1) return false;
    tokens -= 1;
    return true;
  };
}

describe('a table that throttles', () => {
  it('gets every flag, once, while it takes 100 requests a second and loses some answers', async () => {
    const flags = Array.from({ length: 400 }, (_, n) => flagOf(n));
    const capacity = perSecond(100);
    await through(
      // Ten in a row whatever the machine's speed, and then what is too fast. A request writes many flags with their cases.
      (n) => {
        if (n % 4 === 3) return 'lost answer';
        return n >= 8 && n < 21 ? 'throughput exceeded' : capacity() ? 'pass' : 'throughput exceeded';
      },
      async (proxy) => {
        const counts = await new FlagTable(localDocuments(proxy.endpoint), table).putFlags(flags);
        // A put whose answer was lost meets itself when it is tried again, and counts as seen.
        expect(counts.new + counts.seen).toBe(400);
        expect(proxy.counts['throughput exceeded']).toBeGreaterThan(5);
        expect(proxy.counts['lost answer']).toBeGreaterThan(5);
      },
    );
    const { Items = [] } = await localDocuments().send(new ScanCommand({ TableName: table }));
    const stored = Items.filter((item) => item.item === 'flag').map((item) => item.flag);
    expect(stored.toSorted()).toEqual(flags.map((flag) => flag.flag).toSorted());
  });

  it('counts each part once when its answers are lost', async () => {
    const ref = { id: 'd-1', domain: 'finance', bucket: 'b', key: 'k', version: 'v', bytes: 1 };
    const drop = { ...ref, receivedAt: '2026-01-01T00:00:00.000Z' };
    await through(
      (n) => (n % 3 === 2 ? 'lost answer' : 'pass'),
      async (proxy) => {
        const statuses = new DropTable(localDocuments(proxy.endpoint), drops, Date.now);
        await statuses.receive(drop, 1);
        await statuses.planned('d-1', 'm', 8);
        await Promise.all(Array.from({ length: 8 }, (_, part) => statuses.scoredPart('d-1', part)));
        expect((await statuses.get('d-1'))?.progress).toEqual({ scored: 8, of: 8 });
      },
    );
  });

  it('gives up in the end, with the cause and that it was throttled', async () => {
    await through(
      () => 'throughput exceeded',
      async (proxy) => {
        const failing = new FlagTable(localDocuments(proxy.endpoint, 3), table).get('0'.repeat(32));
        const error = await failing.then(
          () => undefined,
          (thrown: unknown) => thrown,
        );
        expect(error).toBeInstanceOf(StoreError);
        expect(error).toMatchObject({ throttled: true });
        expect((error as StoreError).cause).toMatchObject({ name: 'ProvisionedThroughputExceededException' });
        expect(proxy.counts['throughput exceeded']).toBe(3);
      },
    );
  });
});

describe('a bucket that says SlowDown', () => {
  it('stores and gives back the same bytes, in ranges that break off half-way too', async () => {
    const bucket = await makeBucket();
    const bytes = Buffer.alloc(20 * 2 ** 20);
    for (let at = 0; at < bytes.length; at += 997) bytes[at] = at % 256;
    const path = join(folder, 'up.bin');
    await writeFile(path, bytes);
    await through(
      (n, { method }) =>
        n % 4 === 1 ? 'slow down' : n % 4 === 2 && method === 'GET' ? 'broken body' : 'pass',
      async (proxy) => {
        const store = new S3ObjectStore(localS3(proxy.endpoint), bucket);
        await store.upload(path, 'a/file.bin');
        await store.download('a/file.bin', join(folder, 'down.bin'));
        await store.writeText('a/text', 'héllo');
        expect(await store.readText('a/text')).toBe('héllo');
        expect(await store.list('a/')).toEqual(['a/file.bin', 'a/text']);
        expect(proxy.counts['slow down']).toBeGreaterThan(1);
        expect(proxy.counts['broken body']).toBeGreaterThan(0);
      },
    );
    expect((await readFile(join(folder, 'down.bin'))).equals(bytes)).toBe(true);
  });
});
