import {
  DeleteObjectCommand,
  GetObjectRetentionCommand,
  ListObjectVersionsCommand,
} from '@aws-sdk/client-s3';
import { beforeAll, describe, expect, it } from 'vitest';
import { RetainedStore } from '../../lib/store/retained-store.ts';
import { localS3, makeBucket } from '../helpers/local-aws.ts';

const client = localS3();
const now = Date.now();
let bucket: string;
let store: RetainedStore;
beforeAll(async () => {
  bucket = await makeBucket({ lock: true });
  store = new RetainedStore(client, bucket, { mode: 'COMPLIANCE', days: 30 }, () => now);
}, 60_000);

describe('RetainedStore', () => {
  it('tells each object how long it is kept, and the bucket holds to it', async () => {
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
      /seal\/3\.json: Error: other bytes are kept there already \(3 of them, these are 4\)/,
    );
  });
});
