/**
 * The table `records` of a drop, or of a partition of it, put together from what its ranges wrote: as intake makes it of files, but
 * that `seq` is the line. Records of the past (`loadHistory`) come before the first: −1, −2, ….
 */

import { quoteIdentifier, type Session } from '../engine/session.ts';
import { fetchAll } from '../history/fetch-files.ts';
import type { RecordSelection } from '../history/load-past.ts';
import { copyOf, parquetSql } from '../history/past-sql.ts';
import type { Pack } from '../packs/pack.ts';
import { dropKeys } from './drop-keys.ts';
import type { DropPlan } from './drop-plan.ts';
import type { StageDeps } from './stage.ts';

/** `records` with the drop's own; the repeats of the drop are left in the table `repeats`. */
export async function loadOwnRecords(
  deps: StageDeps,
  session: Session,
  pack: Pack,
  plan: DropPlan,
  { key, partition }: RecordSelection,
): Promise<void> {
  const keys = dropKeys(plan.drop);
  const copy = plan.partitions === 1 ? 0 : copyOf(plan.keys, key);
  const partitions = partition === null ? plan.flow.partitions : [partition];
  const rows = partitions.flatMap((part) => plan.ranges.map((_, range) => keys.rows(copy ?? 0, part, range)));
  const paths = await fetchAll(session, deps.data, 'own', rows);
  await loadLists(deps, session, plan);
  await createRecords(session, pack, parquetSql(paths));
}

/** `records` of what a drop's text holds (SQL), with the ids that the table `repeats` has for those that were there before. */
export async function createRecords(session: Session, pack: Pack, own: string): Promise<void> {
  const columns = pack.columns.map(({ name }) => `own.${quoteIdentifier(name)}`);
  await session.run(
    `CREATE OR REPLACE TEMP TABLE records AS
     SELECT own.line AS seq, 0::INTEGER AS file, own.line AS line, false AS history,
       coalesce(repeats.new_id, own.record_id) AS record_id, own.record_hash, ${columns.join(', ')}
     FROM ${own} AS own LEFT JOIN repeats ON repeats.line = own.line
     WHERE repeats.line IS NULL OR repeats.new_id IS NOT NULL ORDER BY own.line`,
  );
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
