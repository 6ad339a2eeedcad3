/** A Parquet file of records in; the table `records` out, typed by a pack: columns that it does not have are there, and missing. */

import { quoteIdentifier, quoteText, type Session } from '../engine/session.ts';
import { InputError } from '../errors.ts';
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
    `DESCRIBE SELECT * FROM read_parquet(${quoteText(path)})`,
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

/** The records of a dataset, and an empty table `rejects`. */
export async function loadRecords(session: Session, pack: Pack, path: string): Promise<void> {
  const columns = await packColumnsSql(session, pack, path);
  await session.run(
    `CREATE OR REPLACE TEMP TABLE records AS SELECT seq, file, ${RECORD_COLUMNS.join(', ')}, ${columns}
     FROM read_parquet(${quoteText(path)}) ORDER BY seq`,
  );
  await createNoRejects(session);
}

/** The records of a dataset were all accepted once; what was not is detected by the drops. */
export async function createNoRejects(session: Session): Promise<void> {
  await session.run(
    'CREATE OR REPLACE TEMP TABLE rejects(file INTEGER, line BIGINT, "column" VARCHAR, reason VARCHAR, text VARCHAR)',
  );
}
