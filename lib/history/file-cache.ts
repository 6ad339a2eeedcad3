/** Fetched objects that stay as files for the next request: what is stored of the past does not change. */
import { existsSync } from 'node:fs';
import { mkdir, rename, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { inParallel } from '../in-parallel.ts';
import { MAX_TRANSFERS, type ObjectStore } from '../object-store.ts';

export interface FileCacheOptions {
  readonly store: Pick<ObjectStore, 'download'>;
  /** A folder for fetched files, and the most bytes to keep there. */
  readonly folder: string;
  readonly maxBytes: number;
}

export class FileCache {
  readonly #options: FileCacheOptions;
  /** Sizes by key, the least recently used first. */
  readonly #files = new Map<string, number>();

  constructor(options: FileCacheOptions) {
    this.#options = options;
  }

  /** Their paths, in the order of the keys. */
  async fetch(keys: readonly string[]): Promise<string[]> {
    const { store, folder } = this.#options;
    const paths = keys.map((key) => join(folder, key));
    await inParallel(keys, MAX_TRANSFERS, async (key, at) => {
      const path = paths[at]!;
      if (!existsSync(path)) {
        await mkdir(dirname(path), { recursive: true });
        const partial = `${path}.partial`;
        await rm(partial, { force: true });
        await store.download(key, partial);
        await rename(partial, path);
      }
      const { size } = await stat(path);
      this.#files.delete(key);
      this.#files.set(key, size);
    });
    await this.#makeRoom(keys);
    return paths;
  }

  async #makeRoom(wanted: readonly string[]): Promise<void> {
    const { folder, maxBytes } = this.#options;
    let total = [...this.#files.values()].reduce((sum, size) => sum + size, 0);
    for (const [key, size] of this.#files) {
      if (total <= maxBytes) break;
      if (wanted.includes(key)) continue;
      await rm(join(folder, key), { force: true });
      this.#files.delete(key);
      total -= size;
    }
  }
}
