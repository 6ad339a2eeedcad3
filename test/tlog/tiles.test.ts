import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MemoryTree } from '../../lib/tlog/memory-tree.ts';
import {
  consistencySpans,
  hashSpan,
  inclusionSpans,
  isConsistent,
  isIncluded,
  rootOf,
} from '../../lib/tlog/merkle.ts';
import {
  formatEntries,
  nodesOfTiles,
  parseEntries,
  type Tile,
  tilePath,
  tilesFor,
  tilesOf,
} from '../../lib/tlog/tiles.ts';
import { tileBytes } from './tree-parts.ts';

const LEAVES = 70_000;
const tree = new MemoryTree();
const leaf = (n: number) => Buffer.from(`entry ${n}`);
for (let n = 0; n < LEAVES; n++) tree.append(leaf(n));

const isHashes = (tile: Tile): tile is Tile & { level: number } => tile.level !== 'entries';
const widths = (size: number, before = 0) => {
  const counts = new Map<string, number[]>();
  for (const { level, width } of tilesOf(size, before))
    counts.set(String(level), [...(counts.get(String(level)) ?? []), width]);
  return Object.fromEntries(
    [...counts].map(([level, all]) => [
      level,
      [all.filter((w) => w === 256).length, ...all.filter((w) => w < 256)],
    ]),
  );
};

describe('tiles', () => {
  it('are named as the specification names them', () => {
    expect(tilePath({ level: 0, index: 1_234_067, width: 256 })).toBe('tile/0/x001/x234/067');
    expect(tilePath({ level: 2, index: 0, width: 17 })).toBe('tile/2/000.p/17');
    expect(tilePath({ level: 'entries', index: 1000, width: 1 })).toBe('tile/entries/x001/000.p/1');
  });

  it('are as many, and as wide, as the specification counts', () => {
    expect(widths(70_000)).toEqual({ '0': [273, 112], '1': [1, 17], '2': [0, 1], entries: [273, 112] });
    expect(widths(256)).toEqual({ '0': [1], '1': [0, 1], entries: [1] });
    expect(tilesOf(0)).toEqual([]);
    expect(widths(300, 256)).toEqual({ '0': [0, 44], entries: [0, 44] });
    expect(tilesOf(300, 300)).toEqual([]);
  });

  it('give every proof and root that the whole tree gives, by those alone that are asked for', () =>
    fc.assert(
      fc.property(fc.integer({ min: 1, max: LEAVES }), fc.nat(), fc.nat(), (size, a, b) => {
        const [index, old] = [a % size, b % (size + 1)];
        const spans = {
          in: inclusionSpans(index, size),
          on: consistencySpans(old, size),
          all: [{ start: 0, end: size }],
        };
        const stored = new Map(
          tilesFor([...spans.in, ...spans.on, ...spans.all], size).map((tile) => [
            `${tile.level}/${tile.index}`,
            tileBytes(tile, tree.node),
          ]),
        );
        const node = nodesOfTiles((level, at) => stored.get(`${level}/${at}`)!);
        const head = { size, root: rootOf(size, node) };
        expect(Buffer.from(head.root)).toEqual(Buffer.from(tree.head(size).root));
        const hashes = spans.in.map((span) => hashSpan(span, node));
        expect(isIncluded(tree.node(0, index), index, head, hashes)).toBe(true);
        expect(
          isConsistent(
            tree.head(old),
            head,
            spans.on.map((span) => hashSpan(span, node)),
          ),
        ).toBe(true);
      }),
      { numRuns: 50 },
    ));

  it('that a later tree adds are those that the earlier one has not', () =>
    fc.assert(
      fc.property(fc.nat(5000), fc.nat(5000), (a, b) => {
        const [old, size] = [Math.min(a, b), Math.max(a, b)];
        const paths = (tiles: readonly Tile[]) => new Set(tiles.map(tilePath));
        const before = paths(tilesOf(old));
        const added = tilesOf(size, old).map(tilePath);
        expect(added.filter((path) => before.has(path))).toEqual([]);
        expect(paths(tilesOf(size))).toEqual(
          new Set([
            ...tilesOf(size)
              .map(tilePath)
              .filter((path) => before.has(path)),
            ...added,
          ]),
        );
      }),
    ));

  it('of full width are hashed into the level above', () => {
    const above = tilesOf(LEAVES)
      .filter(isHashes)
      .filter(({ level }) => level === 1);
    const bytes = Buffer.concat(above.map((tile) => tileBytes(tile, tree.node)));
    for (const n of [0, 1, 272])
      expect(bytes.subarray(n * 32, n * 32 + 32)).toEqual(
        Buffer.from(hashSpan({ start: n * 256, end: n * 256 + 256 }, tree.node)),
      );
  });

  it('that is too short for a hash is said so', () => {
    expect(() => nodesOfTiles(() => new Uint8Array(32))(0, 1)).toThrow(
      /tile\/0\/000 has 32 bytes; at least 64/,
    );
  });
});

describe('bundles of entries', () => {
  it('give back what was put into them, and nothing when they are cut off', () =>
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 600 }), { minLength: 1 }), fc.nat(), (entries, cut) => {
        const bundle = formatEntries(entries);
        expect(parseEntries(bundle, 'b')).toEqual(entries.map((entry) => Buffer.from(entry)));
        const shorter = bundle.subarray(0, cut % bundle.length);
        const ends = entries.map((_, n) => formatEntries(entries.slice(0, n)).length);
        if (!ends.includes(shorter.length))
          expect(() => parseEntries(shorter, 'b')).toThrow(/b: cut off in entry/);
      }),
    ));

  it('take no entry that is longer than its length can say', () => {
    expect(() => formatEntries([Buffer.alloc(65_536)])).toThrow('65536');
    expect(parseEntries(formatEntries([Buffer.alloc(65_535)]), 'b')[0]).toHaveLength(65_535);
  });
});
