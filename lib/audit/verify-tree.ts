/**
 * The tree of a domain's log as its bucket has it, against the lines of the log: the last checkpoint, every tile and bundle below it,
 * and each drop that the log names. The lines come from a table that its keeper can write; the checkpoint takes the key.
 */
import { InputError } from '../errors.ts';
import { GrowingTiles } from '../tlog/growing-tiles.ts';
import { hashLeaf } from '../tlog/merkle.ts';
import type { VerifierKey } from '../tlog/note-key.ts';
import { parseEntries, TILE_WIDTH, tilePath } from '../tlog/tiles.ts';
import { checkDrops } from './check-drops.ts';
import { leafOf, verifyCheckpoint } from './log-tree.ts';
import { checkpointKey, lastCheckpoint, type StoredObjects, tileKey, tileReader } from './stored-log.ts';
import type { ActsProblem } from './verify-acts.ts';

export interface TreeVerdict {
  /** Entries that a checkpoint was signed over. */
  readonly signed: number;
  /** Drops whose logs were found as the log names them. */
  readonly drops: number;
  readonly problems: readonly ActsProblem[];
}

/** `lines` reads the whole log, without line ends: after the checkpoint, which may be extended meanwhile. Without keys nothing is said of who signed. */
export async function verifyTree(
  objects: StoredObjects,
  domain: string,
  {
    lines: readLines,
    keys,
  }: { readonly lines: () => Promise<readonly string[]>; readonly keys: readonly VerifierKey[] },
): Promise<TreeVerdict> {
  const where = `${domain}/log/checkpoint`;
  let head: Awaited<ReturnType<typeof lastCheckpoint>>;
  try {
    head = await lastCheckpoint(objects, domain);
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    return { signed: 0, drops: 0, problems: [{ where, kind: 'malformed', message: error.message }] };
  }
  if (head === null) {
    const { problems } = verifyCheckpoint(undefined, undefined, keys);
    return { signed: 0, drops: 0, problems: problems.map((problem) => ({ where, ...problem })) };
  }
  const key = checkpointKey(domain, head.size);
  const lines = await readLines();
  if (lines.length < head.size) {
    const message = `it was signed over ${head.size} entries; the log has ${lines.length}`;
    return { signed: head.size, drops: 0, problems: [{ where: key, kind: 'truncated', message }] };
  }
  const tree = new GrowingTiles(0, []);
  const leaves = lines.slice(0, head.size).map(leafOf);
  for (const leaf of leaves) tree.append(hashLeaf(leaf));
  const checkpoint = verifyCheckpoint(head.note, tree.head, keys);
  const tiles = await checkTiles(objects, domain, tree, leaves);
  const problems = [...checkpoint.problems.map((problem) => ({ where: key, ...problem })), ...tiles];
  if (problems.some(({ where: at }) => at !== key)) return { signed: head.size, drops: 0, problems };
  const empty = new GrowingTiles(0, []).head;
  const range = { domain, before: empty, after: tree.head };
  const { drops, problems: lost } = await checkDrops(objects, tileReader(objects, domain), range);
  return { signed: head.size, drops: drops - lost.length, problems: [...problems, ...lost] };
}

async function checkTiles(
  objects: StoredObjects,
  domain: string,
  tree: GrowingTiles,
  leaves: readonly Uint8Array[],
): Promise<ActsProblem[]> {
  const problems: ActsProblem[] = [];
  for (const tile of tree.added()) {
    const where = tileKey(domain, tilePath(tile));
    const stored = await objects.readBytes(where);
    if (stored === null) {
      problems.push({ where, kind: 'missing', message: 'the checkpoint stands on it' });
      continue;
    }
    const from = tile.index * TILE_WIDTH;
    const isSame =
      tile.bytes === null
        ? holdsEntries(stored, where, leaves.slice(from, from + tile.width))
        : stored.equals(tile.bytes);
    if (!isSame) problems.push({ where, kind: 'changed', message: 'it is not of the entries of the log' });
  }
  return problems;
}

function holdsEntries(bundle: Uint8Array, where: string, leaves: readonly Uint8Array[]): boolean {
  try {
    const entries = parseEntries(bundle, where);
    return entries.length === leaves.length && entries.every((entry, at) => entry.equals(leaves[at]!));
  } catch (error) {
    if (error instanceof InputError) return false;
    throw error;
  }
}
