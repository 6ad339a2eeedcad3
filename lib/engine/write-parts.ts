/**
 * A query's rows as Parquet, a file for each partition that has any. One COPY a partition: DuckDB's own PARTITION_BY (1.5.5)
 * was seen to wait for itself forever.
 */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { copyToParquet } from './parquet.ts';
import type { Session } from './session.ts';
import { createTable } from './table.ts';

export interface WrittenPart {
  readonly part: number;
  readonly path: string;
}

/** `by` (SQL) is a column that `sql` has beside those that are written; `order` is how each file is sorted. */
export async function writeParts(
  session: Session,
  sql: string,
  { by, order, folder }: { readonly by: string; readonly order: string; readonly folder: string },
): Promise<WrittenPart[]> {
  await mkdir(folder, { recursive: true });
  const table = await createTable(session, 'parts', sql);
  const parts = await session.rows<{ part: number }>(
    `SELECT DISTINCT ${by}::INTEGER AS part FROM ${table} ORDER BY part`,
  );
  const written: WrittenPart[] = [];
  for (const { part } of parts) {
    const path = join(folder, `${part}.parquet`);
    const own = `SELECT * EXCLUDE (${by}) FROM ${table} WHERE ${by} = ${part} ORDER BY ${order}`;
    await copyToParquet(session, own, path);
    written.push({ part, path });
  }
  await table.drop();
  return written;
}
