/**
 * A folder as one ZIP file, which every system opens. Files in the order of their names, with a time of our own, so that the same folder
 * is the same file.
 */
import { createWriteStream } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { ZipFile } from 'yazl';

/** The first day that a ZIP file has; it is written by the parts of local time, so that the zone does not matter. */
const mtime = new Date(1980, 0, 1);
const OPTIONS = { mtime, mode: 0o100600, forceDosTimestamp: true };

/** Bytes of the file that it leaves at `path`. Files pass through: none is held in memory. */
export async function zipFolder(folder: string, path: string): Promise<number> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const names = entries
    .filter((entry) => entry.isFile())
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)).replaceAll(sep, '/'));
  const zip = new ZipFile();
  const packed = zip.outputStream as Readable;
  // A file that cannot be read ends what is written, too.
  zip.once('error', (error: Error) => packed.destroy(error));
  for (const name of names.toSorted()) zip.addFile(join(folder, name), name, OPTIONS);
  zip.end();
  await pipeline(packed, createWriteStream(path, { flags: 'wx', mode: 0o600 }));
  return (await stat(path)).size;
}
