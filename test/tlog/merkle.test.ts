import { hash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MemoryTree } from '../../lib/tlog/memory-tree.ts';
import {
  EMPTY_ROOT,
  type Hash,
  hashChildren,
  hashLeaf,
  isConsistent,
  isIncluded,
  proveInclusion,
} from '../../lib/tlog/merkle.ts';
import { tilePath, tilesOf } from '../../lib/tlog/tiles.ts';
import golden from '../parity/golden/tlog.json' with { type: 'json' };
import { proveConsistency, tileBytes } from './tree-parts.ts';

const base64 = (bytes: Uint8Array) => Buffer.from(bytes).toString('base64');
const leavesOf = (count: number) => Array.from({ length: count }, (_, n) => Buffer.from(`entry ${n}`));
const treeOf = (leaves: readonly Uint8Array[]) => {
  const tree = new MemoryTree();
  for (const leaf of leaves) tree.append(leaf);
  return tree;
};

/** The naive twins, as RFC 6962 writes them. */
const split = (n: number) => 2 ** Math.floor(Math.log2(n - 1));
function mth(leaves: readonly Uint8Array[]): Hash {
  if (leaves.length === 0) return hash('sha256', Buffer.alloc(0), 'buffer');
  if (leaves.length === 1) return hashLeaf(leaves[0]!);
  const k = split(leaves.length);
  return hashChildren(mth(leaves.slice(0, k)), mth(leaves.slice(k)));
}
function path(m: number, leaves: readonly Uint8Array[]): Hash[] {
  if (leaves.length === 1) return [];
  const k = split(leaves.length);
  return m < k
    ? [...path(m, leaves.slice(0, k)), mth(leaves.slice(k))]
    : [...path(m - k, leaves.slice(k)), mth(leaves.slice(0, k))];
}
function subproof(m: number, leaves: readonly Uint8Array[], isWhole: boolean): Hash[] {
  if (m === leaves.length) return isWhole ? [] : [mth(leaves)];
  const k = split(leaves.length);
  return m <= k
    ? [...subproof(m, leaves.slice(0, k), isWhole), mth(leaves.slice(k))]
    : [...subproof(m - k, leaves.slice(k), false), mth(leaves.slice(0, k))];
}

const MAX = 40;
const LEAVES = leavesOf(MAX);
const TREE = treeOf(LEAVES);

describe('the tree', () => {
  it('has the roots that the reference vectors of RFC 6962 logs have', () => {
    const inputs = ['', '00', '10', '2021', '3031', '40414243', '5051525354555657'];
    const leaves = [...inputs, '606162636465666768696a6b6c6d6e6f'].map((text) => Buffer.from(text, 'hex'));
    const roots = leaves.map((_, n) =>
      Buffer.from(treeOf(leaves.slice(0, n + 1)).head().root).toString('hex'),
    );
    expect(Buffer.from(EMPTY_ROOT).toString('hex').slice(0, 8)).toBe('e3b0c442');
    expect(roots).toEqual([
      '6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d',
      'fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125',
      'aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77',
      'd37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7',
      '4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4',
      '76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef',
      'ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c',
      '5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328',
    ]);
  });

  it('has the roots, proofs and tiles that Go gives the same entries', () => {
    const tree = treeOf(leavesOf(300));
    expect(golden.Roots.map((_, n) => base64(tree.head(n + 1).root))).toEqual(golden.Roots);
    for (const { Index, Size, Hashes } of golden.Inclusions)
      expect(proveInclusion(Index, Size, tree.node).map(base64), `${Index} of ${Size}`).toEqual(Hashes);
    for (const { Old, Size, Hashes } of golden.Consistency)
      expect(proveConsistency(Old, Size, tree.node).map(base64), `${Old} in ${Size}`).toEqual(Hashes);
    const tiles = tilesOf(300).flatMap((tile) =>
      typeof tile.level === 'number'
        ? [
            {
              Path: tilePath(tile),
              SHA256: base64(hash('sha256', tileBytes({ ...tile, level: tile.level }, tree.node), 'buffer')),
            },
          ]
        : [],
    );
    expect(tiles).toEqual(
      golden.Tiles.map(({ Path, SHA256 }) => ({ Path: Path.replace('tile/8/', 'tile/'), SHA256 })),
    );
  });

  it('proves of every leaf, in a tree of every size, that it is included, as the naive tree does', () => {
    for (let size = 1; size <= MAX; size++) {
      const head = TREE.head(size);
      expect(base64(head.root)).toBe(base64(mth(LEAVES.slice(0, size))));
      for (let index = 0; index < size; index++) {
        const proof = proveInclusion(index, size, TREE.node);
        expect(proof.map(base64)).toEqual(path(index, LEAVES.slice(0, size)).map(base64));
        expect(isIncluded(hashLeaf(LEAVES[index]!), index, head, proof)).toBe(true);
        for (const other of [index - 1, index + 1, size])
          expect(isIncluded(hashLeaf(LEAVES[index]!), other, head, proof), `${index} as ${other}`).toBe(
            false,
          );
      }
    }
  });

  it('proves of every two sizes that one continues the other, as the naive tree does', () => {
    for (let size = 1; size <= MAX; size++)
      for (let old = 1; old <= size; old++) {
        const proof = proveConsistency(old, size, TREE.node);
        expect(proof.map(base64)).toEqual(subproof(old, LEAVES.slice(0, size), true).map(base64));
        expect(isConsistent(TREE.head(old), TREE.head(size), proof), `${old} in ${size}`).toBe(true);
      }
    expect(isConsistent(TREE.head(0), TREE.head(7), [])).toBe(true);
    expect(isConsistent({ size: 0, root: TREE.head(1).root }, TREE.head(7), [])).toBe(false);
    expect(isConsistent(TREE.head(7), TREE.head(6), [])).toBe(false);
  });
});

