/**
 * The drops that one saw as its past. The audit log states how many and the sha256 of their list (`past.txt` of a run folder: a line
 * each); the list itself lies in the results. Lists of the same domain differ only at their end, so blocks of them are stored once,
 * or each drop would store the ids of all before it.
 *
 *     history/<domain>/past/<sha256>.txt    a block of 256 ids, a line each
 *     results/<domain>/<drop>/past.json     the blocks' hashes, and the ids after them
 */
import { createHash } from 'node:crypto';
import { z } from 'zod';
import type { ObjectStore } from '../object-store.ts';
import { storeOnce } from '../stored-once.ts';

const BLOCK = 256;

const PastList = z.strictObject({
  format: z.literal('assay-past/1'),
  blocks: z.array(z.string()),
  rest: z.array(z.string()),
});

interface Drop {
  readonly id: string;
  readonly domain: string;
}

function pastText(drops: readonly string[]): string {
  return drops.map((id) => `${id}\n`).join('');
}

/** Oldest first. A drop without a past stores nothing. */
export async function storePast(store: ObjectStore, drop: Drop, drops: readonly string[]): Promise<void> {
  if (drops.length === 0) return;
  const whole = Math.floor(drops.length / BLOCK);
  const blocks: string[] = [];
  for (let at = 0; at < whole; at++) {
    const text = pastText(drops.slice(at * BLOCK, (at + 1) * BLOCK));
    const hash = createHash('sha256').update(text).digest('hex');
    await storeOnce(store, prefixOf(drop), `${hash}.txt`, (key) => store.writeText(key, text));
    blocks.push(hash);
  }
  const list: z.output<typeof PastList> = {
    format: 'assay-past/1',
    blocks,
    rest: [...drops.slice(whole * BLOCK)],
  };
  await store.writeText(keyOf(drop), JSON.stringify(list));
}

export async function readPast(store: ObjectStore, drop: Drop): Promise<string[]> {
  const { blocks, rest } = PastList.parse(JSON.parse(await readKey(store, keyOf(drop))));
  const texts: string[] = [];
  for (const hash of blocks) texts.push(await readKey(store, `${prefixOf(drop)}${hash}.txt`));
  return [...texts.flatMap((text) => text.split('\n').filter((id) => id !== '')), ...rest];
}

async function readKey(store: ObjectStore, key: string): Promise<string> {
  const text = await store.readText(key);
  if (text === null) throw new Error(`there is no ${key}`);
  return text;
}

function keyOf({ id, domain }: Drop): string {
  return `results/${domain}/${id}/past.json`;
}

function prefixOf({ domain }: Drop): string {
  return `history/${domain}/past/`;
}
