/**
 * Finds the best place to split a column by its histogram.
 *
 * Every boundary between two bins that hold rows of the node is tried, with the missing rows on the right and on the left;
 * so is the boundary after the last value, with the missing rows alone on the right. A split's score is
 * GL²/(HL + l2) + GR²/(HR + l2); the first best one in column and bin order wins. Where columns are constrained, steps are
 * bounded and the score is that of the bounded steps (monotone.ts).
 */

import type { BinnedColumns } from './binned-columns.ts';
import type { Histogram, NodeRows } from './histogram.ts';
import { boundedScore, scoreInDirection } from './monotone.ts';
import type { TreeLimits } from './row-statistics.ts';
import type { Split } from './split.ts';

export function noSplit(): Split {
  return {
    column: -1,
    score: Number.NEGATIVE_INFINITY,
    lastLeft: 0,
    firstRight: 0,
    missingLeft: false,
    gradient: 0,
    hessian: 0,
  };
}

/** What a node scores unsplit: a split's gain is its score less this. */
export function unsplitScore(node: NodeRows, { l2, directions }: TreeLimits): number {
  return directions === null
    ? (node.gradient * node.gradient) / (node.hessian + l2)
    : boundedScore(node.gradient, node.hessian + l2, node);
}

/** Updates `best` with the best split of one column. Returns false if all rows of the node are in one bin of it. */
export function searchColumn(
  best: Split,
  { sums, counts }: Histogram,
  binned: BinnedColumns,
  column: number,
  node: NodeRows,
  limits: TreeLimits,
): boolean {
  const first = binned.slotStart[column]!;
  const values = binned.valueBins[column]!;
  const hasMissing = binned.slotStart[column + 1]! - first > values;
  const { minSamplesLeaf, minHessian, l2, directions } = limits;
  const count = node.end - node.start;
  const missing = first + values;
  const missingG = hasMissing ? sums[2 * missing]! : 0;
  const missingH = hasMissing ? sums[2 * missing + 1]! : 0;
  const missingCount = hasMissing && counts !== null ? counts[missing]! : 0;
  let [leftG, leftH, leftCount, last] = [0, 0, 0, -1];
  let varies = false;
  for (let bin = 0; bin <= values; bin++) {
    const isEnd = bin === values;
    const binH = isEnd ? missingH : sums[2 * (first + bin) + 1]!;
    if (binH === 0) continue;
    if (last >= 0) {
      varies = true;
      for (let side = 0; side < (missingH === 0 || isEnd ? 1 : 2); side++) {
        const g = leftG + side * missingG;
        const h = leftH + side * missingH;
        const restG = node.gradient - g;
        const restH = node.hessian - h;
        const score =
          directions === null
            ? (g * g) / (h + l2) + (restG * restG) / (restH + l2)
            : scoreInDirection(g, h + l2, restG, restH + l2, isEnd ? 0 : directions[column]!, node);
        if (!(score > best.score) || h < minHessian || restH < minHessian) continue;
        const n = leftCount + side * missingCount;
        if (counts !== null && (n < minSamplesLeaf || count - n < minSamplesLeaf)) continue;
        best.column = column;
        best.score = score;
        best.lastLeft = last;
        best.firstRight = bin;
        best.missingLeft = missingH === 0 ? h >= restH : side === 1;
        best.gradient = g;
        best.hessian = h;
      }
    }
    if (isEnd) break;
    leftG += sums[2 * (first + bin)]!;
    leftH += binH;
    if (counts !== null) leftCount += counts[first + bin]!;
    last = bin;
  }
  return varies;
}

/**
 * The bin after which a split is made: of the edges between the two bins that hold rows, the last that is not above the
 * middle of the gap.
 */
export function chooseSplitBin(binned: BinnedColumns, split: Split): number {
  const first = binned.slotStart[split.column]!;
  if (split.firstRight === binned.valueBins[split.column]!) return split.firstRight - 1;
  const middle = (binned.high[first + split.lastLeft]! + binned.low[first + split.firstRight]!) / 2;
  let bin = split.lastLeft;
  while (bin + 1 < split.firstRight && binned.edge[first + bin + 1]! <= middle) bin++;
  return bin;
}
