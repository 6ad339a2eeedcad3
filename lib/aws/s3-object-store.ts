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
const CONCURRENCY = 4;
/** A connection that breaks in the middle of a body is beyond the SDK's own retries. */
const bodyAttempts = 4;

/** An object whose first piece was read: a small one is there with one request. */
interface Opened {
  readonly key: string;
  readonly version: string | undefined;
  readonly etag: string | undefined;
  readonly first: Uint8Array;
  /** What is left to read. */
  readonly rest: readonly ByteRange[];
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
    const opened = await this.#open(key, range, version);
    const file = await open(path, 'wx');
    try {
      await file.write(opened.first, 0, opened.first.length, 0);
      await inParallel(opened.rest, CONCURRENCY, async (piece) => {
        const bytes = await this.#readPiece(opened, piece);
        await file.write(bytes, 0, bytes.length, piece.from - (range?.from ?? 0));
      });
    } catch (error) {
      await file.close();
      await rm(path, { force: true });
      throw error;
    }
    await file.close();
  }

  async read(key: string, range?: ByteRange, version?: string): Promise<AsyncIterable<Uint8Array>> {
    const { first, ...rest } = await this.#open(key, range, version);
    return this.#readAhead(rest, first.length === 0 ? undefined : Promise.resolve(first));
  }

  /** One piece ahead of the reader: it seldom waits, and two pieces are all that is held. */
  async *#readAhead(
    left: Omit<Opened, 'first'>,
    ahead: Promise<Uint8Array> | undefined,
  ): AsyncGenerator<Uint8Array> {
    const fetch = (piece: ByteRange | undefined): Promise<Uint8Array> | undefined => {
      if (piece === undefined) return undefined;
      const bytes = this.#readPiece(left, piece);
      // A reader that stops early never asks for this one: its failure is then no one's.
      bytes.catch(() => {});
      return bytes;
    };
    for (let index = 0; ahead !== undefined; index++) {
      const bytes = await ahead;
      ahead = fetch(left.rest[index]);
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

  /** The answer to the first range says how long the object is: no request asks that alone. */
  async #open(key: string, range: ByteRange | undefined, version: string | undefined): Promise<Opened> {
    const from = range?.from ?? 0;
    const to = Math.max(from + 1, Math.min(range?.to ?? Number.POSITIVE_INFINITY, from + rangeBytes));
    const which = `s3://${this.#bucket}/${key}${version === undefined ? '' : ` (version ${version})`}`;
    const command = { Bucket: this.#bucket, Key: key, VersionId: version, Range: `bytes=${from}-${to - 1}` };
    try {
      return await doing(`reading ${which}`, () =>
        this.#get(command, async ({ Body, ContentRange, ContentLength, ETag }) => {
          const size = sizeOf(ContentRange) ?? ContentLength ?? 0;
          const [piece, ...rest] = cutRange(range, size);
          const length = piece === undefined ? 0 : piece.to - piece.from;
          const stream = Body as AsyncIterable<Uint8Array>;
          const first = await takeExactly(stream, ContentRange === undefined ? from : 0, length);
          return { key, version, etag: ETag, first, rest };
        }),
      );
    } catch (error) {
      const { cause } = error as Error;
      if (isMissing(cause)) throw new MissingObject(`there is no object ${which}`, { cause });
      // Nothing lies there: the object ends before, or is empty.
      if (statusOf(cause) === 416)
        return { key, version, etag: undefined, first: new Uint8Array(), rest: [] };
      throw error;
    }
  }

  async #readPiece(
    { key, version, etag }: Omit<Opened, 'first'>,
    { from, to }: ByteRange,
  ): Promise<Uint8Array> {
    const command = {
      Bucket: this.#bucket,
      Key: key,
      VersionId: version,
      Range: `bytes=${from}-${to - 1}`,
      IfMatch: version === undefined ? etag : undefined,
    };
    return await doing(`reading bytes ${from} to ${to} of s3://${this.#bucket}/${key}`, () =>
      this.#get(command, ({ Body, ContentRange }) =>
        takeExactly(Body as AsyncIterable<Uint8Array>, ContentRange === undefined ? from : 0, to - from),
      ),
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

/** Of the whole object: `bytes 0-99/1234`. A server may ignore a range and give all of it (RFC 9110, 14.2). */
function sizeOf(contentRange: string | undefined): number | null {
  const size = Number(contentRange?.split('/')[1] ?? Number.NaN);
  return Number.isSafeInteger(size) ? size : null;
}

/** A body that ends before is an error, which the reader asks again after. */
async function takeExactly(
  stream: AsyncIterable<Uint8Array>,
  from: number,
  length: number,
): Promise<Uint8Array> {
  const bytes = await takeBytes(stream, from, length);
  if (bytes.length === length) return bytes;
  throw new Error(`got ${bytes.length} bytes, expected ${length}`);
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
