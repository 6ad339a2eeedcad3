import type { Direction } from '../packs/pack.ts';

/** One float32 input of a model, in its place in the row. */
export interface ModelInput {
  /** Unique: `amount`, `country=Panama`, `country=other`, `country=missing`, `step_rate`. */
  readonly name: string;
  readonly kind: 'feature' | 'category' | 'encoding';
  /** What the contribution is summed back to: the feature's own name, the category's column, the encoding's name. */
  readonly source: string;
  /** For a category: the value this input stands for; null stands for "other", absent for "missing". */
  readonly value?: string | null;
  /** Value that replaces a missing one, learned in training; absent: it stays missing. */
  readonly impute?: number;
  /** Training let scores only rise, or only fall, as it grows. */
  readonly monotone?: Direction;
}

/** The learned state of an encoding: label counts by value, as they stood at the end of training. */
export interface LearnedEncoding {
  readonly name: string;
  readonly prior: number;
  readonly smoothing: number;
  /** key text → [labelled records, positives]; keys sorted. */
  readonly counts: Readonly<Record<string, readonly [number, number]>>;
}

/** Everything learned from training data that turns a record into a row: kept in the model card. */
export interface FittedInputs {
  readonly inputs: readonly ModelInput[];
  readonly encodings: readonly LearnedEncoding[];
}

/** A block of rows as a model takes them, in input order. */
export interface MatrixBlock {
  readonly rows: number;
  /** Position of each record in the drop (`records.seq`). */
  readonly seq: Float64Array;
  /** Row-major, rows × inputs; NaN is missing. */
  readonly values: Float32Array;
}
