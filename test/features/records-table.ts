import { createHash } from 'node:crypto';
import { quoteIdentifier, quoteText, type Session } from '../../lib/engine/session.ts';
import { defineTable } from '../../lib/engine/table.ts';
import type { RecordColumns, Records } from '../../lib/intake/records.ts';
import { sqlTypeOf } from '../../lib/packs/column-type.ts';
import type { Pack } from '../../lib/packs/pack.ts';

/** Column → text as DuckDB casts it; null: missing. */
export type TextRow = Readonly<Record<string, string | null>>;

/** Records as intake would leave them: `rows` first, then `history`. */
export async function writeRecords(
  session: Session,
  pack: Pack,
  rows: readonly TextRow[],
  history: readonly TextRow[] = [],
): Promise<Records> {
  const columns = pack.columns.map(({ name, type }) => `${quoteIdentifier(name)} ${sqlTypeOf(type)}`);
  const records = await defineTable<RecordColumns>(session, 'records', [
    ...['seq BIGINT', 'file INTEGER', 'line BIGINT', 'history BOOLEAN'],
    ...['record_id VARCHAR', 'record_hash VARCHAR', ...columns],
  ]);
  const values = [...rows, ...history].map((row, seq) => {
    const texts = pack.columns.map(({ name }) => row[name] ?? null);
    const id = pack.record.id.map((name) => row[name]).join('|');
    const hash = createHash('sha256').update(JSON.stringify(texts)).digest('hex');
    const keys = [seq, 0, seq + 2, seq >= rows.length, quoteText(id), quoteText(hash)];
    return `(${[...keys, ...texts.map((text) => (text === null ? 'NULL' : quoteText(text)))].join(', ')})`;
  });
  for (let start = 0; start < values.length; start += 1000) {
    await session.run(`INSERT INTO ${records} VALUES ${values.slice(start, start + 1000).join(', ')}`);
  }
  return records;
}
