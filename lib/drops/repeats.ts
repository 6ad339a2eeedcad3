/** The ids of a drop that were there before, within the drop: what each becomes. */
import type { Table } from '../engine/table.ts';
import type { Pack } from '../packs/pack.ts';

export type Repeats = Table<{
  readonly line: bigint;
  readonly record_id: string;
  readonly first_line: bigint;
  /** Null: the record is rejected. */
  readonly new_id: string | null;
}>;

/** Of lines and record ids as SQL: those that were there before, and the id that is made for each. */
export function repeatsSql(pack: Pack, ids: string): string {
  const newId = pack.record.id.length === 0 ? `record_id || '-' || nth` : 'CAST(NULL AS VARCHAR)';
  return `SELECT line, record_id, first_line, ${newId} AS new_id FROM (
      SELECT line, record_id, row_number() OVER same AS nth, first_value(line) OVER same AS first_line
      FROM (${ids}) WINDOW same AS (PARTITION BY record_id ORDER BY line))
    WHERE nth > 1 ORDER BY line`;
}
