import type { Flags } from './binary-columns.ts';

export interface BinnedColumns {
  readonly rows: number;
  readonly columns: number;
  /** Column-major, rows × columns, on shared memory: threads read the same bytes. */
  readonly bins: Uint8Array;
  readonly flags: Flags;
  /** columns + 1 entries: where each column's slots begin. */
  readonly slotStart: Int32Array;
  /** Bins of observed values, a column; its missing bin, if it has one, comes right after them. */
  readonly valueBins: Int32Array;
  /** Smallest and largest observed value, a slot. */
  readonly low: Float32Array;
  readonly high: Float32Array;
  /** The threshold between a slot and the next of its column; Infinity after the last value. */
  readonly edge: Float32Array;
}
