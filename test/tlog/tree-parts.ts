/** Parts of a tree in memory, to hold against what is read from a stored one. */
import { consistencySpans, type Hash, hashSpan, type ReadNode } from '../../lib/tlog/merkle.ts';
import { TILE_WIDTH, type Tile } from '../../lib/tlog/tiles.ts';

const TILE_HEIGHT = Math.log2(TILE_WIDTH);

export function proveConsistency(old: number, size: number, node: ReadNode): Hash[] {
  return consistencySpans(old, size).map((span) => hashSpan(span, node));
}

/** What a tile of hashes holds. */
export function tileBytes(
  { level, index, width }: Tile & { readonly level: number },
  node: ReadNode,
): Buffer {
  const first = index * TILE_WIDTH;
  return Buffer.concat(Array.from({ length: width }, (_, at) => node(level * TILE_HEIGHT, first + at)));
}
