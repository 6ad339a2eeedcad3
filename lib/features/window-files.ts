/**
 * Window aggregates computed apart from the features that they go into: written as Parquet on one machine, read on another.
 * What Parquet can't hold exactly (integers of 128 bits) travels as text.
 */

import { parquetSql } from '../engine/parquet.ts';
import type { Session } from '../engine/session.ts';
import { createTable } from '../engine/table.ts';
import { type WrittenPart, writeParts } from '../engine/write-parts.ts';
import type { Records } from '../intake/records.ts';
import type { Pack } from '../packs/pack.ts';
import { bindPack } from './bind-plan.ts';
import { buildWindowsOnly } from './build-features.ts';
import { type WindowTable, windowColumn, windowTable, windowTableSql } from './records-sql.ts';
import { windowGroups } from './window-groups.ts';

/** The windows that are computed under a key of the pack's window groups (null: under none). */
export function windowsUnder(pack: Pack, key: number | null): number[] {
  return windowGroups(pack).keyOf.flatMap((own, index) => (own === key ? [index] : []));
}

/**
 * Computes the windows at these positions, and writes them, for the records that are not history, to files in
 * a folder, parted by the SQL expression `part` over a record.
 */
export async function writeWindows(
  records: Records,
  pack: Pack,
  wanted: readonly number[],
  part: string,
  folder: string,
): Promise<WrittenPart[]> {
  const { session } = records;
  const { needs } = windowGroups(pack);
  const only = new Set(wanted.flatMap((index) => [index, ...needs[index]!]));
  const tables = await buildWindowsOnly(records, pack, only);
  const types = await windowTypes(session, pack);
  const columns = wanted.map((index) => `${stored(index, types[index]!)} AS ${windowColumn(index)}`);
  const joins = tables.map((table) => ` JOIN ${windowTableSql(table)} USING (seq)`).join('');
  const own = `(SELECT seq, ${part} AS part FROM ${records} WHERE NOT history)`;
  const sql = `SELECT seq, ${columns.join(', ')}, part FROM ${own}${joins}`;
  const written = await writeParts(session, sql, { by: 'part', order: 'seq', folder });
  for (const { table } of tables) await table.drop();
  return written;
}

/** Reads what `writeWindows` wrote, files of the same windows each time. */
export async function readWindows(
  session: Session,
  pack: Pack,
  wanted: readonly number[],
  paths: readonly string[],
): Promise<WindowTable> {
  const types = await windowTypes(session, pack);
  const columns = wanted.map(
    (index) => `CAST(${windowColumn(index)} AS ${types[index]!}) AS ${windowColumn(index)}`,
  );
  const source =
    paths.length === 0
      ? `(SELECT NULL::BIGINT AS seq, ${wanted.map((index) => `NULL AS ${windowColumn(index)}`).join(', ')} WHERE false)`
      : parquetSql(paths);
  const sql = `SELECT seq, ${columns.join(', ')} FROM ${source}`;
  return windowTable(await createTable(session, 'given', sql), wanted.map(windowColumn));
}

async function windowTypes(session: Session, pack: Pack): Promise<readonly string[]> {
  return (await bindPack(session, pack, true)).windows.map(({ type }) => type);
}

function stored(index: number, type: string): string {
  return /^U?HUGEINT$/.test(type) ? `CAST(${windowColumn(index)} AS VARCHAR)` : windowColumn(index);
}
