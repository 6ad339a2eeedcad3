/**
 * A file put into a bucket: in one request, or in parts when it is large, so that a broken connection costs one part. The object
 * is there whole or not at all.
 */
import { type FileHandle, open, stat } from 'node:fs/promises';
import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  PutObjectCommand,
  type S3Client,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import { inParallel } from '../in-parallel.ts';

/** S3 allows so many parts. */
const MAX_PARTS = 10_000;
const CONCURRENCY = 2;

export interface PutTarget {
  readonly Bucket: string;
  readonly Key: string;
  readonly ServerSideEncryption?: 'aws:kms';
  readonly SSEKMSKeyId?: string;
}

export interface PutSettings {
  /** The largest file that goes up in one request. */
  readonly singlePutBytes: number;
  /** Of a part; larger where the file would have too many. */
  readonly partBytes: number;
  /** The share that is up, 0 to 1. */
  readonly onShare?: (share: number) => void;
}

/** The version of the object; undefined in a bucket that keeps none. */
export async function putFile(
  client: S3Client,
  target: PutTarget,
  path: string,
  settings: PutSettings,
): Promise<string | undefined> {
  const { size } = await stat(path);
  const file = await open(path, 'r');
  try {
    if (size > settings.singlePutBytes) return await putParts(client, target, file, size, settings);
    const Body = await readAt(file, 0, size);
    const { VersionId } = await client.send(new PutObjectCommand({ ...target, Body }));
    settings.onShare?.(1);
    return VersionId;
  } finally {
    await file.close();
  }
}

async function putParts(
  client: S3Client,
  target: PutTarget,
  file: FileHandle,
  size: number,
  { partBytes, onShare }: PutSettings,
): Promise<string | undefined> {
  const created = await client.send(new CreateMultipartUploadCommand(target));
  const upload = { Bucket: target.Bucket, Key: target.Key, UploadId: created.UploadId };
  const length = Math.max(partBytes, Math.ceil(size / MAX_PARTS));
  const starts = Array.from({ length: Math.ceil(size / length) }, (_, index) => index * length);
  let done = 0;
  try {
    const parts = await inParallel(starts, CONCURRENCY, async (start, index) => {
      const Body = await readAt(file, start, Math.min(length, size - start));
      const PartNumber = index + 1;
      const { ETag } = await client.send(new UploadPartCommand({ ...upload, PartNumber, Body }));
      done += Body.length;
      onShare?.(done / size);
      return { PartNumber, ETag };
    });
    const { VersionId } = await client.send(
      new CompleteMultipartUploadCommand({ ...upload, MultipartUpload: { Parts: parts } }),
    );
    return VersionId;
  } catch (error) {
    // What makes the upload fail is what is reported, not a failure to clear up after it: the bucket's lifecycle does that too.
    await client.send(new AbortMultipartUploadCommand(upload)).catch(() => {});
    throw error;
  }
}

async function readAt(file: FileHandle, from: number, length: number): Promise<Buffer> {
  const bytes = Buffer.alloc(length);
  const { bytesRead } = await file.read(bytes, 0, length, from);
  if (bytesRead !== length)
    throw new Error(`the file ended at ${from + bytesRead}, expected ${from + length}`);
  return bytes;
}
