/** Records with all that is known of them after so many levels of windows, as SQL: layer upon layer over the table `records`. */

import { quoteIdentifier, type Session } from '../engine/session.ts';
import { labelValueSql } from '../packs/label-values.ts';
import type { Pack } from '../packs/pack.ts';
import type { BoundPlan } from './bind-plan.ts';

/**
 * Columns: seq, history, record_id, record_hash, t (the time), k_<i> (the pack's columns), w_<i> and others of the `windows`
 * tables, x_<i> (the features that need no more than `level` levels of windows).
 */
export async function recordsSql(
  session: Session,
  bound: BoundPlan,
  level: number,
  windows: readonly string[],
): Promise<string> {
  const { pack } = bound.plan;
  const columns = pack.columns.map(({ name }) => `${quoteIdentifier(name)} AS ${columnName(pack, name)}`);
  const base = ['seq', 'history', 'record_id', 'record_hash', `${timeSql(pack)} AS t`, ...columns];
  let sql = `SELECT ${base.join(', ')} FROM records`;
  if (windows.length > 0) {
    sql = `SELECT * FROM (${sql})${windows.map((table) => ` LEFT JOIN ${table} USING (seq)`).join('')}`;
  }
  const absent = await absentWindows(session, bound, windows);
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
async function absentWindows(
  session: Session,
  bound: BoundPlan,
  tables: readonly string[],
): Promise<string[]> {
  const there = new Set<string>();
  for (const table of tables) {
    const columns = await session.rows<{ column_name: string }>(`DESCRIBE ${table}`);
    for (const { column_name } of columns) there.add(column_name);
  }
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

/** The record's time as an integer in the unit of its windows; a constant where there is no time. */
export function timeSql({ record, columns }: Pack): string {
  if (record.time === null) return '0::BIGINT';
  const name = quoteIdentifier(record.time);
  const isInteger = columns.some((column) => column.name === record.time && column.type.kind === 'integer');
  return isInteger ? name : `TRY(epoch_us(CAST(${name} AS TIMESTAMP)))`;
}
