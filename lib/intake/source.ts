/**
 * A file as delivered: its size, its compression (detected by its first bytes, not by its name) and its decompressed bytes, as a
 * stream of bounded chunks. What can't be opened or decompressed is an InputError naming the file.
 */
import { createReadStream } from 'node:fs';
import { type FileHandle, open, stat } from 'node:fs/promises';
import { basename } from 'node:path';
import { pipeline } from 'node:stream';
import { createGunzip, createZstdDecompress } from 'node:zlib';
import { InputError } from '../errors.ts';
import { splitZstdFrames } from './zstd-frames.ts';

export type Compression = 'none' | 'gzip' | 'zstd';

export interface Source {
  readonly path: string;
  /** The last part of the path, for messages and results. */
  readonly name: string;
  readonly bytes: number;
  readonly compression: Compression;
}

const CHUNK_BYTES = 1 << 20;

export async function openSource(path: string): Promise<Source> {
  const name = basename(path);
  const found = await stat(path).catch((error: NodeJS.ErrnoException) => {
    throw new InputError(
      error.code === 'ENOENT' ? `${path}: there is no such file` : `${path}: ${error.message}`,
    );
  });
  if (found.isDirectory()) throw new InputError(`${path} is a folder; a file is expected`);
  if (!found.isFile())
    throw new InputError(`${path} is no regular file; it is read more than once, so a pipe won't do`);
  if (found.size === 0) throw new InputError(`${name} is empty (0 bytes); a header and records are expected`);
  const magic = Buffer.alloc(4);
  let handle: FileHandle | undefined;
  try {
    handle = await open(path);
    await handle.read(magic, 0, 4, 0);
  } catch (error) {
    throw new InputError(`${path} can't be read: ${(error as Error).message}`);
  } finally {
    await handle?.close();
  }
  return { path, name, bytes: found.size, compression: compressionOf(magic) };
}

/** The compression that a file starting with these bytes has. */
function compressionOf(magic: Uint8Array): Compression {
  if (magic[0] === 0x1f && magic[1] === 0x8b) return 'gzip';
  if (magic[0] === 0x28 && magic[1] === 0xb5 && magic[2] === 0x2f && magic[3] === 0xfd) return 'zstd';
  // pzstd starts with a skippable frame.
  if ((magic[0]! & 0xf0) === 0x50 && magic[1] === 0x2a && magic[2] === 0x4d && magic[3] === 0x18)
    return 'zstd';
  return 'none';
}

/** The bytes of the file, decompressed; `onDelivered` sees the bytes as they lie on the disk. */
export async function* readBytes(
  source: Source,
  onDelivered?: (chunk: Uint8Array) => void,
): AsyncGenerator<Uint8Array> {
  // A buffer for a whole chunk would be most of the work for a few records.
  const file = createReadStream(source.path, { highWaterMark: Math.min(CHUNK_BYTES, source.bytes + 1) });
  async function* delivered(): AsyncGenerator<Uint8Array> {
    for await (const chunk of file as AsyncIterable<Buffer>) {
      onDelivered?.(chunk);
      yield chunk;
    }
  }
  if (source.compression === 'none') {
    yield* delivered();
    return;
  }
  const isGzip = source.compression === 'gzip';
  const decoder = isGzip
    ? createGunzip({ chunkSize: CHUNK_BYTES })
    : createZstdDecompress({ chunkSize: CHUNK_BYTES });
  // The callback only keeps the error from being unhandled: the loop below meets it, too.
  pipeline(isGzip ? delivered() : splitZstdFrames(delivered()), decoder, () => undefined);
  try {
    yield* decoder as AsyncIterable<Buffer>;
  } catch (error) {
    throw new InputError(
      `${source.name}: its ${source.compression} data are damaged or cut off (${(error as Error).message})`,
    );
  } finally {
    file.destroy();
  }
}

/** The first bytes of the decompressed file, at most `limit` (and whether that is all of it). */
export async function readHead(
  source: Source,
  limit: number,
): Promise<{ bytes: Uint8Array; isWhole: boolean }> {
  const parts: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of readBytes(source)) {
    parts.push(chunk);
    length += chunk.length;
    if (length > limit) break;
  }
  const bytes = Buffer.concat(parts);
  return { bytes: bytes.subarray(0, limit), isWhole: length <= limit };
}
