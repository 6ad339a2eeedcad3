/**
 * The records of a drop, or of a partition of it, put together from what its ranges wrote: as intake makes them of files, but
 * that `seq` is the line. Records of the past (`loadHistory`) come before the first: −1, −2, ….
 */

import { rm } from 'node:fs/promises';
import { parquetSql } from '../engine/parquet.ts';
import { quoteIdentifier, type Session } from '../engine/session.ts';
import { createTable, type Table } from '../engine/table.ts';
import { fetchAll } from '../history/fetch-files.ts';
import type { RecordSelection } from '../history/load-past.ts';
import { copyOf } from '../history/past-sql.ts';
import type { Stale } from '../history/stale.ts';
import type { Records } from '../intake/records.ts';
import type { Pack } from '../packs/pack.ts';
import { dropKeys } from './drop-keys.ts';
import type { DropPlan } from './drop-plan.ts';
import { storedPack } from './plan-erasure.ts';
import type { Repeats } from './repeats.ts';
import type { StageDeps } from './stage.ts';

/** The drop's own records, and the lists that `identify` wrote, whole. */
export interface OwnRecords {
  readonly records: Records;
  readonly repeats: Repeats;
  readonly stale: Stale;
  /** As SQL: what was read, with the records whose ids were there before. */
  readonly own: string;
}

export async function loadOwnRecords(
  deps: StageDeps,
  session: Session,
  pack: Pack,
  plan: DropPlan,
  { key, partition }: RecordSelection,
): Promise<OwnRecords> {
  const keys = dropKeys(plan.drop);
  const copy = plan.partitions === 1 ? 0 : copyOf(plan.keys, key);
  const partitions = partition === null ? plan.flow.partitions : [partition];
  const rows = partitions.flatMap((part) => plan.ranges.map((_, range) => keys.rows(copy ?? 0, part, range)));
  const paths = await fetchAll(session, deps.data, 'own', rows);
  const lists = await loadLists(deps, session, plan);
  const own = parquetSql(paths);
  const records = await createRecords(lists.repeats, storedPack(plan, pack), own);
  // They are in the table now, and disk is what a large drop runs out of first. Of sealed ones it is asked again whose they are.
  if (plan.erasable === undefined) await Promise.all(paths.map((path) => rm(path)));
  return { records, own, ...lists };
}

/** Of what a drop's text holds (SQL), with the ids that `repeats` has for those that were there before. */
export async function createRecords(repeats: Repeats, pack: Pack, own: string): Promise<Records> {
  const columns = pack.columns.map(({ name }) => `own.${quoteIdentifier(name)}`);
  return createTable(
    repeats.session,
    'records',
    `SELECT own.line AS seq, 0::INTEGER AS file, own.line AS line, false AS history,
       coalesce(repeats.new_id, own.record_id) AS record_id, own.record_hash, ${columns.join(', ')}
     FROM ${own} AS own LEFT JOIN ${repeats} AS repeats ON repeats.line = own.line
     WHERE repeats.line IS NULL OR repeats.new_id IS NOT NULL ORDER BY own.line`,
  );
}

async function loadLists(
  deps: StageDeps,
  session: Session,
  { drop, flow }: DropPlan,
): Promise<Pick<OwnRecords, 'repeats' | 'stale'>> {
  const keys = dropKeys(drop);
  const load = async <List extends object>(name: 'repeats' | 'stale'): Promise<Table<List>> => {
    const paths = await fetchAll(
      session,
      deps.data,
      name,
      flow.partitions.map((partition) => keys[name](partition)),
    );
    return createTable<List>(session, name, `SELECT * FROM ${parquetSql(paths)}`);
  };
  return { repeats: await load('repeats'), stale: await load('stale') };
}
