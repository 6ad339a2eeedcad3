/**
 * The table `records` of a drop, or of a partition of it, put together from what its ranges wrote and from its history: as intake
 * makes it of files, but that `seq` is the line. Records of the past come before the first: −1, −2, ….
 */

import { quoteIdentifier, type Session } from '../engine/session.ts';
import type { Pack } from '../packs/pack.ts';
import { dropKeys } from './drop-keys.ts';
import type { DropPlan } from './drop-plan.ts';
import { type HistoryEntry, overlapping } from './history.ts';
import { partitionSql } from './partition-sql.ts';
import { columnsOfFiles, copyBy, parquetSql, pastObjects, pastSql } from './past-files.ts';
import { fetchAll, type StageDeps } from './stage.ts';

/** Which records: those of a partition by a key (null: by their id), or all. */
export interface RecordSelection {
  readonly key: readonly string[] | null;
  /** Null: all. */
  readonly partition: number | null;
}

/** `records` with the drop's own; the repeats of the drop are left in the table `repeats`. */
export async function loadOwnRecords(
  deps: StageDeps,
  session: Session,
  pack: Pack,
  plan: DropPlan,
  { key, partition }: RecordSelection,
): Promise<void> {
  const keys = dropKeys(plan.drop);
  const copy = copyOf(plan.keys, key);
  const partitions = partition === null ? plan.flow.partitions : [partition];
  const rows = partitions.flatMap((part) => plan.ranges.map((_, range) => keys.rows(copy ?? 0, part, range)));
  const paths = await fetchAll(session, deps.data, 'own', rows);
  await loadLists(deps, session, plan);
  const columns = pack.columns.map(({ name }) => quoteIdentifier(name));
  await session.run(
    `CREATE OR REPLACE TEMP TABLE records AS
     SELECT own.line AS seq, 0::INTEGER AS file, own.line AS line, false AS history,
       coalesce(repeats.new_id, own.record_id) AS record_id, record_hash, ${columns.join(', ')}
     FROM ${parquetSql(paths)} AS own LEFT JOIN repeats ON repeats.line = own.line
     WHERE repeats.line IS NULL OR repeats.new_id IS NOT NULL ORDER BY own.line`,
  );
}

/** Of a plan, what says which past it saw. */
export type PlannedPast = Pick<DropPlan, 'history' | 'partitions'>;

/** Adds to `records` what the windows may see of earlier drops; what is out of date among it stands in the table `stale`. */
export async function loadHistory(
  deps: Pick<StageDeps, 'data'>,
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

/** The lists that `identify` wrote, whole: `repeats` and `stale`. */
async function loadLists(deps: StageDeps, session: Session, { drop, flow }: DropPlan): Promise<void> {
  const keys = dropKeys(drop);
  for (const name of ['repeats', 'stale'] as const) {
    const paths = await fetchAll(
      session,
      deps.data,
      name,
      flow.partitions.map((partition) => keys[name](partition)),
    );
    await session.run(`CREATE OR REPLACE TEMP TABLE ${name} AS SELECT * FROM ${parquetSql(paths)}`);
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

/** The copy that is parted by this very key; without a key, by the records' ids. */
function copyOf(keys: readonly (readonly string[])[], key: readonly string[] | null): number | null {
  if (key === null) return keys.length === 0 ? 0 : null;
  return copyBy(keys, key);
}

/** A fetched file; null: no id came again. */
async function repeatsOf(
  deps: Pick<StageDeps, 'data'>,
  session: Session,
  entry: HistoryEntry,
  at: number,
): Promise<string | null> {
  if (entry.repeats === 0) return null;
  const { allRepeats } = dropKeys({ id: entry.drop, domain: entry.domain });
  return (await fetchAll(session, deps.data, `past-repeats-${at}`, [allRepeats]))[0]!;
}
