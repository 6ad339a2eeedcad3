import { writeFile } from 'node:fs/promises';
import { InputError } from '../errors.ts';

/** Throws an InputError where there is a file already: its mode would stay, and what it holds would be gone. */
export async function writeNew(path: string, text: string, mode = 0o644): Promise<void> {
  await writeFile(path, text, { flag: 'wx', mode }).catch((cause: NodeJS.ErrnoException) => {
    const why =
      cause.code === 'EEXIST'
        ? 'is there already, and is not overwritten'
        : `cannot be written (${cause.code})`;
    throw new InputError(`${path} ${why}`, { cause });
  });
}
