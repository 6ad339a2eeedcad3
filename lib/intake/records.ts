/** The tables that intake leaves. Beside these columns, records have those of the pack, typed and named as there. */
import type { Table } from '../engine/table.ts';

export interface RecordColumns {
  /** In the order of the input from 0; records of the past may be negative. */
  readonly seq: bigint;
  readonly file: number;
  readonly line: bigint;
  /** It is there only as the past of others. */
  readonly history: boolean;
  readonly record_id: string;
  readonly record_hash: string;
}

export type Records = Table<RecordColumns>;

/** Of one range of a delivered text: which ids were there before is not known yet. */
export type RangeRecords = Table<Pick<RecordColumns, 'line' | 'record_id' | 'record_hash'>>;

export type Rejects = Table<{
  readonly file: number;
  readonly line: bigint;
  /** Null: the whole line. */
  readonly column: string | null;
  readonly reason: string;
  readonly text: string;
}>;

/** Whose the rejected lines are, as far as they say. */
export type RejectEntities = Table<{
  readonly file: number;
  readonly line: bigint;
  readonly entity: string | null;
}>;

/** Any table that names records by their place in the input. */
export type Selection = Table<{ readonly seq: bigint | number }>;
