/** Loads a Parquet file of records as a table, typed by a pack: columns that it does not have are there, and missing. */

import { parquetSql } from '../engine/parquet.ts';
import { quoteIdentifier, type Session } from '../engine/session.ts';
import { createTable } from '../engine/table.ts';
import { InputError } from '../errors.ts';
import type { Records } from '../intake/records.ts';
import { sqlTypeOf } from '../packs/column-type.ts';
import { derivedLabelSql } from '../packs/derived-label.ts';
import type { Column, Pack } from '../packs/pack.ts';

const RECORD_COLUMNS = ['line', 'history', 'record_id', 'record_hash'] as const;

/**
 * SELECT expressions for the pack's columns over the file, each under its own name. `derived`: whether a derived label is made
 * anew, by this pack's condition: the file may be by an earlier one.
 */
export async function packColumnsSql(
  session: Session,
  pack: Pack,
  path: string,
  derived = false,
): Promise<string> {
  const described = await session.rows<{ column_name: string }>(
    `DESCRIBE SELECT * FROM ${parquetSql([path])}`,
  );
  const present = new Set(described.map(({ column_name }) => column_name));
  const absent = ['seq', ...RECORD_COLUMNS].find((name) => !present.has(name));
  if (absent !== undefined) {
    throw new InputError(`${path}: has no column ${absent}; the records of a drop were expected`);
  }
  const own = ({ name, type }: Column) =>
    `CAST(${present.has(name) ? quoteIdentifier(name) : 'NULL'} AS ${sqlTypeOf(type)})`;
  const label = derived ? derivedLabelSql(pack, own) : null;
  const columns = pack.columns.map((column) => {
    const { name } = column;
    const value = label !== null && name === pack.record.label ? label : own(column);
    return `${value} AS ${quoteIdentifier(name)}`;
  });
  return columns.join(', ');
}

/** The records of a dataset. */
export async function loadRecords(session: Session, pack: Pack, path: string): Promise<Records> {
  const columns = await packColumnsSql(session, pack, path);
  const own = RECORD_COLUMNS.join(', ');
  const sql = `SELECT seq, file, ${own}, ${columns} FROM ${parquetSql([path])} ORDER BY seq`;
  return createTable(session, 'records', sql);
}
