/**
 * The split search of a random forest: a node looks at a random sample of the columns, drawn without replacement, and on beyond
 * its size until some column can be split, as scikit-learn does. Columns found constant in a node are constant in all nodes
 * below it: they are still drawn and count towards the sample, but cost nothing.
 *
 * The sums of all binary columns (binary-columns.ts) are kept, whether drawn or not, since siblings share the work; any other column's
 * histogram is filled when the column is drawn.
 */

import type { Random } from '../random.ts';
import { type BinarySums, createBinarySums, fillBinarySums, writeBinarySlots } from './binary-columns.ts';
import { canSplit, type GrowTask, type OpenNode, type SplitSearch } from './grow-tree.ts';
import {
  createHistogram,
  fillColumn,
  gatherStatistics,
  type Histogram,
  subtractHistogram,
} from './histogram.ts';
import { noSplit, searchColumn } from './splitting.ts';

interface SampledState {
  /** 1 for each column that is known to be constant; shared by nodes until one of them finds more. */
  readonly constant: Uint8Array;
  readonly binarySums: BinarySums | null;
}

/** Space that the trees of a thread use one after the other. */
export interface SampledScratch {
  readonly histogram: Histogram;
  readonly gathered: Float64Array;
  /** Sums that no node holds. */
  readonly pool: BinarySums[];
}

export function createSampledScratch({
  binned,
  limits,
}: Pick<GrowTask, 'binned' | 'limits'>): SampledScratch {
  const histogram = createHistogram(binned, limits.minSamplesLeaf > 1);
  return { histogram, gathered: new Float64Array(2 * binned.rows), pool: [] };
}

export function sampleColumns(
  task: Pick<GrowTask, 'binned' | 'statistics' | 'limits'>,
  { histogram, gathered, pool }: SampledScratch,
  columnsPerSplit: number,
  random: Random,
): SplitSearch<SampledState> {
  const { binned, statistics, limits } = task;
  const { binary } = binned;
  const order = Int32Array.from({ length: binned.columns }, (_, column) => column);

  const fillBinary = (rows: Int32Array, node: OpenNode<SampledState>): BinarySums => {
    const sums = pool.pop() ?? createBinarySums(binary, limits.minSamplesLeaf > 1);
    fillBinarySums(sums, binary, statistics, rows, node);
    return sums;
  };

  /** Draws columns until one of the sample can be split; returns what the node's children will know to be constant. */
  const drawColumns = (
    rows: Int32Array,
    node: OpenNode<SampledState>,
    binarySums: BinarySums,
  ): Uint8Array => {
    const best = noSplit();
    const known = node.state.constant;
    let constant = known;
    let isGathered = false;
    for (let drawn = 0; drawn < order.length && (drawn < columnsPerSplit || best.column < 0); drawn++) {
      const column = random.draw(order, drawn);
      if (constant[column] === 1) continue;
      const index = binary.ofColumn[column]!;
      if (index >= 0) {
        writeBinarySlots(histogram, binned.slotStart[column]!, binary, index, binarySums, node);
      } else {
        if (!isGathered) gatherStatistics(gathered, statistics, rows, node);
        isGathered = true;
        fillColumn(histogram, binned, column, gathered, rows, node);
      }
      if (searchColumn(best, histogram, binned, column, node, limits)) continue;
      if (constant === known) constant = known.slice();
      constant[column] = 1;
    }
    if (best.column >= 0) node.split = best;
    return constant;
  };

  const searchNode = (rows: Int32Array, node: OpenNode<SampledState>, binarySums: BinarySums): void => {
    const constant = canSplit(node, limits) ? drawColumns(rows, node, binarySums) : node.state.constant;
    node.state = { constant, binarySums: node.split === null ? null : binarySums };
    if (node.split === null) pool.push(binarySums);
  };

  return {
    initialState: { constant: new Uint8Array(binned.columns), binarySums: null },
    searchRoot(rows, root) {
      searchNode(rows, root, fillBinary(rows, root));
    },
    searchChildren(rows, parent, left, right) {
      const inherited = parent.state.binarySums!;
      if (!canSplit(left, limits) && !canSplit(right, limits)) {
        pool.push(inherited);
        return;
      }
      const leftIsSmall = left.end - left.start <= right.end - right.start;
      const filled = fillBinary(rows, leftIsSmall ? left : right);
      subtractHistogram(inherited, filled);
      searchNode(rows, left, leftIsSmall ? filled : inherited);
      searchNode(rows, right, leftIsSmall ? inherited : filled);
    },
  };
}