const sizes = fc
  .tuple(fc.nat(MAX - 1), fc.nat(MAX - 1))
  .map(([a, b]) => [Math.min(a, b) + 1, Math.max(a, b) + 1] as const);
/** Which hash, which of its bytes, and to what. */
const harm = fc.tuple(fc.nat(), fc.nat(31), fc.integer({ min: 1, max: 255 }));
function harmed(hashes: readonly Hash[], [which, byte, by]: readonly [number, number, number]): Hash[] {
  const at = which % hashes.length;
  return hashes.with(
    at,
    Buffer.from(hashes[at]!).map((value, n) => (n === byte ? value ^ by : value)),
  );
}

describe('a proof that is not right', () => {
  it('of inclusion is refused with any byte changed in it, the root or the leaf, and with a hash more or less', () =>
    fc.assert(
      fc.property(sizes, fc.nat(), harm, ([, size], place, change) => {
        const index = place % size;
        const head = TREE.head(size);
        const proof = proveInclusion(index, size, TREE.node);
        const [leaf, root, ...hashes] = harmed([hashLeaf(LEAVES[index]!), head.root, ...proof], change);
        expect(isIncluded(leaf!, index, { size, root: root! }, hashes)).toBe(false);
        const good = hashLeaf(LEAVES[index]!);
        expect(isIncluded(good, index, head, [...proof, head.root])).toBe(false);
        if (proof.length > 0) expect(isIncluded(good, index, head, proof.slice(1))).toBe(false);
      }),
      { numRuns: 1000 },
    ));

  it('of consistency is refused with any byte changed in it or in a root, and with a hash more or less', () =>
    fc.assert(
      fc.property(sizes, harm, ([old, size], change) => {
        const [before, after] = [TREE.head(old), TREE.head(size)];
        const proof = proveConsistency(old, size, TREE.node);
        const [root, later, ...hashes] = harmed([before.root, after.root, ...proof], change);
        expect(isConsistent({ size: old, root: root! }, { size, root: later! }, hashes)).toBe(false);
        expect(isConsistent(before, after, [...proof, after.root])).toBe(false);
        if (proof.length > 0) expect(isConsistent(before, after, proof.slice(1))).toBe(false);
      }),
      { numRuns: 1000 },
    ));

  it('of consistency is refused between logs that differ in one earlier entry', () =>
    fc.assert(
      fc.property(sizes, fc.nat(), ([old, size], place) => {
        const other = treeOf(LEAVES.with(place % old, Buffer.from('another')).slice(0, size));
        const proof = proveConsistency(old, size, other.node);
        expect(isConsistent(TREE.head(old), other.head(size), proof)).toBe(false);
      }),
    ));
});
