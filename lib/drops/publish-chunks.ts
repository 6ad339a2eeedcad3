/**
 * What a drop puts before people, in pieces: flags by the partition that they were explained in, and records for blind review. Written
 * by the stages that know them, read by those that put them into tables, many at a time.
 */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { FlagItem } from '../decisions/flag-item.ts';
import type { Session } from '../engine/session.ts';
import type { ObjectStore } from '../object-store.ts';
import type { BlindEntry } from './blind-items.ts';
import { dropKeys } from './drop-keys.ts';
import type { DropRef, PublishInput } from './flow.ts';
import type { StageDeps } from './stage.ts';

/** Items a piece: some seconds of writing, a few megabytes. */
const CHUNK_ITEMS = 2_000;

const flagChunk = (partition: number, nth: number): string => `flags/${partition}/${nth}`;
const BLIND = 'blind/';

/** Stores the flags of a partition. */
export async function writeFlagChunks(
  deps: StageDeps,
  session: Session,
  { drop, partition }: { readonly drop: DropRef; readonly partition: number },
  items: AsyncIterable<FlagItem>,
): Promise<void> {
  await writeChunks(deps, session, drop, items, (nth) => flagChunk(partition, nth));
}

/** The names of the pieces that so many flags of a partition are in. */
export function flagChunks(partition: number, flags: number): string[] {
  return Array.from({ length: Math.ceil(flags / CHUNK_ITEMS) }, (_, nth) => flagChunk(partition, nth));
}

/** Stores records for blind review; the names of their pieces. */
export async function writeBlindChunks(
  deps: StageDeps,
  session: Session,
  drop: DropRef,
  entries: AsyncIterable<BlindEntry>,
): Promise<string[]> {
  return writeChunks(deps, session, drop, entries, (nth) => `${BLIND}${nth}`);
}

async function writeChunks(
  deps: StageDeps,
  session: Session,
  drop: DropRef,
  items: AsyncIterable<object>,
  nameOf: (nth: number) => string,
): Promise<string[]> {
  const names: string[] = [];
  let lines: string[] = [];
  const flush = async (): Promise<void> => {
    if (lines.length === 0) return;
    const name = nameOf(names.length);
    const path = join(session.folder, 'chunk.jsonl');
    await writeFile(path, lines.join(''));
    await deps.data.upload(path, dropKeys(drop).publish(name));
    names.push(name);
    lines = [];
  };
  for await (const item of items) {
    lines.push(`${JSON.stringify(item)}\n`);
    if (lines.length >= CHUNK_ITEMS) await flush();
  }
  await flush();
  return names;
}

/** What a piece of a drop holds (at most 2,000): flags, or records for blind review. */
export type Published =
  | { readonly flags: readonly FlagItem[]; readonly blind?: never }
  | { readonly blind: readonly BlindEntry[]; readonly flags?: never };

/** A piece by its name. Throws where there is none. */
export async function readChunk(store: ObjectStore, { drop, chunk }: PublishInput): Promise<Published> {
  const key = dropKeys(drop).publish(chunk);
  const text = await store.readText(key);
  if (text === null) throw new Error(`there is no ${key}: the drop ${drop.id} was not assembled`);
  const lines = text.split('\n').filter((line) => line !== '');
  if (chunk.startsWith(BLIND)) return { blind: lines.map((line) => JSON.parse(line) as BlindEntry) };
  return { flags: lines.map((line) => JSON.parse(line) as FlagItem) };
}
