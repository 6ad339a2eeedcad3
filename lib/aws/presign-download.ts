/** An address that an object is fetched from for some time, under a file name; it allows nothing else. */
import { GetObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';
import { doing } from './store-error.ts';

export interface Download {
  readonly bucket: string;
  readonly key: string;
  /** As which it is saved. */
  readonly name: string;
  readonly seconds: number;
  /** Of the object; absent: the newest. */
  readonly version?: string;
}

/** `signing` is the client for addresses. */
export async function presignDownload(
  signing: S3Client,
  { bucket: Bucket, key: Key, name, seconds: expiresIn, version: VersionId }: Download,
): Promise<string> {
  const ResponseContentDisposition = `attachment; filename="${name}"`;
  const command = new GetObjectCommand({ Bucket, Key, VersionId, ResponseContentDisposition });
  return await doing('signing a download', () => getSignedUrl(signing, command, { expiresIn }));
}
