/**
 * The log of a domain as it is published: tiles, bundles of entries and checkpoints under keys that are written once.
 *
 *     <domain>/log/tile/…                             C2SP tlog-tiles
 *     <domain>/log/checkpoint/<size, 12 digits>       signed notes; the last is the log's checkpoint
 */
import { InputError } from '../errors.ts';
import { type Checkpoint, parseCheckpoint } from '../tlog/checkpoint.ts';
import { parseNote } from '../tlog/signed-note.ts';
import type { TileReader } from '../tlog/tile-reader.ts';

export interface StoredObjects {
  list(prefix: string): Promise<string[]>;
  /** Null: there is none. */
  readBytes(key: string): Promise<Buffer | null>;
}

export interface StoredCheckpoint extends Checkpoint {
  /** The signed note. */
  readonly note: string;
}

export function checkpointKey(domain: string, size: number): string {
  return `${checkpoints(domain)}${String(size).padStart(12, '0')}`;
}

export function tileKey(domain: string, path: string): string {
  return `${domain}/log/${path}`;
}

/** The largest; null: there is none yet. */
export async function lastCheckpoint(
  objects: StoredObjects,
  domain: string,
): Promise<StoredCheckpoint | null> {
  const key = (await objects.list(checkpoints(domain))).at(-1);
  if (key === undefined) return null;
  const note = (await objects.readBytes(key))?.toString('utf8') ?? '';
  const checkpoint = parseCheckpoint(parseNote(note, key).text, key);
  if (key !== checkpointKey(domain, checkpoint.size))
    throw new InputError(`${key} is of a log of ${checkpoint.size} entries`);
  return { ...checkpoint, note };
}

/** Reads tiles of the log. */
export function tileReader(objects: StoredObjects, domain: string): TileReader {
  return async (path) => {
    const key = tileKey(domain, path);
    const bytes = await objects.readBytes(key);
    if (bytes === null) throw new InputError(`${key} is missing: a checkpoint stands on it`);
    return bytes;
  };
}

function checkpoints(domain: string): string {
  return `${domain}/log/checkpoint/`;
}
