/** The files that an audit log vouches for, read again and held against the hashes in its last entry. */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';

/** sha256 of a file in hex; undefined where there is none. */
export async function hashFile(path: string): Promise<string | undefined> {
  const hash = createHash('sha256');
  try {
    await pipeline(createReadStream(path), hash);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
  return hash.digest('hex');
}

/** Hashes of the named files in a folder; those that are not there are left out. */
export async function hashFiles(folder: string, names: readonly string[]): Promise<Record<string, string>> {
  const hashes: Record<string, string> = {};
  for (const name of names) {
    const hash = await hashFile(join(folder, name));
    if (hash !== undefined) hashes[name] = hash;
  }
  return hashes;
}
