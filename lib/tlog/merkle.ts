/**
 * The Merkle tree of RFC 6962: what a log's entries hash to, and the proofs that an entry is in it or that it only grew.
 * A node is a complete subtree: the one at `level` and `index` spans the leaves [index · 2^level, (index + 1) · 2^level).
 */
import { hash } from 'node:crypto';

export const HASH_BYTES = 32;

export type Hash = Uint8Array;

/** Gives the hash of a complete subtree. */
export type ReadNode = (level: number, index: number) => Hash;

/** A span of leaves, `end` not among them. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

const LEAF = Uint8Array.of(0);
const NODE = Uint8Array.of(1);

export function hashLeaf(data: Uint8Array): Hash {
  return digest([LEAF, data]);
}

export function hashChildren(left: Hash, right: Hash): Hash {
  return digest([NODE, left, right]);
}

/** Of the tree without leaves. */
export const EMPTY_ROOT: Hash = digest([]);

/** The root of the first `size` leaves. */
export function rootOf(size: number, node: ReadNode): Hash {
  return size === 0 ? EMPTY_ROOT : hashSpan({ start: 0, end: size }, node);
}

/** `start` is where a subtree begins that spans `end`: so are all the spans that this module asks for. */
export function hashSpan({ start, end }: Span, node: ReadNode): Hash {
  const size = end - start;
  const split = splitOf(size);
  if (size === split * 2 || size === 1) return node(Math.log2(size), start / size);
  return hashChildren(
    hashSpan({ start, end: start + split }, node),
    hashSpan({ start: start + split, end }, node),
  );
}

/** What the proof of a leaf is made of, from its sibling up. */
export function inclusionSpans(index: number, size: number): Span[] {
  if (!(index >= 0 && index < size)) throw new RangeError(`leaf ${index} of a tree of ${size}`);
  const spans: Span[] = [];
  let [start, end] = [0, size];
  while (end - start > 1) {
    const middle = start + splitOf(end - start);
    if (index < middle) {
      spans.push({ start: middle, end });
      end = middle;
    } else {
      spans.push({ start, end: middle });
      start = middle;
    }
  }
  return spans.reverse();
}

/** What the proof is made of that a tree of `size` leaves begins with the tree of `old`. */
export function consistencySpans(old: number, size: number): Span[] {
  if (!(old >= 0 && old <= size)) throw new RangeError(`a tree of ${old} in one of ${size}`);
  if (old === 0 || old === size) return [];
  const spans: Span[] = [];
  let [start, end] = [0, size];
  while (end !== old) {
    const middle = start + splitOf(end - start);
    if (old <= middle) {
      spans.push({ start: middle, end });
      end = middle;
    } else {
      spans.push({ start, end: middle });
      start = middle;
    }
  }
  // The old root is known to the one who checks; a subtree of it that reaches its end is not.
  if (start > 0) spans.push({ start, end });
  return spans.reverse();
}

/** The hashes from a leaf's sibling up to the root's child (RFC 6962, 2.1.1). */
export function proveInclusion(index: number, size: number, node: ReadNode): Hash[] {
  return inclusionSpans(index, size).map((span) => hashSpan(span, node));
}

export interface TreeHead {
  readonly size: number;
  readonly root: Hash;
}

/** Whether the leaf with that hash is the entry `index` of the tree. */
export function isIncluded(leaf: Hash, index: number, head: TreeHead, proof: readonly Hash[]): boolean {
  if (!(Number.isSafeInteger(index) && index >= 0 && index < head.size)) return false;
  const spans = inclusionSpans(index, head.size);
  if (spans.length !== proof.length) return false;
  const root = proof.reduce(
    (found, other, at) =>
      spans[at]!.start > index ? hashChildren(found, other) : hashChildren(other, found),
    leaf,
  );
  return isSameHash(root, head.root);
}

/** Whether the tree `after` begins with all of the tree `before`. */
export function isConsistent(before: TreeHead, after: TreeHead, proof: readonly Hash[]): boolean {
  if (before.size > after.size) return false;
  if (before.size === 0) return proof.length === 0 && isSameHash(before.root, EMPTY_ROOT);
  if (before.size === after.size) return proof.length === 0 && isSameHash(before.root, after.root);
  const spans = consistencySpans(before.size, after.size);
  if (spans.length !== proof.length) return false;
  // Where the old tree is one complete subtree, its root is the first hash.
  const isWhole = spans[0]!.start >= before.size;
  const first = isWhole ? before.root : proof[0]!;
  let [old, now] = [first, first];
  for (let at = isWhole ? 0 : 1; at < proof.length; at++) {
    const other = proof[at]!;
    if (spans[at]!.start >= before.size) now = hashChildren(now, other);
    else [old, now] = [hashChildren(other, old), hashChildren(other, now)];
  }
  return isSameHash(old, before.root) && isSameHash(now, after.root);
}

/** False where `a` is no sha256 at all. */
export function isSameHash(a: Hash, b: Hash): boolean {
  return a.length === HASH_BYTES && Buffer.compare(a, b) === 0;
}

/** The largest power of two below `size`; 1 of 1. */
function splitOf(size: number): number {
  let split = 1;
  while (split * 2 < size) split *= 2;
  return split;
}

function digest(parts: readonly Uint8Array[]): Hash {
  return hash('sha256', Buffer.concat(parts), 'buffer');
}
