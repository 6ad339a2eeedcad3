/**
 * Columns of two bins (flags, one-hot categories) as the short list of those that stand out in each row, and their histograms.
 *
 *     row          0        1      2          a flag is active in a row that is in the rarer of its column's two bins
 *     active    [ 0 4 ]  [ 2 4 ]  [ 3 ]       activeStart = [0, 2, 4, 5]
 *
 * Forty one-hot columns of two categories are two entries a row. So one pass over a node's rows fills the histograms of all
 * flags in the time of a few columns, and siblings share it: the larger one's sums are the parent's less the smaller one's.
 */
import type { Histogram, NodeRows } from './histogram.ts';
import type { RowStatistics } from './row-statistics.ts';

export interface Flags {
  /** The column of each flag. */
  readonly column: Int32Array;
  /** The flag of each column; -1 for a column that has not two bins. */
  readonly ofColumn: Int32Array;
  /** The rarer bin, 0 or 1, a flag. */
  readonly activeBin: Uint8Array;
  /** rows + 1 entries, on shared memory like `active`: where each row's active flags begin. */
  readonly activeStart: Int32Array;
  readonly active: Uint16Array;
}

/** Sums over the rows in which a flag is active: G and H interleaved, and the number of rows where a limit needs it. */
export interface FlagSums {
  readonly sums: Float64Array;
  readonly counts: Int32Array | null;
}

/** Flags are numbered in 16 bits, their entries in 31: columns of two bins beyond either are columns like others. */
const MAX_FLAGS = 65_535;
const MAX_ENTRIES = 2 ** 31 - 1;

export function listFlags(bins: Uint8Array, rows: number, slotStart: Int32Array): Flags {
  const columns = slotStart.length - 1;
  const ofColumn = new Int32Array(columns).fill(-1);
  const column: number[] = [];
  const activeBin: number[] = [];
  let entries = 0;
  for (let c = 0; c < columns && column.length < MAX_FLAGS; c++) {
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
  { column, activeBin }: Pick<Flags, 'column' | 'activeBin'>,
  entries: number,
): Pick<Flags, 'activeStart' | 'active'> {
  const activeStart = new Int32Array(new SharedArrayBuffer(4 * (rows + 1)));
  const active = new Uint16Array(new SharedArrayBuffer(2 * entries));
  for (let flag = 0; flag < column.length; flag++) {
    const offset = column[flag]! * rows;
    const bin = activeBin[flag]!;
    for (let row = 0; row < rows; row++) if (bins[offset + row] === bin) activeStart[row + 1]!++;
  }
  for (let row = 0; row < rows; row++) activeStart[row + 1]! += activeStart[row]!;
  const next = activeStart.slice(0, rows);
  for (let flag = 0; flag < column.length; flag++) {
    const offset = column[flag]! * rows;
    const bin = activeBin[flag]!;
    for (let row = 0; row < rows; row++) if (bins[offset + row] === bin) active[next[row]!++] = flag;
  }
  return { activeStart, active };
}

function sumCodes(codes: Uint8Array): number {
  let sum = 0;
  for (let row = 0; row < codes.length; row++) sum += codes[row]!;
  return sum;
}

export function createFlagSums(flags: Flags, withCounts: boolean): FlagSums {
  const count = flags.column.length;
  return { sums: new Float64Array(2 * count), counts: withCounts ? new Int32Array(count) : null };
}

/** Overwrites `target` with the sums over the node's rows. In a forest most rows are negative: their gradient is 0. */
export function fillFlagSums(
  target: FlagSums,
  { active, activeStart }: Flags,
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
      const flag = active[at]!;
      if (gradient !== 0) sums[2 * flag]! += gradient;
      sums[2 * flag + 1]! += hessian;
      if (counts !== null) counts[flag]!++;
    }
  }
}

/** Writes a flag's two slots, which begin at `slot`: its own sums, and the rest of the node's. */
export function writeFlagSlots(
  { sums, counts }: Histogram,
  slot: number,
  flags: Flags,
  flag: number,
  from: FlagSums,
  node: NodeRows,
): void {
  const own = slot + flags.activeBin[flag]!;
  const other = slot + 1 - flags.activeBin[flag]!;
  sums[2 * own] = from.sums[2 * flag]!;
  sums[2 * own + 1] = from.sums[2 * flag + 1]!;
  sums[2 * other] = node.gradient - from.sums[2 * flag]!;
  sums[2 * other + 1] = node.hessian - from.sums[2 * flag + 1]!;
  if (counts === null || from.counts === null) return;
  counts[own] = from.counts[flag]!;
  counts[other] = node.end - node.start - from.counts[flag]!;
}
