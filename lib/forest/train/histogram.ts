/**
 * Rows of a node in, the sums of their gradients and hessians by bin out.
 *
 *     sums      G0 H0 | G1 H1 | G2 H2 | …      two float64 a slot (binning.ts numbers the slots)
 *     counts      n0  |   n1  |   n2  | …      rows a slot, kept only where a limit needs them
 *
 * A node's statistics are gathered once, then read in order for each of its columns. All sums are exact (exact-sums.ts).
 */
import type { BinnedColumns } from './binned-columns.ts';
import type { RowStatistics } from './row-statistics.ts';

export interface Histogram {
  readonly sums: Float64Array;
  readonly counts: Int32Array | null;
}

/** A run of the tree's row list that one node holds, and its totals. */
export interface NodeRows {
  readonly start: number;
  readonly end: number;
  readonly gradient: number;
  readonly hessian: number;
  /** What its leaves may say, by the constrained splits above it. */
  readonly minStep: number;
  readonly maxStep: number;
}

export function createHistogram(binned: BinnedColumns, withCounts: boolean): Histogram {
  const slots = binned.slotStart[binned.columns]!;
  return { sums: new Float64Array(2 * slots), counts: withCounts ? new Int32Array(slots) : null };
}

/** Copies the statistics of a node's rows, in the order of its rows, to the beginning of `gathered`. */
export function gatherStatistics(
  gathered: RowStatistics,
  statistics: RowStatistics,
  rows: Int32Array,
  { start, end }: NodeRows,
): void {
  for (let i = start, at = 0; i < end; i++, at += 2) {
    const from = 2 * rows[i]!;
    gathered[at] = statistics[from]!;
    gathered[at + 1] = statistics[from + 1]!;
  }
}

/** Overwrites one column's part of the histogram with the sums over the node's rows. */
export function fillColumn(
  { sums, counts }: Histogram,
  binned: BinnedColumns,
  column: number,
  gathered: RowStatistics,
  rows: Int32Array,
  { start, end }: NodeRows,
): void {
  const bins = binned.bins;
  const offset = column * binned.rows;
  const first = binned.slotStart[column]!;
  const last = binned.slotStart[column + 1]!;
  sums.fill(0, 2 * first, 2 * last);
  for (let i = start, from = 0; i < end; i++, from += 2) {
    const at = 2 * (first + bins[offset + rows[i]!]!);
    sums[at]! += gathered[from]!;
    sums[at + 1]! += gathered[from + 1]!;
  }
  if (counts === null) return;
  counts.fill(0, first, last);
  for (let i = start; i < end; i++) counts[first + bins[offset + rows[i]!]!]!++;
}

/** `parent` becomes parent - child: the other child's histogram, exactly. */
export function subtractHistogram(parent: Histogram, child: Histogram): void {
  for (let at = 0; at < parent.sums.length; at++) parent.sums[at]! -= child.sums[at]!;
  if (parent.counts === null || child.counts === null) return;
  for (let slot = 0; slot < parent.counts.length; slot++) parent.counts[slot]! -= child.counts[slot]!;
}
