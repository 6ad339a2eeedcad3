/** What every stage of a drop is given, and the little that they all do with it: fetch, open a session, put back. */
import { mkdir } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { Session } from '../engine/session.ts';
import { InputError } from '../errors.ts';
import type { Model } from '../models/model-folder.ts';
import type { ObjectStore } from '../object-store.ts';
import type { KeysOf } from '../privacy/domain-keys.ts';
import type { DropRef } from './flow.ts';
import type { StoredRates } from './stored-rates.ts';

export interface StageDeps {
  /** Holds what was dropped. */
  readonly drops: ObjectStore;
  /** Holds everything else. */
  readonly data: ObjectStore;
  readonly loadModel: (domain: string, version: string) => Promise<Model>;
  readonly rates: StoredRates;
  /** Absent: no domain's records are erasable. */
  readonly keysOf?: KeysOf;
  /** Receives what went wrong and does not stop the drop. */
  readonly warn: (what: string, drop: Pick<DropRef, 'id' | 'domain'>, error: unknown) => void;
  readonly threads: number;
  readonly memoryLimitMb: number;
}

/** Of a name in a file system. */
const MAX_NAME_BYTES = 255;

/** Runs `work` in a session of its own, which is gone afterwards with everything it wrote to its folder. */
export async function inSession<T>(deps: StageDeps, work: (session: Session) => Promise<T>): Promise<T> {
  const { threads, memoryLimitMb } = deps;
  const session = await Session.open({ threads, memoryLimitMb });
  try {
    return await work(session);
  } finally {
    await session.close();
  }
}

/** Where the delivered file is put, under its own name: messages quote it. */
export async function deliveredPath(session: Session, { key }: Pick<DropRef, 'key'>): Promise<string> {
  const folder = join(session.folder, 'delivered');
  await mkdir(folder, { recursive: true });
  return join(folder, fileName(key));
}

/** A key of S3 may end in what is no name of a file. Throws an InputError then. */
function fileName(key: string): string {
  const name = basename(key);
  const bytes = Buffer.byteLength(name);
  if (bytes > MAX_NAME_BYTES) {
    throw new InputError(
      `the file's name is ${bytes} bytes long, expected at most ${MAX_NAME_BYTES}: ${name.slice(0, 40)}…`,
    );
  }
  if (['', '.', '..'].includes(name) || name.includes('\0'))
    throw new InputError(`the key ${key} ends in no file name: drops/<domain>/<file> is expected`);
  return name;
}
