/**
 * A bucket as the stages' ObjectStore. Objects go up in one request, or in parts when they are large; they come down in
 * ranges, so that a broken connection costs one range and memory stays bounded whatever the size of the object.
 *
 * A download or read without a version holds on to the object that it began with: if it is overwritten meanwhile, the
 * read fails (a StoreError caused by PreconditionFailed) and never mixes the two.
 */
import { open, rm } from 'node:fs/promises';
import {
  GetObjectCommand,
  type GetObjectCommandInput,
  type GetObjectCommandOutput,
  HeadObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  type S3Client,
} from '@aws-sdk/client-s3';
import { inParallel } from '../in-parallel.ts';
import { type ByteRange, MissingObject, type ObjectStore } from '../object-store.ts';
import { putFile } from './put-file.ts';
import { doing, errorName, statusOf } from './store-error.ts';

/** The largest object that goes up in one request. */
const singlePutBytes = 64 * 2 ** 20;
/** 32 MiB × the 10,000 parts that S3 allows: objects up to 312 GiB. */
const partBytes = 32 * 2 ** 20;
const rangeBytes = 32 * 2 ** 20;
const atATime = 4;
/** A connection that breaks in the middle of a body is beyond the SDK's own retries. */
const bodyAttempts = 4;

interface Found {
  readonly bytes: number;
  readonly etag: string | undefined;
}

export class S3ObjectStore implements ObjectStore {
  readonly #client: S3Client;
  readonly #bucket: string;
  readonly #encryption: { ServerSideEncryption?: 'aws:kms'; SSEKMSKeyId?: string };

  /** With `keyArn` objects are encrypted by that key; without, as the bucket says. */
  constructor(client: S3Client, bucket: string, { keyArn }: { readonly keyArn?: string } = {}) {
    this.#client = client;
    this.#bucket = bucket;
    this.#encryption = keyArn === undefined ? {} : { ServerSideEncryption: 'aws:kms', SSEKMSKeyId: keyArn };
  }

  async download(key: string, path: string, range?: ByteRange, version?: string): Promise<void> {
    const found = await this.#find(key, version);
    const pieces = cutRange(range, found.bytes);
    const file = await open(path, 'wx');
    try {
      await inParallel(pieces, atATime, async (piece) => {
        const bytes = await this.#readPiece(key, piece, found, version);
        await file.write(bytes, 0, bytes.length, piece.from - pieces[0]!.from);
      });
    } catch (error) {
      await file.close();
      await rm(path, { force: true });
      throw error;
    }
    await file.close();
  }

  async read(key: string, range?: ByteRange, version?: string): Promise<AsyncIterable<Uint8Array>> {
    const found = await this.#find(key, version);
    return this.#readAhead(key, cutRange(range, found.bytes), found, version);
  }

