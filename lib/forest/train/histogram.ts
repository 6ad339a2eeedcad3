/**
 * Sums the gradients and hessians of a node's rows by bin.
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
  histogram: Histogram,
  binned: BinnedColumns,
  column: number,
  gathered: RowStatistics,
  rows: Int32Array,
  { start, end }: NodeRows,
): void {
  clearColumn(histogram, binned, column);
  const { sums, counts } = histogram;
  const { bins } = binned;
  const offset = column * binned.rows;
  const first = binned.slotStart[column]!;
  for (let i = start, from = 0; i < end; i++, from += 2) {
    const slot = first + bins[offset + rows[i]!]!;
    const gradient = gathered[from]!;
    // In a forest most rows are negative: their gradient is 0.
    if (gradient !== 0) sums[2 * slot]! += gradient;
    sums[2 * slot + 1]! += gathered[from + 1]!;
    if (counts !== null) counts[slot]!++;
  }
}

/** The same of several columns, two at once: the processor adds to one while it waits for the other. */
export function fillColumns(
  histogram: Histogram,
  binned: BinnedColumns,
  columns: Int32Array,
  gathered: RowStatistics,
  rows: Int32Array,
  node: NodeRows,
): void {
  for (let at = 0; at < columns.length; at += 2) {
    const [one, other] = [columns[at]!, columns[at + 1]];
    if (other === undefined) fillColumn(histogram, binned, one, gathered, rows, node);
    else fillTwoColumns(histogram, binned, one, other, gathered, rows, node);
  }
}

function fillTwoColumns(
  histogram: Histogram,
  binned: BinnedColumns,
  one: number,
  other: number,
  gathered: RowStatistics,
  rows: Int32Array,
  { start, end }: NodeRows,
): void {
  clearColumn(histogram, binned, one);
  clearColumn(histogram, binned, other);
  const { sums, counts } = histogram;
  const { bins, slotStart } = binned;
  const [offset1, offset2] = [one * binned.rows, other * binned.rows];
  const [first1, first2] = [slotStart[one]!, slotStart[other]!];
  for (let i = start, from = 0; i < end; i++, from += 2) {
    const row = rows[i]!;
    const slot1 = first1 + bins[offset1 + row]!;
    const slot2 = first2 + bins[offset2 + row]!;
    const gradient = gathered[from]!;
    const hessian = gathered[from + 1]!;
    sums[2 * slot1]! += gradient;
    sums[2 * slot2]! += gradient;
    sums[2 * slot1 + 1]! += hessian;
    sums[2 * slot2 + 1]! += hessian;
    if (counts === null) continue;
    counts[slot1]!++;
    counts[slot2]!++;
  }
}

function clearColumn({ sums, counts }: Histogram, { slotStart }: BinnedColumns, column: number): void {
  const [first, last] = [slotStart[column]!, slotStart[column + 1]!];
  sums.fill(0, 2 * first, 2 * last);
  counts?.fill(0, first, last);
}

/** `parent` becomes parent - child: the other child's histogram, exactly. */
export function subtractHistogram(parent: Histogram, child: Histogram): void {
  for (let at = 0; at < parent.sums.length; at++) parent.sums[at]! -= child.sums[at]!;
  if (parent.counts === null || child.counts === null) return;
  for (let slot = 0; slot < parent.counts.length; slot++) parent.counts[slot]! -= child.counts[slot]!;
}
