/**
 * A query's rows as Parquet, a file for each partition that has any. One COPY a partition: DuckDB's own PARTITION_BY (1.5.5)
 * was seen to wait for itself forever.
 */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { quoteText, type Session } from './session.ts';

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
  await session.run(`CREATE OR REPLACE TEMP TABLE parts_to_write AS ${sql}`);
  const parts = await session.rows<{ part: number }>(
    `SELECT DISTINCT ${by}::INTEGER AS part FROM parts_to_write ORDER BY part`,
  );
  const written: WrittenPart[] = [];
  for (const { part } of parts) {
    const path = join(folder, `${part}.parquet`);
    await session.run(
      `COPY (SELECT * EXCLUDE (${by}) FROM parts_to_write WHERE ${by} = ${part} ORDER BY ${order}) ` +
        `TO ${quoteText(path)} (FORMAT parquet, COMPRESSION zstd)`,
    );
    written.push({ part, path });
  }
  await session.run('DROP TABLE parts_to_write');
  return written;
}
