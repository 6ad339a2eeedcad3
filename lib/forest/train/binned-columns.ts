export interface BinaryColumns {
  /** The column of each of them. */
  readonly column: Int32Array;
  /** The number of each column among them; -1 for a column that has not two bins. */
  readonly ofColumn: Int32Array;
  /** The rarer bin of each, 0 or 1. */
  readonly activeBin: Uint8Array;
  /** rows + 1 entries, on shared memory like `active`: where each row's active ones begin. */
  readonly activeStart: Int32Array;
  readonly active: Uint16Array;
}

export interface BinnedColumns {
  readonly rows: number;
  readonly columns: number;
  /** Column-major, rows × columns, on shared memory: threads read the same bytes. */
  readonly bins: Uint8Array;
  readonly binary: BinaryColumns;
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
