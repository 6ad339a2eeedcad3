/**
 * Columns of two bins (yes or no, one-hot categories) as the short list of those that stand out in each row, and their histograms.
 *
 *     row          0        1      2          a binary column is active in a row that is in its rarer bin
 *     active    [ 0 4 ]  [ 2 4 ]  [ 3 ]       activeStart = [0, 2, 4, 5]
 *
 * Forty one-hot columns of two categories are two entries a row. So one pass over a node's rows fills the histograms of all
 * binary columns in the time of a few columns, and siblings share it: the larger one's sums are the parent's less the smaller one's.
 */
import type { BinaryColumns } from './binned-columns.ts';
import type { Histogram, NodeRows } from './histogram.ts';
import type { RowStatistics } from './row-statistics.ts';

/** Sums over the rows in which a binary column is active: G and H interleaved, and the number of rows where a limit needs it. */
export interface BinarySums {
  readonly sums: Float64Array;
  readonly counts: Int32Array | null;
}

/** They are numbered in 16 bits, their entries in 31: columns of two bins beyond either are columns like others. */
const MAX_BINARY_COLUMNS = 65_535;
const MAX_ENTRIES = 2 ** 31 - 1;

export function listBinaryColumns(bins: Uint8Array, rows: number, slotStart: Int32Array): BinaryColumns {
  const columns = slotStart.length - 1;
  const ofColumn = new Int32Array(columns).fill(-1);
  const column: number[] = [];
  const activeBin: number[] = [];
  let entries = 0;
  for (let c = 0; c < columns && column.length < MAX_BINARY_COLUMNS; c++) {
    if (slotStart[c + 1]! - slotStart[c]! !== 2) continue;
    const ones = sumCodes(bins.subarray(c * rows, (c + 1) * rows));
    const rarer = Math.min(ones, rows - ones);
    if (entries + rarer > MAX_ENTRIES) break;
    entries += rarer;
    ofColumn[c] = column.length;
    column.push(c);
    activeBin.push(2 * ones <= rows ? 1 : 0);
  }
  const lists = { column: Int32Array.from(column), activeBin: Uint8Array.from(activeBin) };
  return { ofColumn, ...lists, ...listActive(bins, rows, lists, entries) };
}

function listActive(
  bins: Uint8Array,
  rows: number,
  { column, activeBin }: Pick<BinaryColumns, 'column' | 'activeBin'>,
  entries: number,
): Pick<BinaryColumns, 'activeStart' | 'active'> {
  const activeStart = new Int32Array(new SharedArrayBuffer(4 * (rows + 1)));
  const active = new Uint16Array(new SharedArrayBuffer(2 * entries));
  for (let binary = 0; binary < column.length; binary++) {
    const offset = column[binary]! * rows;
    const bin = activeBin[binary]!;
    for (let row = 0; row < rows; row++) if (bins[offset + row] === bin) activeStart[row + 1]!++;
  }
  for (let row = 0; row < rows; row++) activeStart[row + 1]! += activeStart[row]!;
  const next = activeStart.slice(0, rows);
  for (let binary = 0; binary < column.length; binary++) {
    const offset = column[binary]! * rows;
    const bin = activeBin[binary]!;
    for (let row = 0; row < rows; row++) if (bins[offset + row] === bin) active[next[row]!++] = binary;
  }
  return { activeStart, active };
}

function sumCodes(codes: Uint8Array): number {
  let sum = 0;
  for (let row = 0; row < codes.length; row++) sum += codes[row]!;
  return sum;
}

export function createBinarySums(all: BinaryColumns, withCounts: boolean): BinarySums {
  const count = all.column.length;
  return { sums: new Float64Array(2 * count), counts: withCounts ? new Int32Array(count) : null };
}

/** Overwrites `target` with the sums over the node's rows. In a forest most rows are negative: their gradient is 0. */
export function fillBinarySums(
  target: BinarySums,
  { active, activeStart }: BinaryColumns,
  statistics: RowStatistics,
  rows: Int32Array,
  { start, end }: NodeRows,
): void {
  const { sums, counts } = target;
  sums.fill(0);
  counts?.fill(0);
  for (let i = start; i < end; i++) {
    const row = rows[i]!;
    const gradient = statistics[2 * row]!;
    const hessian = statistics[2 * row + 1]!;
    const last = activeStart[row + 1]!;
    for (let at = activeStart[row]!; at < last; at++) {
      const binary = active[at]!;
      if (gradient !== 0) sums[2 * binary]! += gradient;
      sums[2 * binary + 1]! += hessian;
      if (counts !== null) counts[binary]!++;
    }
  }
}

/** Writes a binary column's two slots, which begin at `slot`: its own sums, and the rest of the node's. */
export function writeBinarySlots(
  { sums, counts }: Histogram,
  slot: number,
  all: BinaryColumns,
  binary: number,
  from: BinarySums,
  node: NodeRows,
): void {
  const own = slot + all.activeBin[binary]!;
  const other = slot + 1 - all.activeBin[binary]!;
  sums[2 * own] = from.sums[2 * binary]!;
  sums[2 * own + 1] = from.sums[2 * binary + 1]!;
  sums[2 * other] = node.gradient - from.sums[2 * binary]!;
  sums[2 * other + 1] = node.hessian - from.sums[2 * binary + 1]!;
  if (counts === null || from.counts === null) return;
  counts[own] = from.counts[binary]!;
  counts[other] = node.end - node.start - from.counts[binary]!;
}
