/** Many rows to scores by the scoring kernel: the same bits as ONNX Runtime's, for any number of rows at once. */
import type { TreeEnsemble } from '../tree-ensemble.ts';
import { toScore } from './logistic.ts';
import { type AddTree, COLUMN_BYTES, openScoreKernel, ROWS_A_GROUP } from './score-kernel.ts';
import { layOutForScores, NODE_BYTES, type ScoreLayout } from './score-layout.ts';

/** Groups that go through a tree before the next tree is taken: their values and the tree's nodes both stay in the cache. */
const GROUPS_AT_ONCE = 4;
const PAGE = 65_536;

export class KernelScorer {
  readonly #ensemble: TreeEnsemble;
  readonly #layout: ScoreLayout;
  readonly #addTree: AddTree;
  readonly #leaves: number;
  readonly #groupBytes: number;
  readonly #values: Float32Array;
  readonly #sums: Float32Array;

  private constructor(ensemble: TreeEnsemble, layout: ScoreLayout) {
    this.#ensemble = ensemble;
    this.#layout = layout;
    const nodes = layout.links.length;
    this.#groupBytes = 2 * layout.features.length * COLUMN_BYTES;
    this.#leaves = NODE_BYTES * nodes;
    const values = this.#leaves + 4 * nodes;
    const sums = values + GROUPS_AT_ONCE * this.#groupBytes;
    const end = sums + GROUPS_AT_ONCE * COLUMN_BYTES;
    const memory = new WebAssembly.Memory({ initial: Math.ceil(end / PAGE) });
    const words = new Uint32Array(memory.buffer, 0, 2 * nodes);
    const numbers = new Float32Array(memory.buffer, 0, 3 * nodes);
    for (let node = 0; node < nodes; node++) {
      numbers[2 * node] = layout.thresholds[node]!;
      words[2 * node + 1] = layout.links[node]!;
    }
    numbers.set(layout.leaves, 2 * nodes);
    this.#values = new Float32Array(memory.buffer, values, (sums - values) / 4);
    this.#sums = new Float32Array(memory.buffer, sums, (end - sums) / 4);
    this.#addTree = openScoreKernel(memory);
  }

  /** Undefined: the kernel does not take such an ensemble, or there is no memory for it. */
  static open(ensemble: TreeEnsemble): KernelScorer | undefined {
    const layout = layOutForScores(ensemble);
    if (layout === undefined) return undefined;
    try {
      return new KernelScorer(ensemble, layout);
    } catch (error) {
      if (error instanceof RangeError) return undefined;
      throw error;
    }
  }

  /** `values` is row-major, NaN is missing; the answer has one number a row. */
  score(values: Float32Array, rows: number): Float32Array {
    const scores = new Float32Array(rows);
    const most = GROUPS_AT_ONCE * ROWS_A_GROUP;
    for (let from = 0; from < rows; from += most) {
      const count = Math.min(most, rows - from);
      this.#readRows(values, from, count);
      this.#addTrees(Math.ceil(count / ROWS_A_GROUP));
      for (let row = 0; row < count; row++) scores[from + row] = toScore(this.#ensemble, this.#sums[row]!);
    }
    return scores;
  }

  #addTrees(groups: number): void {
    this.#sums.fill(0);
    const [values, sums] = [this.#values.byteOffset, this.#sums.byteOffset];
    for (const { root, depth } of this.#layout.trees) {
      this.#addTree(root * NODE_BYTES, depth, this.#leaves, values, this.#groupBytes, sums, groups);
    }
  }

  /** The rows of a group that are not there keep what was before them: no one reads their sums. */
  #readRows(values: Float32Array, from: number, rows: number): void {
    const { features } = this.#layout;
    const width = this.#ensemble.featureCount;
    const into = this.#values;
    for (let row = 0; row < rows; row++) {
      const within = row % ROWS_A_GROUP;
      let to = ((row - within) / ROWS_A_GROUP) * (this.#groupBytes / 4) + within;
      const start = (from + row) * width;
      for (let at = 0; at < features.length; at++) {
        const x = values[start + features[at]!]!;
        into[to] = x;
        into[to + ROWS_A_GROUP] = Number.isNaN(x) ? Number.NEGATIVE_INFINITY : x;
        to += 2 * ROWS_A_GROUP;
      }
    }
  }
}
