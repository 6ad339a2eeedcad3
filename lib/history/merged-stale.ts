/** What is out of date when pieces are put together: versions of a record that a newer one took the place of are left out. */
import { parquetSql } from '../engine/parquet.ts';
import type { Session } from '../engine/session.ts';
import { createTable } from '../engine/table.ts';
import type { ObjectStore } from '../object-store.ts';
import { fetchAll } from './fetch-files.ts';
import type { HistoryEntry } from './history-entry.ts';
import type { MergedRecords } from './merged-records.ts';
import { compareSql, mayHaveMissed } from './out-of-date.ts';
import { dropOfPlace, PLACE, type Segment, staleObject } from './past.ts';
import { createStale } from './stale.ts';

export interface Merging {
  readonly merged: MergedRecords;
  readonly entries: readonly HistoryEntry[];
  readonly replaced: readonly Segment[];
  /** Segments that stay as they are. */
  readonly others: readonly Segment[];
}

/** Takes them out of the table; SQL ("drop", record_id) for those in other pieces. */
export async function findOutOfDate(
  { data }: { readonly data: Pick<ObjectStore, 'download'> },
  session: Session,
  { merged, entries, replaced, others }: Merging,
): Promise<string> {
  const lists = [...replaced, ...entries].map(staleObject).filter((key) => key !== null);
  const listed = await fetchAll(session, data, 'stale', lists);
  const stale = await createStale(session);
  if (listed.length > 0)
    await session.run(`INSERT INTO ${stale} SELECT "drop", record_id FROM ${parquetSql(listed)}`);
  // Each into a folder of its own: paths of earlier ones are still in use.
  let folders = 0;
  const fetch = (keys: readonly string[]) => fetchAll(session, data, `ids-${folders++}`, keys);
  for (const entry of entries) {
    for (const segment of others.filter((other) => mayHaveMissed(entry, other))) {
      await session.run(`INSERT INTO ${stale} ${await compareSql(session, fetch, entry, segment)}`);
    }
  }
  const { table } = merged;
  const drops = await createTable(
    session,
    'merged_drops',
    `SELECT DISTINCT ${dropOfPlace(PLACE)} AS "drop" FROM ${table}`,
  );
  const newest = await createTable(
    session,
    'newest',
    `SELECT record_id, max(${PLACE}) AS place FROM ${table}
     GROUP BY record_id HAVING min(${PLACE}) < max(${PLACE})`,
  );
  await session.run(
    `DELETE FROM ${table} USING ${newest} AS newest WHERE newest.record_id = ${table}.record_id AND ${PLACE} < newest.place`,
  );
  await session.run(
    `DELETE FROM ${table} WHERE (${dropOfPlace(PLACE)}, record_id) IN (SELECT ("drop", record_id) FROM ${stale})`,
  );
  return `SELECT DISTINCT "drop", record_id FROM ${stale} WHERE "drop" NOT IN (SELECT "drop" FROM ${drops})`;
}
