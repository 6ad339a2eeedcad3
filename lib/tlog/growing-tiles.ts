/** Makes a tree that is stored as tiles longer: takes what its last tiles hold, then leaves, and gives the tiles that are new. */
import { HASH_BYTES, type Hash, hashChildren, type ReadNode, rootOf, type TreeHead } from './merkle.ts';
import { nodesOfTiles, TILE_WIDTH, type Tile, tilesOf } from './tiles.ts';

interface Level {
  /** The index of the first hash that is held: where the last tile of the tree so far begins. */
  readonly first: number;
  readonly hashes: Hash[];
}

/** The partial tiles at the right edge of a tree: all that its root is computed from, and that is needed to go on. */
export function edgeOf(size: number): (Tile & { readonly level: number })[] {
  const tiles: (Tile & { readonly level: number })[] = [];
  for (let level = 0, count = size; count > 0; level++, count = Math.floor(count / TILE_WIDTH)) {
    const width = count % TILE_WIDTH;
    if (width > 0) tiles.push({ level, index: Math.floor(count / TILE_WIDTH), width });
  }
  return tiles;
}

/** A tree of `size` leaves that grows: `append` each further leaf's hash; `added` gives the tiles that are new. */
export class GrowingTiles {
  readonly #before: number;
  readonly #levels: Level[] = [];
  #size: number;

  /** `edge` has the bytes of each tile of `edgeOf(size)`. */
  constructor(size: number, edge: readonly Uint8Array[]) {
    this.#before = size;
    this.#size = size;
    for (const [at, { level, width }] of edgeOf(size).entries()) {
      const bytes = edge[at]!;
      if (bytes.length !== width * HASH_BYTES)
        throw new Error(`a tile of ${bytes.length} bytes; ${width * HASH_BYTES} were expected`);
      const { hashes } = this.#level(level);
      for (let n = 0; n < width; n++) hashes.push(bytes.subarray(n * HASH_BYTES, (n + 1) * HASH_BYTES));
    }
  }

  append(leafHash: Hash): void {
    this.#push(0, leafHash);
    this.#size++;
  }

  get head(): TreeHead {
    return { size: this.#size, root: rootOf(this.#size, this.#node) };
  }

  /** The tiles that the tree did not have when it was opened; the bundles of entries come without bytes. */
  added(): (Tile & { readonly bytes: Buffer | null })[] {
    return tilesOf(this.#size, this.#before).map((tile) => {
      return {
        ...tile,
        bytes: tile.level === 'entries' ? null : Buffer.concat(this.#hashes(tile.level, tile)),
      };
    });
  }

  readonly #node: ReadNode = nodesOfTiles((level, index) =>
    Buffer.concat(this.#hashes(level, { index, width: TILE_WIDTH })),
  );

  #hashes(level: number, { index, width }: Pick<Tile, 'index' | 'width'>): Hash[] {
    const { first, hashes } = this.#level(level);
    const start = index * TILE_WIDTH - first;
    return hashes.slice(start, start + width);
  }

  #push(level: number, hash: Hash): void {
    const { hashes } = this.#level(level);
    hashes.push(hash);
    if (hashes.length % TILE_WIDTH === 0) this.#push(level + 1, rootOfTile(hashes.slice(-TILE_WIDTH)));
  }

  #level(level: number): Level {
    for (let made = this.#levels.length; made <= level; made++) {
      const count = Math.floor(this.#before / TILE_WIDTH ** made);
      this.#levels.push({ first: Math.floor(count / TILE_WIDTH) * TILE_WIDTH, hashes: [] });
    }
    return this.#levels[level]!;
  }
}

function rootOfTile(hashes: readonly Hash[]): Hash {
  let row = hashes;
  while (row.length > 1)
    row = Array.from({ length: row.length / 2 }, (_, n) => hashChildren(row[2 * n]!, row[2 * n + 1]!));
  return row[0]!;
}
