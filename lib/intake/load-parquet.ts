/**
 * A delivered Parquet file as a table of texts: every value cast to the text that a CSV would hold, so that all formats are typed
 * by the same rules. A record's line is its number in the file, from 1.
 */
import { createHash } from 'node:crypto';
import { createWriteStream, existsSync } from 'node:fs';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { parquetSql } from '../engine/parquet.ts';
import { quotePath, type Session } from '../engine/session.ts';
import { InputError } from '../errors.ts';
import { keyColumns } from '../packs/pack.ts';
import { trimSpaceSql } from '../packs/surrounding-space.ts';
import type { Delivery } from './delivery.ts';
import { matchHeader } from './header.ts';
import { joinedSql, type LoadContext, type Loaded } from './load.ts';
import { nanosecondWarnings, parquetColumns } from './parquet-columns.ts';
import { NO_COUNTS } from './shape-counts.ts';
import { readBytes } from './source.ts';

export async function loadParquet(context: LoadContext): Promise<Loaded> {
  const { session, pack, delivery } = context;
  const path = await parquetPath(session, delivery);
  const table = parquetSql([path]);
  try {
    const columns = await parquetColumns(session, path, delivery.source.name);
    const header = columns.map(({ name }) => name);
    const match = matchHeader({ ...delivery, name: delivery.source.name, header }, pack);
    const count = await session.row<{ n: bigint }>(
      `SELECT coalesce(sum(num_rows), 0)::BIGINT AS n FROM parquet_file_metadata(${quotePath(path)})`,
    );
    const texts = match.sources.map((positions) =>
      joinedSql(positions.map((position) => `nullif(${trimSpaceSql(columns[position]!.text)}, '')`)),
    );
    const keys = keyColumns(pack);
    const fractions = match.sources.map((positions, at) =>
      keys.has(pack.columns[at]!.name) ? (columns[positions[0] ?? -1]?.isFraction ?? null) : null,
    );
    const nanoseconds = await nanosecondWarnings(session, path, delivery.source.name);
    const received = Number(count.n);
    return {
      table,
      texts,
      fractions,
      line: null,
      firstLine: 1,
      received,
      sound: received,
      columns: header,
      warnings: [...match.warnings, ...nanoseconds],
      remove: null,
      counts: NO_COUNTS,
    };
  } catch (error) {
    if (error instanceof InputError) throw error;
    throw new InputError(
      `${delivery.source.name} can't be read as Parquet: ${(error as Error).message.split('\n')[0]}`,
    );
  }
}

/** Every record with its line and every column as text: `line`, c0, c1, … in the order of the file. */
export async function parquetTexts(
  session: Session,
  delivery: Delivery,
): Promise<{ columns: readonly string[]; table: string }> {
  const path = await parquetPath(session, delivery);
  const columns = await parquetColumns(session, path, delivery.source.name);
  const cells = columns.map(({ text }, at) => `${text} AS c${at}`);
  return {
    columns: columns.map(({ name }) => name),
    table: `(SELECT row_number() OVER () AS line, ${cells.join(', ')} FROM ${parquetSql([path])})`,
  };
}

/** Where the file lies or, if it came compressed as a whole, where it is unpacked once in the session's folder. */
async function parquetPath(session: Session, delivery: Delivery): Promise<string> {
  const { path, compression } = delivery.source;
  if (compression === 'none') return path;
  const unpacked = join(session.folder, `${createHash('sha256').update(path).digest('hex')}.parquet`);
  if (!existsSync(unpacked)) await pipeline(readBytes(delivery.source), createWriteStream(unpacked));
  return unpacked;
}
