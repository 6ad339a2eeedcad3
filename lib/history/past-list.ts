/**
 * The drops that one saw as its past. The audit log states how many and the sha256 of `past.txt` of the run folder, which has a line for
 * each: a drop's id, or of a segment the sha256 of its own list and how many drops that names. So what a drop states does not grow
 * with the drops before it. A segment that was put together from others names these in its list.
 *
 *     history/<domain>/past/<sha256>.txt    the lines of a segment; it stays when the segment is replaced
 *     results/<domain>/<drop>/past.json     the lines of a drop
 */
import { createHash } from 'node:crypto';
import { z } from 'zod';
import type { ObjectStore } from '../object-store.ts';
import type { Past } from './past.ts';

const PastLines = z.strictObject({ format: z.literal('assay-past/2'), lines: z.array(z.string()) });
/** By earlier versions: lists of 256 ids each, and the ids after them. */
const PastBlocks = z.strictObject({
  format: z.literal('assay-past/1'),
  blocks: z.array(z.string()),
  rest: z.array(z.string()),
});
const PastList = z.discriminatedUnion('format', [PastLines, PastBlocks]);

interface Drop {
  readonly id: string;
  readonly domain: string;
}

type ReadStore = Pick<ObjectStore, 'readText'>;

/** The lines of `past.txt`. */
export function pastLines({ segments, recent }: Past): string[] {
  return [
    ...segments.map(({ segment, drops }) => `${segment} ${drops}`),
    ...recent.map((entry) => entry.drop),
  ];
}

/** A drop without a past stores nothing. */
export async function storePast(
  store: Pick<ObjectStore, 'writeText'>,
  drop: Drop,
  lines: readonly string[],
): Promise<void> {
  if (lines.length === 0) return;
  const list: z.output<typeof PastLines> = { format: 'assay-past/2', lines: [...lines] };
  await store.writeText(keyOf(drop), JSON.stringify(list));
}

export interface ListedPast {
  /** Each line of `past.txt`. */
  readonly lines: readonly string[];
  readonly drops: readonly string[];
  /** Which of their records are out of date is found by their ids: earlier versions went by each drop's own list alone. */
  readonly byIds: boolean;
}

/** The past that a drop saw: the lines of its `past.txt`, and the ids of the drops that they name. Throws where no list is stored. */
export async function readPast(store: ReadStore, drop: Drop): Promise<ListedPast> {
  const list = PastList.parse(JSON.parse(await readKey(store, keyOf(drop))));
  if (list.format === 'assay-past/1') {
    const drops = [...(await readLists(store, drop.domain, list.blocks)), ...list.rest];
    return { lines: drops, drops, byIds: false };
  }
  return { lines: list.lines, drops: await expand(store, drop.domain, list.lines), byIds: true };
}

/** The ids that lines name. */
async function expand(store: ReadStore, domain: string, lines: readonly string[]): Promise<string[]> {
  const drops: string[] = [];
  for (const line of lines) {
    const [name, count] = line.split(' ') as [string, string | undefined];
    if (count === undefined) drops.push(name);
    else drops.push(...(await expand(store, domain, await readLines(store, domain, name))));
  }
  return drops;
}

/** Stores the lines of a segment; their sha256. */
export async function storeLines(
  store: Pick<ObjectStore, 'writeText'>,
  domain: string,
  lines: readonly string[],
): Promise<string> {
  const text = lines.map((line) => `${line}\n`).join('');
  const sha256 = createHash('sha256').update(text).digest('hex');
  await store.writeText(`${prefixOf(domain)}${sha256}.txt`, text);
  return sha256;
}

/** The lines of a list, which is as its name says. */
async function readLines(store: ReadStore, domain: string, sha256: string): Promise<string[]> {
  const key = `${prefixOf(domain)}${sha256}.txt`;
  const text = await readKey(store, key);
  const found = createHash('sha256').update(text).digest('hex');
  if (found !== sha256) throw new Error(`${key} has the sha256 ${found}: it was changed`);
  return text.split('\n').filter((id) => id !== '');
}

async function readLists(store: ReadStore, domain: string, hashes: readonly string[]): Promise<string[]> {
  const lists: string[][] = [];
  for (const hash of hashes) lists.push(await readLines(store, domain, hash));
  return lists.flat();
}

async function readKey(store: ReadStore, key: string): Promise<string> {
  const text = await store.readText(key);
  if (text === null) throw new Error(`there is no ${key}`);
  return text;
}

function keyOf({ id, domain }: Drop): string {
  return `results/${domain}/${id}/past.json`;
}

function prefixOf(domain: string): string {
  return `history/${domain}/past/`;
}
