/**
 * The split search of boosting: every node looks at all columns of the tree. A node's histogram is filled from its rows only for the
 * smaller of two siblings; the larger one's is the parent's less that, exactly (exact-sums.ts).
 */
import { type BinarySums, createBinarySums, fillBinarySums, writeBinarySlots } from './binary-columns.ts';
import { canSplit, type GrowTask, type OpenNode, type SplitSearch } from './grow-tree.ts';
import {
  createHistogram,
  fillColumns,
  gatherStatistics,
  type Histogram,
  subtractHistogram,
} from './histogram.ts';
import { noSplit, searchColumn, unsplitScore } from './splitting.ts';

/** Space that trees use one after the other. */
export interface FullScratch {
  /** Histograms that no node holds: a tree takes from here and gives back. */
  readonly pool: Histogram[];
  readonly gathered: Float64Array;
  readonly binarySums: BinarySums;
}

export function createFullScratch({ binned, limits }: Pick<GrowTask, 'binned' | 'limits'>): FullScratch {
  const binarySums = createBinarySums(binned.binary, limits.minSamplesLeaf > 1);
  return { pool: [], gathered: new Float64Array(2 * binned.rows), binarySums };
}

/** `columns` in ascending order: the ones that the tree may split on. */
export function searchAllColumns(
  task: Pick<GrowTask, 'binned' | 'statistics' | 'limits'>,
  { pool, gathered, binarySums }: FullScratch,
  columns: Int32Array,
): SplitSearch<Histogram | null> {
  const { binned, statistics, limits } = task;
  const { binary } = binned;
  const others = columns.filter((column) => binary.ofColumn[column]! < 0);

  const fill = (rows: Int32Array, node: OpenNode<Histogram | null>): Histogram => {
    const histogram = pool.pop() ?? createHistogram(binned, limits.minSamplesLeaf > 1);
    gatherStatistics(gathered, statistics, rows, node);
    fillBinarySums(binarySums, binary, statistics, rows, node);
    for (const column of columns) {
      const index = binary.ofColumn[column]!;
      if (index < 0) continue;
      writeBinarySlots(histogram, binned.slotStart[column]!, binary, index, binarySums, node);
    }
    fillColumns(histogram, binned, others, gathered, rows, node);
    return histogram;
  };

  /** Gives the histogram to the node if it can be split, else back to the pool. */
  const searchNode = (node: OpenNode<Histogram | null>, histogram: Histogram): void => {
    const best = noSplit();
    if (canSplit(node, limits)) {
      for (const column of columns) searchColumn(best, histogram, binned, column, node, limits);
    }
    const isWorthIt = best.column >= 0 && best.score - unsplitScore(node, limits) > limits.minGain;
    node.split = isWorthIt ? best : null;
    node.state = isWorthIt ? histogram : null;
    if (!isWorthIt) pool.push(histogram);
  };

  return {
    initialState: null,
    searchRoot(rows, root) {
      searchNode(root, fill(rows, root));
    },
    searchChildren(rows, parent, left, right) {
      const inherited = parent.state!;
      const [small, large] = left.end - left.start <= right.end - right.start ? [left, right] : [right, left];
      if (!canSplit(small, limits) && !canSplit(large, limits)) {
        pool.push(inherited);
        left.state = null;
        right.state = null;
        return;
      }
      const filled = fill(rows, small);
      subtractHistogram(inherited, filled);
      searchNode(small, filled);
      searchNode(large, inherited);
    },
  };
}
