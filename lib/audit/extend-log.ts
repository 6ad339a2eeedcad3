/**
 * The log of a domain, brought up to what was done: drops that are due go into the chain, what the chain has more than the last
 * checkpoint goes into tiles, and a checkpoint is signed over them. All of it follows from the chain: it may be ended anywhere, or
 * run twice at once, and leaves the same objects. A checkpoint is only signed that continues the last one.
 */
import { inParallel } from '../in-parallel.ts';
import { edgeOf, GrowingTiles } from '../tlog/growing-tiles.ts';
import { hashLeaf, isSameHash, type TreeHead } from '../tlog/merkle.ts';
import { type NoteSigner, verifyNote } from '../tlog/note-key.ts';
import { parseNote } from '../tlog/signed-note.ts';
import { formatEntries, TILE_WIDTH, tilePath } from '../tlog/tiles.ts';
import { parseEntry } from './audit-entry.ts';
import { leafOf, signCheckpoint } from './log-tree.ts';
import { checkpointKey, lastCheckpoint, type StoredObjects, tileKey } from './stored-log.ts';

export interface LogDeps {
  /** The chain's entries from a number on, in order: lines without their ends, and as many as there are, up to a limit. */
  readonly lines: (
    domain: string,
    from: number,
    max: number,
  ) => Promise<readonly { readonly line: string }[]>;
  /** Takes into the chain what waits for it. */
  readonly takeDue: (domain: string) => Promise<unknown>;
  readonly stored: StoredObjects;
  /** Writes where nothing can be changed. The same bytes again are fine, others throw. */
  readonly put: (key: string, bytes: Uint8Array) => Promise<unknown>;
  /** Of the log of that domain. */
  readonly signer: (domain: string) => Promise<NoteSigner>;
}

const CONCURRENCY = 8;
/** What a function reads and holds at a time: more entries take several checkpoints. */
const MAX_ENTRIES = 50_000;

export interface ExtendedLog {
  readonly entries: number;
  /** Since the last checkpoint. */
  readonly added: number;
}

export async function extendLog(deps: LogDeps, domain: string): Promise<ExtendedLog> {
  await deps.takeDue(domain);
  const signer = await deps.signer(domain);
  const first = (await lastHead(deps, domain, signer)).size;
  for (let entries = first; ; ) {
    const grown = await extendOnce(deps, domain, signer);
    if (grown === entries) return { entries, added: entries - first };
    entries = grown;
  }
}

async function extendOnce(deps: LogDeps, domain: string, signer: NoteSigner): Promise<number> {
  const before = await lastHead(deps, domain, signer);
  const tiles = await openTiles(deps, domain, before);
  // From the bundle on that may be partial, with at least one entry that is there already.
  const from = Math.floor(Math.max(0, before.size - 1) / TILE_WIDTH) * TILE_WIDTH;
  const lines = await deps.lines(domain, from, MAX_ENTRIES);
  expectChain(
    domain,
    lines.map(({ line }) => line),
    { from, size: before.size },
  );
  const leaves = lines.map(({ line }) => leafOf(line));
  await expectSame(deps, domain, { before, from, leaves });
  for (const leaf of leaves.slice(before.size - from)) tiles.append(hashLeaf(leaf));
  const after = tiles.head;
  if (after.size === before.size) return after.size;
  await inParallel(tiles.added(), CONCURRENCY, async ({ bytes, ...tile }) => {
    const start = tile.index * TILE_WIDTH - from;
    await deps.put(
      tileKey(domain, tilePath(tile)),
      bytes ?? formatEntries(leaves.slice(start, start + tile.width)),
    );
  });
  // Last: a checkpoint without its tiles is never there.
  const note = await signCheckpoint(signer, signer.key.name, after);
  await deps.put(checkpointKey(domain, after.size), Buffer.from(note));
  return after.size;
}

/** Of the last checkpoint, which must be by the log's own key. */
async function lastHead({ stored }: LogDeps, domain: string, { key }: NoteSigner): Promise<TreeHead> {
  const last = await lastCheckpoint(stored, domain);
  if (last === null) return { size: 0, root: new Uint8Array() };
  if (verifyNote(parseNote(last.note, 'checkpoint'), [key]).valid.length === 0)
    throw new Error(`the checkpoint ${checkpointKey(domain, last.size)} is not signed by ${key.name}`);
  return last;
}

async function openTiles(
  { stored }: LogDeps,
  domain: string,
  { size, root }: TreeHead,
): Promise<GrowingTiles> {
  const edge = await inParallel(edgeOf(size), CONCURRENCY, async (tile) => {
    const path = tileKey(domain, tilePath(tile));
    const bytes = await stored.readBytes(path);
    if (bytes === null) throw new Error(`${path} is missing: the checkpoint of ${size} entries stands on it`);
    return bytes;
  });
  const tiles = new GrowingTiles(size, edge);
  if (size > 0 && !isSameHash(tiles.head.root, root))
    throw new Error(
      `the tiles of the log of ${domain} do not give the root of its checkpoint of ${size} entries`,
    );
  return tiles;
}

/** The entries follow one another, and there are at least those that a checkpoint has. */
function expectChain(
  domain: string,
  lines: readonly string[],
  { from, size }: { from: number; size: number },
): void {
  if (from + lines.length < size)
    throw new Error(
      `the log of ${domain} ends before entry ${size}, which its checkpoint has: it was rolled back`,
    );
  let prev: string | undefined;
  for (const [at, line] of lines.entries()) {
    const { entry, fault } = parseEntry(line);
    const expected = entry?.seq === from + at && (prev === undefined || entry.prev === prev);
    if (entry === undefined || fault !== undefined || !expected)
      throw new Error(
        `entry ${from + at} of the log of ${domain} is not sound: ${fault ?? 'it does not follow'}`,
      );
    prev = entry.hash;
  }
}

/** The entries that are in the tree already are still those. */
async function expectSame(
  { stored }: LogDeps,
  domain: string,
  {
    before,
    from,
    leaves,
  }: { readonly before: TreeHead; readonly from: number; readonly leaves: readonly Uint8Array[] },
): Promise<void> {
  const width = before.size - from;
  if (width === 0) return;
  const tile = tileKey(domain, tilePath({ level: 0, index: from / TILE_WIDTH, width }));
  const bytes = (await stored.readBytes(tile)) ?? Buffer.alloc(0);
  const hashes = Buffer.concat(leaves.slice(0, width).map(hashLeaf));
  if (!hashes.equals(bytes))
    throw new Error(
      `the log of ${domain} differs from what its checkpoint of ${before.size} entries has: a fork`,
    );
}
