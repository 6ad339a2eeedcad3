/** Signs an address of a bucket to which one file may be PUT until a time, by the one who has it. */
import { PutObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';
import { doing } from './store-error.ts';

export interface UploadTarget {
  readonly bucket: string;
  readonly key: string;
  readonly seconds: number;
  /** The address takes exactly so many; absent: any number. */
  readonly bytes?: number;
}

/** `client` is the one for signing: no checksum of the empty body may be part of what is signed. */
export async function presignUpload(
  client: S3Client,
  { bucket: Bucket, key: Key, seconds: expiresIn, bytes: ContentLength }: UploadTarget,
): Promise<string> {
  const command = new PutObjectCommand({ Bucket, Key, ContentLength });
  const signed = ContentLength === undefined ? {} : { signableHeaders: new Set(['content-length', 'host']) };
  return await doing('signing an upload', () => getSignedUrl(client, command, { expiresIn, ...signed }));
}
