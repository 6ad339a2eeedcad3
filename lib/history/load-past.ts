/** The past of a partition, or of all of a drop: every record that earlier drops left of it. */
import type { Session } from '../engine/session.ts';
import type { ObjectStore } from '../object-store.ts';
import type { Pack } from '../packs/pack.ts';
import { fetchAll } from './fetch-files.ts';
import { type HistoryEntry, overlapping } from './history-entry.ts';
import { historyKeys } from './history-keys.ts';
import { partitionSql } from './partition-sql.ts';
import { columnsOfFiles, copyOf, pastObjects, pastSql } from './past-sql.ts';

/** Of a plan, what says which past it saw. */
export interface PlannedPast {
  readonly history: readonly HistoryEntry[];
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

/** Adds to `records` what the windows may see of earlier drops; what is out of date among it stands in the table `stale`. */
export async function loadHistory(
  deps: HistoryDeps,
  session: Session,
  pack: Pack,
  plan: PlannedPast,
  { key, partition }: RecordSelection,
): Promise<void> {
  // Without windows there is no past to see.
  if (pack.windows.length === 0) return;
  let before = 0;
  for (const [at, entry] of plan.history.entries()) {
    const paths = await fetchAll(session, deps.data, `past-${at}`, pastKeys(plan, entry, key, partition));
    const repeats = await repeatsOf(deps, session, entry, at);
    const files = { paths, repeats, columns: await columnsOfFiles(session, paths) };
    const past = pastSql(
      pack,
      files,
      [`-(row_number() OVER () + ${before})`],
      [
        partition === null ? 'true' : `${partitionSql(pack, key, plan.partitions)} = ${partition}`,
        `record_id NOT IN (SELECT record_id FROM stale WHERE entry = ${at})`,
      ],
    );
    await session.run(`INSERT INTO records ${past}`);
    const { n } = await session.row<{ n: number }>('SELECT count(*)::DOUBLE AS n FROM records WHERE history');
    before = n;
  }
}

/** The objects that hold an entry's part. Where it was parted by other keys, all of it has to be looked through. */
function pastKeys(
  plan: PlannedPast,
  entry: HistoryEntry,
  key: readonly string[] | null,
  partition: number | null,
): string[] {
  const copy = copyOf(entry.keys, key);
  const parts =
    copy === null || partition === null
      ? Array.from({ length: entry.partitions }, (_, part) => part)
      : overlapping(partition, plan.partitions, entry.partitions);
  return pastObjects(entry, copy ?? 0, parts);
}

/** A fetched file; null: no id came again. */
async function repeatsOf(
  deps: HistoryDeps,
  session: Session,
  entry: HistoryEntry,
  at: number,
): Promise<string | null> {
  if (entry.repeats === 0) return null;
  const { allRepeats } = historyKeys(entry);
  return (await fetchAll(session, deps.data, `past-repeats-${at}`, [allRepeats]))[0]!;
}
