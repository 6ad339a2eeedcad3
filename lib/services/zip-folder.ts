/**
 * A folder as one ZIP file, which every system opens: https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT (4.3, without ZIP64).
 * Files in the order of their names, with a time of our own, so that the same folder is the same file.
 */
import { open, readdir, readFile, stat } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';
import { promisify } from 'node:util';
import { crc32, deflateRaw } from 'node:zlib';
import { InputError } from '../errors.ts';

const deflate = promisify(deflateRaw);

const LOCAL_HEADER = 0x04034b50;
const CENTRAL_HEADER = 0x02014b50;
const END_OF_CENTRAL = 0x06054b50;
/** 2.0: deflate and folders. */
const VERSION = 20;
/** Names are UTF-8. */
const FLAGS = 0x0800;
const DEFLATED = 8;
/** 1980-01-01, the first day that there is. */
const DATE = 0x21;
const MAX_BYTES = 0xffff_ffff;
const MAX_FILES = 0xffff;
const MAX_FILE_BYTES = 0x7fff_ffff;

/** Bytes of the file that it leaves at `path`. One file at a time is in memory. */
export async function zipFolder(folder: string, path: string): Promise<number> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const names = entries
    .filter((entry) => entry.isFile())
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)).replaceAll(sep, '/'))
    .toSorted();
  const sizes = await Promise.all(names.map(async (name) => (await stat(join(folder, name))).size));
  const large = names.find((_, at) => sizes[at]! > MAX_FILE_BYTES);
  // Node reads no more at once.
  if (large !== undefined) throw new InputError(`${large} has more than 2 GiB, which is the most for a file`);
  if (names.length > MAX_FILES) throw new InputError(`${names.length} files; a ZIP file takes ${MAX_FILES}`);
  const file = await open(path, 'wx', 0o600);
  try {
    const central: Buffer[] = [];
    let at = 0;
    const write = async (bytes: Uint8Array): Promise<void> => {
      at += bytes.byteLength;
      if (at > MAX_BYTES) throw new InputError(`more than 4 GiB, which is the most that a ZIP file takes`);
      await file.writeFile(bytes);
    };
    for (const name of names) {
      const bytes = await readFile(join(folder, name));
      const packed = await deflate(bytes);
      const fields = fieldsOf(bytes, packed, Buffer.byteLength(name));
      central.push(centralHeader(fields, at, name));
      await write(localHeader(fields, name));
      await write(packed);
    }
    const begin = at;
    for (const header of central) await write(header);
    await write(endOfCentral(names.length, at - begin, begin));
    return at;
  } finally {
    await file.close();
  }
}

/** What both headers of a file have in common. */
function fieldsOf(bytes: Uint8Array, packed: Uint8Array, nameBytes: number): Buffer {
  const fields = Buffer.alloc(26);
  fields.writeUInt16LE(VERSION, 0);
  fields.writeUInt16LE(FLAGS, 2);
  fields.writeUInt16LE(DEFLATED, 4);
  fields.writeUInt16LE(DATE, 8);
  fields.writeUInt32LE(crc32(bytes), 10);
  fields.writeUInt32LE(packed.byteLength, 14);
  fields.writeUInt32LE(bytes.byteLength, 18);
  fields.writeUInt16LE(nameBytes, 22);
  return fields;
}

function localHeader(fields: Buffer, name: string): Buffer {
  return Buffer.concat([uint32(LOCAL_HEADER), fields, Buffer.from(name)]);
}

function centralHeader(fields: Buffer, at: number, name: string): Buffer {
  const made = Buffer.alloc(2);
  made.writeUInt16LE(VERSION, 0);
  // No comment, disk 0, no attributes: 10 bytes.
  return Buffer.concat([
    ...[uint32(CENTRAL_HEADER), made, fields, Buffer.alloc(10), uint32(at), Buffer.from(name)],
  ]);
}

function endOfCentral(count: number, bytes: number, at: number): Buffer {
  const end = Buffer.alloc(18);
  end.writeUInt16LE(count, 4);
  end.writeUInt16LE(count, 6);
  end.writeUInt32LE(bytes, 8);
  end.writeUInt32LE(at, 12);
  return Buffer.concat([uint32(END_OF_CENTRAL), end]);
}

function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value, 0);
  return bytes;
}
