/** Results of the window kernel as a temporary table: `seq`, and r_0, r_1 … of type DOUBLE, NaN where missing, in order of `seq`. */
import { BIGINT, DOUBLE } from '@duckdb/node-api';
import type { Session } from '../engine/session.ts';

/** Rows and their results, in order of `seq`. */
export async function writeResults(
  session: Session,
  table: string,
  seq: BigInt64Array,
  columns: readonly Float64Array[],
): Promise<void> {
  const definitions = columns.map((_, index) => `r_${index} DOUBLE`);
  await session.run(`CREATE OR REPLACE TEMP TABLE ${table} (${['seq BIGINT', ...definitions].join(', ')})`);
  const appender = await session.appendTemporary(table, [BIGINT, ...columns.map(() => DOUBLE)]);
  try {
    appender.columns([seq, ...columns]);
  } finally {
    appender.close();
  }
}
