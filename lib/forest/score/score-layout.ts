/**
 * A tree ensemble as the scoring kernel walks it: eight bytes a node, the children of a split beside each other, level by level.
 *
 *     float32  threshold
 *     uint32   the number of the child to the right << 12 | the column of values that the node looks at
 *
 * The child to the left comes next after that: x <= threshold adds 1. A leaf has +∞ and the number before its own, so that a row which
 * is there stays. Columns are those of the features that splits use, two each: missing as NaN, which fails every comparison,
 * and missing as −∞, which goes left. A leaf looks at one of the latter.
 */
import type { TreeEnsemble } from '../tree-ensemble.ts';

export const NODE_BYTES = 8;
export const COLUMN_BITS = 12;
const MAX_COLUMNS = 2 ** COLUMN_BITS;
const MAX_NODES = 2 ** (32 - COLUMN_BITS);

export interface ScoreLayout {
  /** The features that splits use: feature i has the columns 2i and 2i + 1. */
  readonly features: Int32Array;
  readonly thresholds: Float32Array;
  readonly links: Uint32Array;
  /** What a leaf adds, by node. */
  readonly leaves: Float32Array;
  readonly trees: readonly TreeOfLayout[];
}

export interface TreeOfLayout {
  readonly root: number;
  /** Steps after which every row is at a leaf. */
  readonly depth: number;
}

/** Undefined: the kernel does not take such an ensemble. */
export function layOutForScores(ensemble: TreeEnsemble): ScoreLayout | undefined {
  const { feature, treeStart } = ensemble;
  const features = Int32Array.from(new Set(feature.filter((f) => f >= 0))).sort();
  const tooLarge = 2 * features.length > MAX_COLUMNS || feature.length > MAX_NODES;
  if (ensemble.parts !== undefined || tooLarge) return undefined;
  const placed = new PlacedNodes(ensemble, features);
  const trees = Array.from(treeStart.subarray(0, -1), (root) => placed.addTree(root));
  return { features, thresholds: placed.thresholds, links: placed.links, leaves: placed.leaves, trees };
}

class PlacedNodes {
  readonly thresholds: Float32Array;
  readonly links: Uint32Array;
  readonly leaves: Float32Array;
  readonly #ensemble: TreeEnsemble;
  readonly #placeOf: Int32Array;
  #next = 0;

  constructor(ensemble: TreeEnsemble, features: Int32Array) {
    this.#ensemble = ensemble;
    this.#placeOf = new Int32Array(ensemble.featureCount);
    features.forEach((feature, place) => {
      this.#placeOf[feature] = place;
    });
    this.thresholds = new Float32Array(ensemble.feature.length);
    this.links = new Uint32Array(ensemble.feature.length);
    this.leaves = new Float32Array(ensemble.feature.length);
  }

  addTree(source: number): TreeOfLayout {
    const root = this.#next++;
    let depth = 0;
    let level: (readonly [source: number, number: number])[] = [[source, root]];
    for (;;) {
      const below = level.flatMap(([from, number]) => this.#place(from, number));
      if (below.length === 0) return { root, depth };
      depth++;
      level = below;
    }
  }

  /** The children still to be placed, with their numbers. */
  #place(source: number, number: number): [number, number][] {
    const { feature, threshold, missingLeft, left, right, value } = this.#ensemble;
    if (feature[source]! < 0) {
      this.thresholds[number] = Number.POSITIVE_INFINITY;
      this.links[number] = ((number - 1) << COLUMN_BITS) | 1;
      this.leaves[number] = value[source]!;
      return [];
    }
    const first = this.#next;
    this.#next += 2;
    this.thresholds[number] = threshold[source]!;
    const column = 2 * this.#placeOf[feature[source]!]! + missingLeft[source]!;
    this.links[number] = (first << COLUMN_BITS) | column;
    return [
      [right[source]!, first],
      [left[source]!, first + 1],
    ];
  }
}