  /** One piece ahead of the reader: it seldom waits, and two pieces are all that is held. */
  async *#readAhead(
    key: string,
    pieces: readonly ByteRange[],
    found: Found,
    version: string | undefined,
  ): AsyncGenerator<Uint8Array> {
    const fetch = (index: number): Promise<Uint8Array> | undefined => {
      const piece = pieces[index];
      if (piece === undefined) return undefined;
      const bytes = this.#readPiece(key, piece, found, version);
      // A reader that stops early never asks for this one: its failure is then no one's.
      bytes.catch(() => {});
      return bytes;
    };
    let ahead = fetch(0);
    for (let index = 1; ahead !== undefined; index++) {
      const bytes = await ahead;
      ahead = fetch(index);
      yield bytes;
    }
  }

  async upload(path: string, key: string): Promise<void> {
    const target = { Bucket: this.#bucket, Key: key, ...this.#encryption };
    await doing(`writing s3://${this.#bucket}/${key}`, () =>
      putFile(this.#client, target, path, { singlePutBytes, partBytes }),
    );
  }

  async readText(key: string): Promise<string | null> {
    try {
      return await doing(`reading s3://${this.#bucket}/${key}`, () =>
        this.#get(
          { Bucket: this.#bucket, Key: key },
          async ({ Body }) => (await Body?.transformToString()) ?? '',
        ),
      );
    } catch (error) {
      if (isMissing((error as Error).cause)) return null;
      throw error;
    }
  }

  async writeText(key: string, text: string): Promise<void> {
    await this.#put(key, Buffer.from(text, 'utf8'));
  }

  async list(prefix: string): Promise<string[]> {
    return await doing(`listing s3://${this.#bucket}/${prefix}`, async () => {
      const keys: string[] = [];
      let after: string | undefined;
      do {
        const page = await this.#client.send(
          new ListObjectsV2Command({ Bucket: this.#bucket, Prefix: prefix, ContinuationToken: after }),
        );
        for (const { Key } of page.Contents ?? []) if (Key !== undefined) keys.push(Key);
        after = page.NextContinuationToken;
      } while (after !== undefined);
      return keys.sort();
    });
  }

  async #find(key: string, version: string | undefined): Promise<Found> {
    try {
      const head = await this.#client.send(
        new HeadObjectCommand({ Bucket: this.#bucket, Key: key, VersionId: version }),
      );
      return { bytes: head.ContentLength ?? 0, etag: head.ETag };
    } catch (error) {
      const which = `s3://${this.#bucket}/${key}${version === undefined ? '' : ` (version ${version})`}`;
      if (isMissing(error)) throw new MissingObject(`there is no object ${which}`, { cause: error });
      return await doing(`finding ${which}`, () => Promise.reject(error));
    }
  }

  async #readPiece(
    key: string,
    { from, to }: ByteRange,
    found: Found,
    version: string | undefined,
  ): Promise<Uint8Array> {
    const command = {
      Bucket: this.#bucket,
      Key: key,
      VersionId: version,
      Range: `bytes=${from}-${to - 1}`,
      IfMatch: version === undefined ? found.etag : undefined,
    };
    return await doing(`reading bytes ${from} to ${to} of s3://${this.#bucket}/${key}`, () =>
      this.#get(command, async ({ Body, ContentRange }) => {
        // A server may ignore a range and give the whole object (RFC 9110, 14.2).
        const stream = Body as AsyncIterable<Uint8Array>;
        const bytes = await takeBytes(stream, ContentRange === undefined ? from : 0, to - from);
        if (bytes.length === to - from) return bytes;
        throw new Error(`got ${bytes.length} bytes, expected ${to - from}`);
      }),
    );
  }

  /** Asks again where a body breaks off; `take` reads it. */
  async #get<Result>(
    command: GetObjectCommandInput,
    take: (answer: GetObjectCommandOutput) => Promise<Result>,
  ): Promise<Result> {
    for (let attempt = 1; ; attempt++) {
      const answer = await this.#client.send(new GetObjectCommand(command));
      try {
        return await take(answer);
      } catch (error) {
        if (attempt === bodyAttempts) throw error;
      }
    }
  }

  async #put(key: string, bytes: Uint8Array): Promise<void> {
    const command = { Bucket: this.#bucket, Key: key, Body: bytes, ...this.#encryption };
    await doing(`writing s3://${this.#bucket}/${key}`, () =>
      this.#client.send(new PutObjectCommand(command)),
    );
  }
}

function isMissing(error: unknown): boolean {
  return ['NoSuchKey', 'NotFound', 'NoSuchVersion'].includes(errorName(error)) || statusOf(error) === 404;
}

/** [from, to) within the object, in pieces of which each is one request. */
function cutRange(range: ByteRange | undefined, size: number): ByteRange[] {
  const end = Math.min(range?.to ?? size, size);
  const pieces: ByteRange[] = [];
  for (let from = range?.from ?? 0; from < end; from += rangeBytes) {
    pieces.push({ from, to: Math.min(from + rangeBytes, end) });
  }
  return pieces;
}

/** So many bytes of a stream from a place on; fewer where it ends before. */
async function takeBytes(
  stream: AsyncIterable<Uint8Array>,
  from: number,
  length: number,
): Promise<Uint8Array> {
  const bytes = new Uint8Array(length);
  let at = 0;
  let taken = 0;
  for await (const chunk of stream) {
    const wanted = chunk.subarray(Math.max(0, from - at), Math.max(0, from + length - at));
    bytes.set(wanted, taken);
    taken += wanted.length;
    at += chunk.length;
    if (taken === length) break;
  }
  return bytes.subarray(0, taken);
}
