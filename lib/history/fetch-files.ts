/** Objects brought to this machine, to be read as files. */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Session } from '../engine/session.ts';
import { inParallel } from '../in-parallel.ts';
import { MAX_TRANSFERS, MissingObject, type ObjectStore } from '../object-store.ts';

/** The objects as files in a new folder under `session`'s; their paths in the order of the keys. */
export async function fetchAll(
  session: Session,
  store: Pick<ObjectStore, 'download'>,
  name: string,
  keys: readonly string[],
): Promise<string[]> {
  const folder = join(session.folder, name);
  await mkdir(folder, { recursive: true });
  const paths = keys.map((_, at) => join(folder, String(at)));
  await inParallel(keys, MAX_TRANSFERS, (key, at) =>
    store.download(key, paths[at]!).catch((cause: Error) => {
      // What a stage before should have left is missing: no one's fault but ours.
      if (cause instanceof MissingObject) throw new Error(`there is no ${key}`, { cause });
      throw cause;
    }),
  );
  return paths;
}
