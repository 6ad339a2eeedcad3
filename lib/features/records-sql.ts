/** Records with all that is known of them after so many levels of windows, as SQL: layer upon layer over a table of records. */

import { quoteIdentifier } from '../engine/session.ts';
import type { Table } from '../engine/table.ts';
import type { Records } from '../intake/records.ts';
import { labelValueSql } from '../packs/label-values.ts';
import type { Pack } from '../packs/pack.ts';
import type { BoundPlan } from './bind-plan.ts';

/** Results of windows, a row per record. */
export interface WindowTable {
  readonly table: Table<{ readonly seq: bigint }>;
  /** The names of its columns beside `seq`, and each as SQL over the table. */
  readonly columns: ReadonlyMap<string, string>;
}

/** A table whose columns are the results themselves. */
export function windowTable(table: WindowTable['table'], columns: readonly string[]): WindowTable {
  return { table, columns: new Map(columns.map((column) => [column, column])) };
}

/** The table with its columns as they are meant, to select from. */
export function windowTableSql({ table, columns }: WindowTable): string {
  const selected = [...columns].map(([column, sql]) => `${sql} AS ${column}`);
  return `(SELECT ${['seq', ...selected].join(', ')} FROM ${table})`;
}

/**
 * Columns: seq, history, record_id, record_hash, t (the time), k_<i> (the pack's columns), w_<i> and others of the `windows`
 * tables, x_<i> (the features that need no more than `level` levels of windows).
 */
export function recordsSql(
  records: Records,
  bound: BoundPlan,
  level: number,
  windows: readonly WindowTable[],
): string {
  const { pack } = bound.plan;
  const columns = pack.columns.map(({ name }) => `${quoteIdentifier(name)} AS ${columnName(pack, name)}`);
  const base = ['seq', 'history', 'record_id', 'record_hash', `${windowTimeSql(pack)} AS t`, ...columns];
  let sql = `SELECT ${base.join(', ')} FROM ${records}`;
  if (windows.length > 0) {
    sql = `SELECT * FROM (${sql})${windows.map((table) => ` LEFT JOIN ${windowTableSql(table)} USING (seq)`).join('')}`;
  }
  const absent = absentWindows(bound, windows);
  if (absent.length > 0) sql = `SELECT *, ${absent.join(', ')} FROM (${sql})`;
  const features = bound.values.filter(({ planned }) => planned.kind === 'feature' && planned.level <= level);
  const deepest = Math.max(-1, ...features.map(({ planned }) => planned.depth));
  for (let depth = 0; depth <= deepest; depth++) {
    const layer = features.filter(({ planned }) => planned.depth === depth);
    sql = `SELECT *, ${layer.map((value) => `${value.sql} AS x_${value.planned.index}`).join(', ')} FROM (${sql})`;
  }
  return sql;
}

/** The name of a window aggregate's result, by its position in the plan. */
export const windowColumn = (index: number): string => `w_${index}`;

/** What is computed elsewhere, or later, is missing here: nothing that is asked for depends on it. */
function absentWindows(bound: BoundPlan, tables: readonly WindowTable[]): string[] {
  const there = new Set(tables.flatMap(({ columns }) => [...columns.keys()]));
  return bound.windows.flatMap(({ type }, index) =>
    there.has(windowColumn(index)) ? [] : [`CAST(NULL AS ${type}) AS ${windowColumn(index)}`],
  );
}

export function columnName(pack: Pack, column: string): string {
  return `k_${pack.columns.findIndex(({ name }) => name === column)}`;
}

/** The label as 1, 0 or NULL. */
export function labelSql(pack: Pack): string {
  const { label } = pack.record;
  if (label === null) return 'CAST(NULL AS INTEGER)';
  const value = labelValueSql(pack, columnName(pack, label));
  const isInteger = pack.columns.some((column) => column.name === label && column.type.kind === 'integer');
  const isCount = isInteger && pack.record.labelValues === null;
  return isCount ? `CAST(${value} <> 0 AS INTEGER)` : `CAST(${value} AS INTEGER)`;
}

/** The record's time as an integer in the unit of its windows; a constant where the pack names none. */
export const windowTimeSql = (pack: Pack): string =>
  pack.record.time === null ? '0::BIGINT' : recordTimeSql(pack);

/**
 * The record's time as an integer: microseconds since 1970, or the number that an integer column holds, in whatever unit. NULL where
 * the record has none that can be read, or the pack names none.
 */
export function recordTimeSql({ record, columns }: Pick<Pack, 'record' | 'columns'>): string {
  if (record.time === null) return 'NULL';
  const name = quoteIdentifier(record.time);
  const isInteger = columns.some((column) => column.name === record.time && column.type.kind === 'integer');
  return isInteger ? name : `TRY(epoch_us(CAST(${name} AS TIMESTAMP)))`;
}
