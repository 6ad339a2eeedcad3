/**
 * The records that an earlier drop left, as SQL: rows typed by the pack of now, whatever version of the pack wrote their files. A
 * column that was not there then is there, and missing.
 */

import { parquetSql } from '../engine/parquet.ts';
import { quoteIdentifier, quotePath, quoteText, type Session } from '../engine/session.ts';
import { sqlTypeOf } from '../packs/column-type.ts';
import { WORKING_COLUMNS } from '../packs/own-columns.ts';
import type { Pack } from '../packs/pack.ts';
import { placeOf } from './history-entry.ts';
import { isSegment, NEW_ID, type Piece, PLACE } from './past.ts';

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

export const PATH = quoteIdentifier(WORKING_COLUMNS.path);

/** The columns of some files, which all have the same. */
export async function columnsOfFiles(
  session: Session,
  paths: readonly string[],
): Promise<ReadonlyMap<string, string>> {
  const described = await session.rows<{ column_name: string; column_type: string }>(
    `DESCRIBE SELECT * FROM ${parquetSql(paths)}`,
  );
  return new Map(described.map(({ column_name, column_type }) => [column_name, column_type]));
}

/** Files by the columns that they have: packs have versions, and each wrote its own. */
export async function filesBySchema(
  session: Session,
  paths: readonly string[],
): Promise<{ readonly paths: readonly string[] }[]> {
  return session.rows<{ paths: string[] }>(
    `SELECT list(file_name ORDER BY file_name) AS paths FROM (
       SELECT file_name, list((name, type, converted_type, logical_type) ORDER BY name) AS columns
       FROM parquet_schema([${paths.map(quotePath).join(', ')}]) GROUP BY file_name)
     GROUP BY columns ORDER BY paths[1]`,
  );
}

export interface PastFiles {
  readonly paths: readonly string[];
  /** Their types by name. */
  readonly columns: ReadonlyMap<string, string>;
  /** The list of ids that came again within the drop, with those that were made for them; null: none did. `within`: in the files. */
  readonly repeats: { readonly path: string } | 'within' | null;
  /** SQL: the place of a row's drop. */
  readonly place: string;
}

/** The place of a row's drop as SQL over the files of a piece. */
export function placeSql(piece: Piece): string {
  return isSegment(piece) ? `past.${PLACE}` : quoteText(placeOf(piece));
}

/**
 * Columns: those in `first` (SQL), then file, line, history, record_id, record_hash and the pack's. `first` and conditions are SQL over
 * these, with values as the pack of now types them, over PLACE, and over PATH, the path of a row's file.
 */
export function pastSql(
  pack: Pack,
  { paths, columns, repeats, place }: PastFiles,
  first: readonly string[],
  conditions: readonly string[],
): string {
  const typed = pack.columns.map(({ name, type }) => {
    const value = columns.has(name)
      ? `TRY_CAST(past.${quoteIdentifier(name)} AS ${sqlTypeOf(type)})`
      : `CAST(NULL AS ${sqlTypeOf(type)})`;
    return `${value} AS ${quoteIdentifier(name)}`;
  });
  const names = pack.columns.map(({ name }) => quoteIdentifier(name));
  return `SELECT ${[...first, '0', 'line', 'true', `coalesce(${NEW_ID}, record_id)`, 'record_hash', ...names].join(', ')}
    FROM (SELECT past.${PATH}, ${place} AS ${PLACE}, past.line, past.record_id, past.record_hash, past.${NEW_ID}, ${typed.join(', ')}
      FROM ${withRepeatsSql(paths, repeats)})
    WHERE ${['true', ...conditions].join(' AND ')}`;
}

/** The rows of files (`past`), each repeat with the id that was made for it (NEW_ID), or left out. */
export function withRepeatsSql(paths: readonly string[], repeats: PastFiles['repeats']): string {
  const files = parquetSql(paths, `, filename = ${quoteText(WORKING_COLUMNS.path)}`);
  if (repeats === 'within') return `${files} AS past`;
  if (repeats === null) return `(SELECT *, NULL::VARCHAR AS ${NEW_ID} FROM ${files}) AS past`;
  return `(SELECT own.*, repeats.new_id AS ${NEW_ID} FROM ${files} AS own
      LEFT JOIN ${parquetSql([repeats.path])} AS repeats ON repeats.line = own.line
      WHERE repeats.line IS NULL OR repeats.new_id IS NOT NULL) AS past`;
}
