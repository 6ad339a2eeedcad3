/** Roots, proofs and entries of a tree that is stored as tiles: only those are read that it takes. */
import { InputError } from '../errors.ts';
import { inParallel } from '../in-parallel.ts';
import { consistencySpans, type Hash, hashSpan, inclusionSpans, type Span } from './merkle.ts';
import { nodesOfTiles, parseEntries, TILE_WIDTH, type Tile, tilePath, tilesFor } from './tiles.ts';

/** Gives the bytes under a path; throws where there is nothing. */
export type TileReader = (path: string) => Promise<Uint8Array>;

const CONCURRENCY = 8;

/** `size` is that of a checkpoint. */
export async function readInclusion(read: TileReader, index: number, size: number): Promise<Hash[]> {
  return await hashSpans(read, inclusionSpans(index, size), size);
}

export async function readConsistency(read: TileReader, old: number, size: number): Promise<Hash[]> {
  return await hashSpans(read, consistencySpans(old, size), size);
}

/** The entry at `index` of a log of `size`. */
export async function readEntry(read: TileReader, index: number, size: number): Promise<Uint8Array> {
  const path = tilePath(tileWith('entries', index, size));
  return parseEntries(await read(path), path)[index % TILE_WIDTH]!;
}

/** The entries from `from` on, in order. */
export async function* readEntries(read: TileReader, from: number, size: number): AsyncGenerator<Uint8Array> {
  for (let index = from; index < size; ) {
    const tile = tileWith('entries', index, size);
    const path = tilePath(tile);
    const entries = parseEntries(await read(path), path);
    if (entries.length !== tile.width)
      throw new InputError(`${path} has ${entries.length} entries; ${tile.width} were expected`);
    yield* entries.slice(index % TILE_WIDTH);
    index = tile.index * TILE_WIDTH + tile.width;
  }
}

function tileWith(level: Tile['level'], leaf: number, size: number): Tile {
  const index = Math.floor(leaf / TILE_WIDTH);
  return { level, index, width: Math.min(TILE_WIDTH, size - index * TILE_WIDTH) };
}

async function hashSpans(read: TileReader, spans: readonly Span[], size: number): Promise<Hash[]> {
  const tiles = tilesFor(spans, size);
  const bytes = await inParallel(tiles, CONCURRENCY, (tile) => read(tilePath(tile)));
  const stored = new Map(tiles.map(({ level, index }, at) => [`${level}/${index}`, bytes[at]!]));
  const node = nodesOfTiles((level, index) => stored.get(`${level}/${index}`)!);
  return spans.map((span) => hashSpan(span, node));
}
