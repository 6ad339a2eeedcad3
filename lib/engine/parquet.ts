/** Parquet as every stage reads and writes it. */
import { quotePath, quoteText, type Session } from './session.ts';

/** Writes a query's rows to a file. */
export async function copyToParquet(session: Session, sql: string, path: string): Promise<void> {
  await session.run(`COPY (${sql}) TO ${quoteText(path)} (FORMAT parquet, COMPRESSION zstd)`);
}

/** Files, at least one, as SQL to select from. */
export function parquetSql(paths: readonly string[], options = ''): string {
  return `read_parquet([${paths.map(quotePath).join(', ')}]${options})`;
}
