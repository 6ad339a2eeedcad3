/**
 * A ZIP archive as files, by its central directory: deflated or stored, as Lambda keeps code and layers. What anyone may have made is
 * read by lib/cases/read-zip.ts, which refuses what other writers may do (comments, room between entries) and looks at no modes.
 */
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname, relative, resolve } from 'node:path';
import { crc32, inflateRawSync } from 'node:zlib';

const END = 0x06054b50;
const END_BYTES = 22;
const ENTRY = 0x02014b50;
const ENTRY_BYTES = 46;
const LOCAL_BYTES = 30;
const DEFLATED = 8;
const MAX_COMMENT = 0xffff;

/** Writes what the archive holds under `folder`. Throws where it is no archive, or an entry would lie elsewhere. */
export function unzip(archive: Buffer, folder: string): void {
  const end = findEnd(archive);
  let at = archive.readUInt32LE(end + 16);
  for (let left = archive.readUInt16LE(end + 10); left > 0; left--) {
    if (archive.readUInt32LE(at) !== ENTRY) throw new Error(`no entry of a ZIP archive at byte ${at}`);
    const [nameBytes, extraBytes, commentBytes] = [28, 30, 32].map((from) =>
      archive.readUInt16LE(at + from),
    ) as [number, number, number];
    const name = archive.toString('utf8', at + ENTRY_BYTES, at + ENTRY_BYTES + nameBytes);
    if (!name.endsWith('/')) writeEntry(archive, at, name, pathWithin(folder, name));
    at += ENTRY_BYTES + nameBytes + extraBytes + commentBytes;
  }
}

function findEnd(archive: Buffer): number {
  const first = Math.max(0, archive.length - END_BYTES - MAX_COMMENT);
  for (let at = archive.length - END_BYTES; at >= first; at--)
    if (archive.readUInt32LE(at) === END) return at;
  throw new Error(`expected a ZIP archive, found ${archive.length} bytes without its end record`);
}

function pathWithin(folder: string, name: string): string {
  const path = resolve(folder, name);
  if (relative(folder, path).startsWith('..'))
    throw new Error(`the archive's entry ${name} lies outside of it`);
  return path;
}

/** `at`: of its record in the central directory. */
function writeEntry(archive: Buffer, at: number, name: string, path: string): void {
  const method = archive.readUInt16LE(at + 10);
  const sum = archive.readUInt32LE(at + 16);
  const packedBytes = archive.readUInt32LE(at + 20);
  const mode = archive.readUInt32LE(at + 38) >>> 16;
  const local = archive.readUInt32LE(at + 42);
  const from = local + LOCAL_BYTES + archive.readUInt16LE(local + 26) + archive.readUInt16LE(local + 28);
  const packed = archive.subarray(from, from + packedBytes);
  const data = method === DEFLATED ? inflateRawSync(packed) : packed;
  if (crc32(data) !== sum) throw new Error(`the archive's entry ${name} is not what was packed`);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, data);
  if ((mode & 0o111) !== 0) chmodSync(path, 0o755);
}
