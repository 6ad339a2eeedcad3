import { S3Client } from '@aws-sdk/client-s3';
import { describe, expect, it } from 'vitest';
import { presignUpload } from '../../lib/aws/presign-upload.ts';
import { S3ObjectStore } from '../../lib/aws/s3-object-store.ts';
import { clientSettings, localS3, makeBucket } from '../helpers/local-aws.ts';

const signing = new S3Client({
  ...clientSettings(),
  forcePathStyle: true,
  requestChecksumCalculation: 'WHEN_REQUIRED',
});

describe('presignUpload', () => {
  it('signs an address to which the bytes can be PUT as they are', async () => {
    const bucket = await makeBucket();
    const url = await presignUpload(signing, { bucket, key: 'drops/finance/a.csv', seconds: 900 });
    const query = new URL(url).searchParams;
    expect(query.get('X-Amz-Expires')).toBe('900');
    expect([...query.keys()].filter((key) => /checksum/i.test(key))).toEqual([]);
    const answer = await fetch(url, { method: 'PUT', body: 'a,b\n1,2\n' });
    expect(answer.status).toBe(200);
    expect(await new S3ObjectStore(localS3(), bucket).readText('drops/finance/a.csv')).toBe('a,b\n1,2\n');
  });
});
