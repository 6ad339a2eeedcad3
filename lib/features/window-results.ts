/** Results of the window kernel as a table: `seq`, and r_0, r_1 … of type DOUBLE, NaN where missing, in order of `seq`. */
import { BIGINT, DOUBLE } from '@duckdb/node-api';
import type { Session } from '../engine/session.ts';
import { fillTable, type Table } from '../engine/table.ts';

/** Rows and their results, in order of `seq`. */
export async function writeResults(
  session: Session,
  seq: BigInt64Array,
  columns: readonly Float64Array[],
): Promise<Table<{ readonly seq: bigint }>> {
  const results = columns.map((_, index) => [`r_${index}`, DOUBLE] as const);
  return fillTable(session, 'results', [['seq', BIGINT], ...results], [seq, ...columns]);
}
