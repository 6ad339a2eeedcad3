/** The past of a partition, or of all of a drop: every record that earlier drops left of it. */
import { parquetSql } from '../engine/parquet.ts';
import type { Session } from '../engine/session.ts';
import type { Records } from '../intake/records.ts';
import type { ObjectStore } from '../object-store.ts';
import type { Pack } from '../packs/pack.ts';
import { fetchAll } from './fetch-files.ts';
import { overlapping } from './history-entry.ts';
import { historyKeys } from './history-keys.ts';
import { partitionSql } from './partition-sql.ts';
import {
  dropOfPlace,
  idObjects,
  idsSql,
  isSegment,
  type Past,
  type Piece,
  PLACE,
  piecesOf,
  rowObjects,
} from './past.ts';
import { columnsOfFiles, copyOf, type PastFiles, pastSql, placeSql } from './past-sql.ts';
import type { PlacedIds, Stale } from './stale.ts';

/** Of a plan, what says which past it saw. */
export interface PlannedPast {
  readonly past: Past;
  readonly partitions: number;
}

/** Which records: those of a partition by a key (null: by their id), or all. */
export interface RecordSelection {
  readonly key: readonly string[] | null;
  /** Null: all. */
  readonly partition: number | null;
}

interface HistoryDeps {
  readonly data: Pick<ObjectStore, 'download'>;
}

/** Adds to the records what the windows may see of earlier drops: all but what is stale. */
export async function loadHistory(
  deps: HistoryDeps,
  { records, stale }: { readonly records: Records; readonly stale: Stale },
  pack: Pack,
  plan: PlannedPast,
  { key, partition }: RecordSelection,
): Promise<void> {
  // Without windows there is no past to see.
  if (pack.windows.length === 0) return;
  const { session } = records;
  let before = 0;
  for (const [at, piece] of piecesOf(plan.past).entries()) {
    const paths = await fetchAll(session, deps.data, `past-${at}`, pastKeys(plan, piece, key, partition));
    const repeats = await repeatsOf(deps, session, piece, at);
    const files = { paths, repeats, columns: await columnsOfFiles(session, paths), place: placeSql(piece) };
    const past = pastSql(
      pack,
      files,
      [`-(row_number() OVER () + ${before})`],
      [
        partition === null ? 'true' : `${partitionSql(pack, key, plan.partitions)} = ${partition}`,
        `(${dropOfPlace(PLACE)}, record_id) NOT IN (SELECT ("drop", record_id) FROM ${stale})`,
      ],
    );
    await session.run(`INSERT INTO ${records} ${past}`);
    before = await records.count('history');
  }
}

/** Adds those of the past that fall into a partition by id; null: all. */
export async function loadPastIds(
  deps: HistoryDeps,
  ids: PlacedIds,
  pack: Pack,
  { past, partitions }: PlannedPast,
  partition: number | null,
): Promise<void> {
  const { session } = ids;
  for (const [at, piece] of piecesOf(past).entries()) {
    const parts = partition === null ? allParts(piece) : overlapping(partition, partitions, piece.partitions);
    const paths = await fetchAll(session, deps.data, `ids-${at}`, idObjects(piece, parts));
    const within = partition === null ? 'true' : `${partitionSql(pack, null, partitions)} = ${partition}`;
    await session.run(
      `INSERT INTO ${ids} SELECT place, NULL, record_id FROM (${idsSql(piece, parquetSql(paths))}) WHERE ${within}`,
    );
  }
}

/** SQL: the records that came again later, by the drop that has the older version. */
export const staleSql = (
  ids: PlacedIds,
): string => `SELECT DISTINCT ${dropOfPlace('place')} AS "drop", record_id FROM (
    SELECT place, record_id, max(place) OVER (PARTITION BY record_id) AS newest FROM ${ids})
  WHERE place < newest`;

/** Sorts behind the place of every drop: the records that are being scored. */
export const OWN_PLACE = '~';

export function allParts({ partitions }: Piece): number[] {
  return Array.from({ length: partitions }, (_, part) => part);
}

/** The objects that hold a piece's part. Where it was parted by other keys, all of it has to be looked through. */
function pastKeys(
  plan: PlannedPast,
  piece: Piece,
  key: readonly string[] | null,
  partition: number | null,
): string[] {
  const copy = copyOf(piece.keys, key);
  const parts =
    copy === null || partition === null
      ? allParts(piece)
      : overlapping(partition, plan.partitions, piece.partitions);
  return rowObjects(piece, copy ?? 0, parts);
}

async function repeatsOf(
  deps: HistoryDeps,
  session: Session,
  piece: Piece,
  at: number,
): Promise<PastFiles['repeats']> {
  if (isSegment(piece)) return 'within';
  if (piece.repeats === 0) return null;
  const keys = [historyKeys(piece).allRepeats];
  return { path: (await fetchAll(session, deps.data, `past-repeats-${at}`, keys))[0]! };
}
