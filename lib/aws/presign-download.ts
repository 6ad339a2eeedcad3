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
  /** As which it is sent; absent: as it was stored. */
  readonly contentType?: string;
}

/** `signing` is the client for addresses. */
export async function presignDownload(
  signing: S3Client,
  { bucket: Bucket, key: Key, name, seconds: expiresIn, version: VersionId, contentType }: Download,
): Promise<string> {
  const command = new GetObjectCommand({
    ...{ Bucket, Key, VersionId, ResponseContentDisposition: contentDisposition(name) },
    ResponseContentType: contentType,
  });
  return await doing('signing a download', () => getSignedUrl(signing, command, { expiresIn }));
}

/** RFC 6266: the name in ASCII, and as it is. */
export function contentDisposition(name: string): string {
  const ascii = name.normalize('NFKD').replaceAll(/[^A-Za-z0-9._ -]/g, '_');
  const whole = encodeURIComponent(name).replaceAll(
    /['()*]/g,
    (one) => `%${one.charCodeAt(0).toString(16).toUpperCase()}`,
  );
  return `attachment; filename="${ascii}"; filename*=UTF-8''${whole}`;
}
