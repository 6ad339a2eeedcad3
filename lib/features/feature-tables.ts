/**
 * The table of features, and how its columns beside those of FeatureColumns are named, for all who read it. Rows are in order
 * of `seq`.
 */
import { createTable, Table } from '../engine/table.ts';
import type { Records } from '../intake/records.ts';

export interface FeatureColumns {
  readonly seq: bigint;
  readonly history: boolean;
  /** 1 or 0. */
  readonly label: number | null;
  /** As text. */
  readonly entity: string | null;
  /** Microseconds since 1970, or the integer itself where the time column is one. */
  readonly time: bigint | null;
}

export class Features extends Table<FeatureColumns> {
  /** What they were computed of: a row of each by the same `seq`. */
  readonly records: Records;
  /** Positions of the features that have what is usual beside them. */
  readonly usual: ReadonlySet<number>;

  private constructor(records: Records, name: string, usual: ReadonlySet<number>) {
    super(records.session, name);
    this.records = records;
    this.usual = usual;
  }

  static async create(records: Records, sql: string, usual: ReadonlySet<number>): Promise<Features> {
    const { name } = await createTable<FeatureColumns>(records.session, 'features', sql);
    return new Features(records, name, usual);
  }
}

/** DOUBLE; NULL is missing. */
export const featureColumn = (index: number): string => `f_${index}`;
/** DOUBLE: what is usual for the entity; there only where the pack has a `usual` for the feature, and it was asked for. */
export const usualColumn = (index: number): string => `u_${index}`;
/** VARCHAR: a category's text. */
export const categoryColumn = (index: number): string => `c_${index}`;
/** VARCHAR: the key of an encoding. */
export const encodingKeyColumn = (index: number): string => `g_${index}`;
/** DOUBLE: an encoding as it stood before this record. */
export const encodingColumn = (index: number): string => `e_${index}`;
/** BOOLEAN: whether a rule hits. */
export const ruleColumn = (index: number): string => `r_${index}`;
