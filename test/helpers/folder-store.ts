import { createReadStream, createWriteStream } from 'node:fs';
import { copyFile, mkdir, readdir, readFile, rename, stat, writeFile } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { type ByteRange, MissingObject, type ObjectStore } from '../../lib/object-store.ts';

/** A folder as a bucket without versions. */
export class FolderStore implements ObjectStore {
  readonly #folder: string;

  constructor(folder: string) {
    this.#folder = folder;
  }

  async download(key: string, path: string, range?: ByteRange): Promise<void> {
    await pipeline(await this.read(key, range), createWriteStream(path));
  }

  async read(key: string, range?: ByteRange): Promise<AsyncIterable<Uint8Array>> {
    const file = join(this.#folder, key);
    const found = await stat(file).catch(() => null);
    if (found === null) throw new MissingObject(`there is no object ${key}`);
    if (range === undefined) return createReadStream(file);
    if (range.to <= range.from) return (async function* () {})();
    return createReadStream(file, { start: range.from, end: range.to - 1 });
  }

  async upload(path: string, key: string): Promise<void> {
    const file = join(this.#folder, key);
    await mkdir(dirname(file), { recursive: true });
    await copyFile(path, `${file}.partial`);
    await rename(`${file}.partial`, file);
  }

  async readText(key: string): Promise<string | null> {
    return readFile(join(this.#folder, key), 'utf8').catch(() => null);
  }

  async writeText(key: string, text: string): Promise<void> {
    const file = join(this.#folder, key);
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, text);
  }

  async list(prefix: string): Promise<string[]> {
    const entries = await readdir(this.#folder, { recursive: true, withFileTypes: true });
    return entries
      .filter((entry) => entry.isFile())
      .map((entry) => relative(this.#folder, join(entry.parentPath, entry.name)))
      .filter((key) => key.startsWith(prefix))
      .toSorted();
  }
}
