/** A tree in memory, 64 bytes a leaf: for a log that is on this machine. Leaves are added; roots and proofs of every size so far are read. */
import {
  HASH_BYTES,
  type Hash,
  hashChildren,
  hashLeaf,
  type ReadNode,
  rootOf,
  type TreeHead,
} from './merkle.ts';

const FIRST_NODES = 64;

export class MemoryTree {
  /** By level: the hashes of its complete subtrees, one after the other. */
  readonly #levels: { bytes: Uint8Array; count: number }[] = [];

  get size(): number {
    return this.#levels[0]?.count ?? 0;
  }

  append(leaf: Uint8Array): void {
    this.appendHash(hashLeaf(leaf));
  }

  appendHash(leafHash: Hash): void {
    let hash = leafHash;
    for (let level = 0; ; level++) {
      const index = this.#push(level, hash);
      if (index % 2 === 0) return;
      hash = hashChildren(this.node(level, index - 1), hash);
    }
  }

  head(size = this.size): TreeHead {
    return { size, root: rootOf(size, this.node) };
  }

  readonly node: ReadNode = (level, index) => {
    const nodes = this.#levels[level];
    if (nodes === undefined || index >= nodes.count)
      throw new RangeError(`the tree of ${this.size} leaves has no node ${index} at level ${level}`);
    return nodes.bytes.subarray(index * HASH_BYTES, (index + 1) * HASH_BYTES);
  };

  #push(level: number, hash: Hash): number {
    this.#levels[level] ??= { bytes: new Uint8Array(FIRST_NODES * HASH_BYTES), count: 0 };
    const nodes = this.#levels[level];
    if ((nodes.count + 1) * HASH_BYTES > nodes.bytes.length) {
      const larger = new Uint8Array(nodes.bytes.length * 2);
      larger.set(nodes.bytes);
      nodes.bytes = larger;
    }
    nodes.bytes.set(hash, nodes.count * HASH_BYTES);
    return nodes.count++;
  }
}
