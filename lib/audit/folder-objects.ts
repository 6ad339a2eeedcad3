/** A copy of the audit bucket as a folder. */
import { readdir, readFile } from 'node:fs/promises';
import { dirname, isAbsolute, join } from 'node:path';
import type { StoredObjects } from './stored-log.ts';

export class FolderObjects implements StoredObjects {
  readonly #folder: string;

  constructor(folder: string) {
    this.#folder = folder;
  }

  /** `prefix` ends with a slash. */
  async list(prefix: string): Promise<string[]> {
    const names = await readdir(join(this.#folder, dirname(`${prefix}x`))).catch(orMissing);
    return (names ?? []).map((name) => `${prefix}${name}`).sort();
  }

  async readBytes(key: string): Promise<Buffer | null> {
    // A key may come from a log that no one vouches for: it names nothing outside the folder.
    if (isAbsolute(key) || key.split(/[\\/]/).includes('..')) return null;
    return await readFile(join(this.#folder, key)).catch(orMissing);
  }
}

function orMissing(error: NodeJS.ErrnoException): null {
  if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return null;
  throw error;
}
