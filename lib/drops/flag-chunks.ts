/** A drop's flags in pieces: written by the stage that knows them all, read by those that put them before officers. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { FlagItem } from '../decisions/flag-item.ts';
import type { Session } from '../engine/session.ts';
import type { ObjectStore } from '../object-store.ts';
import { dropKeys } from './drop-keys.ts';
import type { DropPlan } from './drop-plan.ts';
import type { PublishInput } from './flow.ts';
import type { StageDeps } from './stage.ts';

/** Flags a piece: some seconds of writing, a few megabytes. */
const CHUNK_FLAGS = 2_000;

/** The numbers of the pieces. */
export async function writeChunks(
  deps: StageDeps,
  session: Session,
  { drop }: DropPlan,
  items: AsyncIterable<FlagItem>,
): Promise<number[]> {
  const chunks: number[] = [];
  let lines: string[] = [];
  const flush = async (): Promise<void> => {
    if (lines.length === 0) return;
    const path = join(session.folder, 'chunk.jsonl');
    await writeFile(path, lines.join(''));
    await deps.data.upload(path, dropKeys(drop).publish(chunks.length));
    chunks.push(chunks.length);
    lines = [];
  };
  for await (const item of items) {
    lines.push(`${JSON.stringify(item)}\n`);
    if (lines.length >= CHUNK_FLAGS) await flush();
  }
  await flush();
  return chunks;
}

/** The flags of one piece of a drop (at most 2,000), as `assemble` stored them. */
export async function readChunk(store: ObjectStore, { drop, chunk }: PublishInput): Promise<FlagItem[]> {
  const key = dropKeys(drop).publish(chunk);
  const text = await store.readText(key);
  if (text === null) throw new Error(`there is no ${key}: the drop ${drop.id} was not assembled`);
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as FlagItem);
}
