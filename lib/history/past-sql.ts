/**
 * The records that an earlier drop left, as SQL: the files of its history go in, whatever version of the pack wrote them; rows
 * typed by the pack of now come out. A column that was not there then is there, and missing.
 */

import { quoteIdentifier, quoteText, type Session } from '../engine/session.ts';
import { sqlTypeOf } from '../packs/column-type.ts';
import type { Pack } from '../packs/pack.ts';
import type { HistoryEntry } from './history-entry.ts';
import { historyKeys } from './history-keys.ts';

/** The copy of the records that is parted by this very key; null: there is none. */
export function copyBy(keys: readonly (readonly string[])[], key: readonly string[]): number | null {
  const at = keys.findIndex((own) => own.join('\n') === key.join('\n'));
  return at < 0 ? null : at;
}

/** As `copyBy`; without a key, that by the records' ids. */
export function copyOf(keys: readonly (readonly string[])[], key: readonly string[] | null): number | null {
  if (key === null) return keys.length === 0 ? 0 : null;
  return copyBy(keys, key);
}

/** The objects that hold these partitions of a copy. */
export function pastObjects(entry: HistoryEntry, copy: number, parts: readonly number[]): string[] {
  const keys = historyKeys(entry);
  return parts.flatMap((part) =>
    Array.from({ length: entry.ranges }, (_, range) => keys.rows(copy, part, range)),
  );
}

export function parquetSql(paths: readonly string[], options = ''): string {
  return `read_parquet([${paths.map(quoteText).join(', ')}]${options})`;
}

/** No pack has a column of this name. */
const PATH_NAME = 'path of its file';
export const PATH = quoteIdentifier(PATH_NAME);

/** The columns of some files, which all have the same. */
export async function columnsOfFiles(
  session: Session,
  paths: readonly string[],
): Promise<ReadonlySet<string>> {
  const described = await session.rows<{ column_name: string }>(
    `DESCRIBE SELECT * FROM ${parquetSql(paths)}`,
  );
  return new Set(described.map(({ column_name }) => column_name));
}

export interface PastFiles {
  readonly paths: readonly string[];
  readonly columns: ReadonlySet<string>;
  /** The list of ids that came again within the drop; null: none did. */
  readonly repeats: string | null;
}

/**
 * Columns: those in `first` (SQL), then file, line, history, record_id, record_hash and the pack's. `first` and conditions are SQL over
 * these, with values as the pack of now types them, and over PATH, the path of a row's file.
 */
export function pastSql(
  pack: Pack,
  { paths, columns, repeats }: PastFiles,
  first: readonly string[],
  conditions: readonly string[],
): string {
  const again =
    repeats === null
      ? '(SELECT NULL::BIGINT AS line, NULL::VARCHAR AS new_id WHERE false)'
      : parquetSql([repeats]);
  const typed = pack.columns.map(({ name, type }) => {
    const value = columns.has(name)
      ? `TRY_CAST(past.${quoteIdentifier(name)} AS ${sqlTypeOf(type)})`
      : `CAST(NULL AS ${sqlTypeOf(type)})`;
    return `${value} AS ${quoteIdentifier(name)}`;
  });
  const names = pack.columns.map(({ name }) => quoteIdentifier(name));
  return `SELECT ${[...first, '0', 'line', 'true', 'coalesce(new_id, record_id)', 'record_hash', ...names].join(', ')}
    FROM (SELECT past.${PATH}, past.line, past.record_id, past.record_hash, new_id, ${typed.join(', ')}
      FROM ${parquetSql(paths, `, filename = ${quoteText(PATH_NAME)}`)} AS past LEFT JOIN ${again} AS repeats ON repeats.line = past.line
      WHERE repeats.line IS NULL OR new_id IS NOT NULL)
    WHERE ${['true', ...conditions].join(' AND ')}`;
}
