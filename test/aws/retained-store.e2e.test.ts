import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  DeleteObjectCommand,
  GetObjectRetentionCommand,
  ListObjectVersionsCommand,
  PutObjectCommand,
} from '@aws-sdk/client-s3';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type RetainedFinding, RetainedReader } from '../../lib/aws/retained-reader.ts';
import { RetainedStore } from '../../lib/aws/retained-store.ts';
import { localS3, makeBucket } from '../helpers/local-aws.ts';

const client = localS3();
const now = Date.now();
let bucket: string;
let store: RetainedStore;
let reader: RetainedReader;
const findings: RetainedFinding[] = [];
beforeAll(async () => {
  bucket = await makeBucket({ lock: true });
  store = new RetainedStore(
    client,
    bucket,
    { mode: 'COMPLIANCE', days: 30 },
    { now: () => now, onFinding: (found) => findings.push(found) },
  );
  reader = new RetainedReader(client, bucket, (found) => findings.push(found));
});
beforeEach(() => {
  findings.length = 0;
});

describe('RetainedStore', () => {
  it('gives each object its retention, and the bucket holds to it', async () => {
    expect(await store.putRetained('seal/1.json', '{"seal":1}')).toBe('stored');
    const { Retention } = await client.send(
      new GetObjectRetentionCommand({ Bucket: bucket, Key: 'seal/1.json' }),
    );
    expect(Retention?.Mode).toBe('COMPLIANCE');
    expect(Math.round((Retention!.RetainUntilDate!.getTime() - now) / 86_400_000)).toBe(30);
    const { Versions } = await client.send(
      new ListObjectVersionsCommand({ Bucket: bucket, Prefix: 'seal/1.json' }),
    );
    const VersionId = Versions![0]!.VersionId;
    const removal = new DeleteObjectCommand({ Bucket: bucket, Key: 'seal/1.json', VersionId });
    await expect(client.send(removal)).rejects.toThrow(/denied|locked/i);
  });

  it('takes the same bytes again as done, and makes no second version of them', async () => {
    await store.putRetained('seal/2.json', 'same');
    expect(await store.putRetained('seal/2.json', Buffer.from('same'))).toBe('already there');
    const { Versions } = await client.send(
      new ListObjectVersionsCommand({ Bucket: bucket, Prefix: 'seal/2.json' }),
    );
    expect(Versions).toHaveLength(1);
  });

  it('refuses other bytes under a key that is taken', async () => {
    await store.putRetained('seal/3.json', 'one');
    await expect(store.putRetained('seal/3.json', 'two!')).rejects.toThrow(
      /seal\/3\.json: Error: other bytes are stored there already \(3 of them, these are 4\)/,
    );
  });
});

/** As someone may do whose rights, or whose bucket policy, are wider than they should be. */
const forge = (Key: string, Body: string) => client.send(new PutObjectCommand({ Bucket: bucket, Key, Body }));

describe('RetainedReader', () => {
  it('reads what was written first, and reports that something was written over it', async () => {
    await store.putRetained('log/1.jsonl', 'genuine');
    expect([await reader.readText('log/1.jsonl'), findings]).toEqual(['genuine', []]);
    await forge('log/1.jsonl', 'forged');
    await forge('log/1.jsonl', 'forged again');
    expect(await reader.readText('log/1.jsonl')).toBe('genuine');
    expect(findings).toEqual([{ key: 'log/1.jsonl', message: expect.stringContaining('3 versions') }]);
    const folder = await mkdtemp(join(tmpdir(), 'assay-retained-'));
    await reader.download('log/1.jsonl', join(folder, 'log'));
    expect(await readFile(join(folder, 'log'), 'utf8')).toBe('genuine');
    await rm(folder, { recursive: true });
  });

  it('finds what a delete marker hides, under the key and in lists', async () => {
    // Without a retention: the emulator refuses to hide what is locked, which S3 does not.
    await forge('hidden/1.jsonl', 'genuine');
    await client.send(new DeleteObjectCommand({ Bucket: bucket, Key: 'hidden/1.jsonl' }));
    expect(await reader.list('hidden/')).toEqual(['hidden/1.jsonl']);
    expect(await reader.readText('hidden/1.jsonl')).toBe('genuine');
    expect(findings).toEqual([
      { key: 'hidden/1.jsonl', message: expect.stringContaining('1 delete markers') },
    ]);
  });

  it('says of a key that holds nothing that there is nothing', async () => {
    await store.putRetained('other/1.jsonl.more', 'another key that begins so');
    expect(await reader.readText('other/1.jsonl')).toBeNull();
    await expect(reader.download('other/1.jsonl', join(tmpdir(), 'never'))).rejects.toThrow(
      'there is no object',
    );
  });

  it('takes a write again as done by what was written first, not by what was put over it', async () => {
    await store.putRetained('again/1.json', 'genuine');
    await forge('again/1.json', 'forged');
    expect(await store.putRetained('again/1.json', 'genuine')).toBe('already there');
    await expect(store.putRetained('again/1.json', 'forged')).rejects.toThrow(
      'other bytes are stored there already',
    );
  });
});
