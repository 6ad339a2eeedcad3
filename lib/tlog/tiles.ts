/**
 * A log as static files (C2SP tlog-tiles): its tree in tiles of 256 hashes, its entries in bundles of 256. The tile at level L holds
 * the nodes at level 8 · L of the tree; the last of a level may be partial.
 *
 *     tile/0/x001/x234/067      tile/entries/x001/x234/067.p/112
 */
import { InputError } from '../errors.ts';
import { HASH_BYTES, type Hash, hashChildren, hashSpan, type ReadNode, type Span } from './merkle.ts';

export const TILE_WIDTH = 256;
const TILE_HEIGHT = 8;
/** An entry stands behind its length in two bytes. */
export const MAX_ENTRY_BYTES = 0xffff;

export interface Tile {
  readonly level: number | 'entries';
  readonly index: number;
  /** Of 256 hashes or entries, how many it has. */
  readonly width: number;
}

export function tilePath({ level, index, width }: Tile): string {
  const digits = String(index);
  const groups = digits.padStart(Math.ceil(digits.length / 3) * 3, '0').match(/.{3}/g)!;
  const path = groups.map((group, at) => (at === groups.length - 1 ? group : `x${group}`)).join('/');
  return `tile/${level}/${path}${width === TILE_WIDTH ? '' : `.p/${width}`}`;
}

/** The tiles of a tree, those left out that a tree of `before` leaves has just so; the bundles of entries last. */
export function tilesOf(size: number, before = 0): Tile[] {
  const tiles: Tile[] = [];
  for (let level = 0, [count, old] = [size, before]; count > 0; level++) {
    tiles.push(...tilesOfLevel(level, count, old));
    count = Math.floor(count / TILE_WIDTH);
    old = Math.floor(old / TILE_WIDTH);
  }
  return [...tiles, ...tilesOfLevel('entries', size, before)];
}

function tilesOfLevel(level: Tile['level'], count: number, before: number): Tile[] {
  if (count === before) return [];
  const tiles: Tile[] = [];
  for (let index = Math.floor(before / TILE_WIDTH); index * TILE_WIDTH < count; index++)
    tiles.push({ level, index, width: Math.min(TILE_WIDTH, count - index * TILE_WIDTH) });
  return tiles;
}

/** The partial or full tiles, in a tree of `size` leaves, out of which the hashes of these spans can be computed. */
export function tilesFor(spans: readonly Span[], size: number): (Tile & { readonly level: number })[] {
  const tiles = new Map<string, Tile & { level: number }>();
  for (const span of spans) {
    hashSpan(span, (nodeLevel, nodeIndex) => {
      const { level, index } = placeOf(nodeLevel, nodeIndex);
      const count = Math.floor(size / TILE_WIDTH ** level);
      const width = Math.min(TILE_WIDTH, count - index * TILE_WIDTH);
      tiles.set(`${level}/${index}`, { level, index, width });
      return new Uint8Array(HASH_BYTES);
    });
  }
  return [...tiles.values()];
}

/** The nodes that tiles hold and imply. `read` gives the bytes of a tile. */
export function nodesOfTiles(read: (level: number, index: number) => Uint8Array): ReadNode {
  return (nodeLevel, nodeIndex) => {
    const { level, index, start, end } = placeOf(nodeLevel, nodeIndex);
    const bytes = read(level, index);
    if (bytes.length < end * HASH_BYTES)
      throw new InputError(
        `the tile ${tilePath({ level, index, width: TILE_WIDTH })} has ${bytes.length} bytes; at least ${end * HASH_BYTES} were expected`,
      );
    return hashInTile(bytes, start, end);
  };
}

function hashInTile(bytes: Uint8Array, start: number, end: number): Hash {
  if (end - start === 1) return bytes.subarray(start * HASH_BYTES, end * HASH_BYTES);
  const middle = (start + end) / 2;
  return hashChildren(hashInTile(bytes, start, middle), hashInTile(bytes, middle, end));
}

/** The tile that a node is computed from, and which of its hashes. */
function placeOf(nodeLevel: number, nodeIndex: number) {
  const level = Math.floor(nodeLevel / TILE_HEIGHT);
  const count = 2 ** (nodeLevel % TILE_HEIGHT);
  const first = nodeIndex * count;
  const start = first % TILE_WIDTH;
  return { level, index: Math.floor(first / TILE_WIDTH), start, end: start + count };
}

/** A bundle of entries: each after its length in two bytes, big end first. Throws for one of more than 65,535 bytes. */
export function formatEntries(entries: readonly Uint8Array[]): Buffer {
  return Buffer.concat(
    entries.flatMap((entry) => {
      if (entry.length > MAX_ENTRY_BYTES)
        throw new Error(`an entry of ${entry.length} bytes; a bundle takes ${MAX_ENTRY_BYTES}`);
      const length = Buffer.alloc(2);
      length.writeUInt16BE(entry.length);
      return [length, entry];
    }),
  );
}

/** `where` is the bundle's name, for messages. */
export function parseEntries(bundle: Uint8Array, where: string): Buffer[] {
  const bytes = Buffer.from(bundle.buffer, bundle.byteOffset, bundle.byteLength);
  const entries: Buffer[] = [];
  for (let at = 0; at < bytes.length; ) {
    const end = at + 2 <= bytes.length ? at + 2 + bytes.readUInt16BE(at) : Number.POSITIVE_INFINITY;
    if (end > bytes.length) throw new InputError(`${where}: cut off in entry ${entries.length + 1}`);
    entries.push(bytes.subarray(at + 2, end));
    at = end;
  }
  return entries;
}
