/** Everywhere that a text can be read in folders: see readable-texts.ts. Names of files count too. */
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { findReadings, type Reading, type StoredBytes } from '../helpers/readable-texts.ts';

export async function findReadable(folders: readonly string[], texts: readonly string[]): Promise<Reading[]> {
  return await findReadings(filesOf(folders), texts);
}

async function* filesOf(folders: readonly string[]): AsyncGenerator<StoredBytes> {
  for (const folder of folders)
    for (const file of await readdir(folder, { recursive: true, withFileTypes: true })) {
      if (!file.isFile()) continue;
      const path = join(file.parentPath, file.name);
      yield { where: path.slice(folder.length), bytes: await readFile(path) };
    }
}
