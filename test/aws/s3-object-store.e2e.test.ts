import { createHash } from 'node:crypto';
import { mkdtemp, open, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { HeadObjectCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { S3ObjectStore } from '../../lib/aws/s3-object-store.ts';
import { MissingObject } from '../../lib/object-store.ts';
import { localS3, makeBucket } from '../helpers/local-aws.ts';

const client = localS3();
let bucket: string;
let store: S3ObjectStore;
let folder: string;
const large = 70 * 2 ** 20 + 13;

beforeAll(async () => {
  bucket = await makeBucket();
  store = new S3ObjectStore(client, bucket);
  folder = await mkdtemp(join(tmpdir(), 'assay-objects-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function collect(chunks: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const parts: Uint8Array[] = [];
  for await (const chunk of chunks) parts.push(chunk);
  return Buffer.concat(parts);
}

let files = 0;
const newPath = (): string => join(folder, `file-${files++}`);

/** Bytes that differ from place to place, so that parts in a wrong order are seen. */
async function writeLarge(path: string): Promise<void> {
  const file = await open(path, 'w');
  for (let at = 0; at < large; at += 2 ** 20) {
    await file.write(Buffer.alloc(Math.min(2 ** 20, large - at), at / 2 ** 20 + 1));
  }
  await file.close();
}

let uploading: Promise<string> | undefined;
/** The path of what is under the key `large`. */
function uploadLarge(): Promise<string> {
  const upload = async (): Promise<string> => {
    const path = newPath();
    await writeLarge(path);
    await store.upload(path, 'large');
    return path;
  };
  uploading ??= upload();
  return uploading;
}

const sha256 = async (path: string): Promise<string> =>
  createHash('sha256')
    .update(await readFile(path))
    .digest('hex');

describe('S3ObjectStore', () => {
  it('gives back any range of an object as slice() does', async () => {
    const bytes = Buffer.from(Array.from({ length: 1_000 }, (_, n) => n % 256));
    const up = newPath();
    await writeFile(up, bytes);
    await store.upload(up, 'ranges');
    const bound = fc.integer({ min: 0, max: 1_200 });
    await fc.assert(
      fc.asyncProperty(bound, bound, async (a, b) => {
        const range = { from: Math.min(a, b), to: Math.max(a, b) };
        expect(await collect(await store.read('ranges', range))).toEqual(
          bytes.subarray(range.from, range.to),
        );
        const down = newPath();
        await store.download('ranges', down, range);
        expect(await readFile(down)).toEqual(bytes.subarray(range.from, range.to));
      }),
      { numRuns: 15 },
    );
  });

  it('stores and gives back an empty object', async () => {
    const up = newPath();
    await writeFile(up, '');
    await store.upload(up, 'empty');
    const down = newPath();
    await store.download('empty', down);
    expect((await stat(down)).size).toBe(0);
    expect(await collect(await store.read('empty'))).toEqual(Buffer.alloc(0));
    expect(await store.readText('empty')).toBe('');
  });

  it('takes a file above 64 MiB up in parts and down in ranges, unchanged', async () => {
    const up = await uploadLarge();
    const down = newPath();
    const head = await client.send(new HeadObjectCommand({ Bucket: bucket, Key: 'large' }));
    expect(head.ETag).toMatch(/-3"$/);
    await store.download('large', down);
    expect(await sha256(down)).toBe(await sha256(up));
    const read = createHash('sha256');
    for await (const chunk of await store.read('large')) read.update(chunk);
    expect(read.digest('hex')).toBe(await sha256(up));
  });

  it('asks once for an object of one range, and not how long it is', async () => {
    const own = localS3();
    const commands: string[] = [];
    own.middlewareStack.add(
      (next, context) => (args) => {
        commands.push(String(context.commandName));
        return next(args);
      },
      { step: 'initialize' },
    );
    await store.writeText('small', 'few bytes');
    const counted = new S3ObjectStore(own, bucket);
    await counted.download('small', newPath());
    expect(String(await collect(await counted.read('small', { from: 4, to: 9 })))).toBe('bytes');
    expect(commands).toEqual(['GetObjectCommand', 'GetObjectCommand']);
  });

  it('says which object is missing, and null for its text', async () => {
    await expect(store.download('nothing', newPath())).rejects.toThrow(MissingObject);
    await expect(store.read('nothing')).rejects.toThrow(`s3://${bucket}/nothing`);
    expect(await store.readText('nothing')).toBeNull();
  });

  it('reads the version that it is asked for, after the object was overwritten', async () => {
    const put = (Body: string) => client.send(new PutObjectCommand({ Bucket: bucket, Key: 'twice', Body }));
    const { VersionId } = await put('first');
    await put('second one');
    expect(String(await collect(await store.read('twice', undefined, VersionId)))).toBe('first');
    const down = newPath();
    await store.download('twice', down, { from: 1, to: 99 }, VersionId);
    expect(String(await readFile(down))).toBe('irst');
    expect(await store.readText('twice')).toBe('second one');
  });

  it('fails, and mixes nothing, when the object is overwritten while it is read', async () => {
    await uploadLarge();
    const chunks = (await store.read('large'))[Symbol.asyncIterator]();
    await chunks.next();
    // No test after this one reads it.
    await store.writeText('large', 'x'.repeat(1_000));
    const rest = async (): Promise<void> => {
      while (!(await chunks.next()).done);
    };
    await expect(rest()).rejects.toThrow(/PreconditionFailed/);
  });

  it('lists more keys than a page holds, in order', async () => {
    const keys = Array.from({ length: 1_005 }, (_, n) => `many/${String(n).padStart(5, '0')}`);
    for (let at = 0; at < keys.length; at += 50) {
      await Promise.all(keys.slice(at, at + 50).map((key) => store.writeText(key, '')));
    }
    expect(await store.list('many/')).toEqual(keys);
    expect(await store.list('none/')).toEqual([]);
  });

  it('replaces an object by a newer one of the same key', async () => {
    await store.writeText('text', 'one');
    await store.writeText('text', 'two');
    expect(await store.readText('text')).toBe('two');
  });
});
