/** What a trainer learns from: float32 rows, binary labels, and how much each row counts. */
export interface TrainingSet {
  readonly rows: number;
  readonly columns: number;
  /** Row-major, rows × columns; NaN is a missing value. */
  readonly values: Float32Array;
  /** 0 or 1 a row. */
  readonly labels: Uint8Array;
  /** How much a row counts (1 if absent); class weights multiply it. */
  readonly weights?: Float64Array;
}

/** Called while training, with the share from 0 to 1. */
export type OnProgress = (share: number) => void;
