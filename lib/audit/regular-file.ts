/** Files of folders that anyone may have made: a link, a device or a pipe under a file's name is never followed. */
import { constants } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { InputError } from '../errors.ts';

/** Larger than any text that is read whole. */
const MAX_TEXT_BYTES = 1 << 30;

/** A link that has taken the file's place since it was listed is refused too, and a pipe does not block. */
export async function openRegular(path: string): Promise<FileHandle> {
  const { O_RDONLY, O_NOFOLLOW = 0, O_NONBLOCK = 0 } = constants;
  const handle = await open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK).catch(
    (cause: NodeJS.ErrnoException) => {
      if (cause.code !== 'ELOOP') throw cause;
      throw new InputError(`${path} is a symbolic link, not a file: it is not opened`, { cause });
    },
  );
  if ((await handle.stat()).isFile()) return handle;
  await handle.close();
  throw new InputError(`${path} is a folder, a pipe or a device, not a file: it is not read`);
}

/** The bytes of a file that is no link, pipe or device. Throws an InputError for one of more than `maxBytes` (1 GiB). */
export async function readRegular(path: string, maxBytes = MAX_TEXT_BYTES): Promise<Buffer> {
  const handle = await openRegular(path);
  try {
    const { size } = await handle.stat();
    if (size > maxBytes) throw new InputError(`${path} has ${size} bytes; at most ${maxBytes} are read`);
    return await handle.readFile();
  } finally {
    await handle.close();
  }
}
