/**
 * The label of a record as SQL, whatever the pack's label column holds: yes or no, 1 or 0, or values that the pack maps. Every stage
 * that looks at labels asks here, so that a value means the same in windows, training and a snapshot.
 */
import type { Pack } from './pack.ts';

/** `sql`: the label column. BOOLEAN where the pack maps values or the column is yes or no, else the column's integer. */
export function labelValueSql({ record }: Pick<Pack, 'record'>, sql: string): string {
  const { labelValues } = record;
  if (labelValues === null) return sql;
  const holds = (values: readonly string[]) =>
    `CAST(${sql} AS VARCHAR) IN (${values.map(quoted).join(', ')})`;
  return `CASE WHEN ${holds(labelValues.positive)} THEN true WHEN ${holds(labelValues.negative)} THEN false END`;
}

/** The way back: what the label column holds for `sql`, which is 1, 0 or NULL. */
export function labelColumnSql({ record }: Pick<Pack, 'record'>, sql: string): string {
  const { labelValues } = record;
  if (labelValues === null) return sql;
  return `CASE ${sql} WHEN 1 THEN ${quoted(labelValues.positive[0]!)} WHEN 0 THEN ${quoted(labelValues.negative[0]!)} END`;
}

/** Whether the label column holds a value that the pack's label mapping does not name; null: nothing is mapped. */
export function unmappedLabelSql({ record }: Pick<Pack, 'record'>, sql: string): string | null {
  const { labelValues } = record;
  if (labelValues === null) return null;
  const named = [...labelValues.positive, ...labelValues.negative, ...labelValues.unlabelled];
  return `${sql} IS NOT NULL AND CAST(${sql} AS VARCHAR) NOT IN (${named.map(quoted).join(', ')})`;
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}
