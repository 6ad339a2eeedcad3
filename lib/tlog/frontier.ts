/** The right edge of a tree: what its root takes, and no more, however many leaves there are. */
import { EMPTY_ROOT, type Hash, hashChildren, hashLeaf, type TreeHead } from './merkle.ts';

export class Frontier {
  /** The complete subtrees that the leaves make up, the largest first. */
  readonly #subtrees: Hash[] = [];
  #size = 0;

  append(leaf: Uint8Array): void {
    let hash = hashLeaf(leaf);
    for (let rest = this.#size; rest % 2 === 1; rest = Math.floor(rest / 2))
      hash = hashChildren(this.#subtrees.pop()!, hash);
    this.#subtrees.push(hash);
    this.#size++;
  }

  get head(): TreeHead {
    const root = this.#subtrees.reduceRight<Hash | undefined>(
      (right, left) => (right === undefined ? left : hashChildren(left, right)),
      undefined,
    );
    return { size: this.#size, root: root ?? EMPTY_ROOT };
  }
}
