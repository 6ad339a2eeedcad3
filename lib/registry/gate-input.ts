import type { SegmentColumn } from '../evaluation/segments.ts';
import type { Acceptance } from '../packs/pack.ts';
import type { LabelCounts } from './acceptance.ts';

/** A model's scores of the held-out records. */
export interface ScoredBy {
  readonly version: string;
  readonly scores: Float32Array;
  /** Its own. */
  readonly threshold: number;
}

export interface GateInput {
  /** Null: there is none yet, and nothing to compare with. */
  readonly champion: ScoredBy | null;
  readonly challenger: ScoredBy;
  readonly labels: Uint8Array;
  /** Inverse of each record's inclusion probability; absent: 1. */
  readonly weights?: Float64Array;
  /** Entity of each record: what the records of one say is not independent. Null: a record by itself. */
  readonly entity: readonly (string | null)[];
  readonly segments: readonly SegmentColumn[];
  /** Of the whole dataset. */
  readonly dataset: LabelCounts;
  readonly acceptance: Acceptance;
}
