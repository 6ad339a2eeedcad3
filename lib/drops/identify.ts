/**
 * Finds which records were there before, for a partition of the ids of a drop and of its history, and stores two lists. Within the
 * drop the first record with an id stays, the others are rejected or, where the pack has no id and records are known by their
 * content, distinguished. Between drops the newest stays: the others are stale, and no window sees them.
 */
import { join } from 'node:path';
import { copyToParquet, parquetSql } from '../engine/parquet.ts';
import { quoteText, type Session } from '../engine/session.ts';
import { fetchAll } from '../history/fetch-files.ts';
import { loadPastIds, OWN_PLACE, staleSql } from '../history/load-past.ts';
import { partitionSql } from '../history/partition-sql.ts';
import { createIds, type PlacedIds } from '../history/stale.ts';
import type { Pack } from '../packs/pack.ts';
import { dropKeys } from './drop-keys.ts';
import { type DropPlan, readPlan } from './drop-plan.ts';
import type { IdentifyInput } from './flow.ts';
import { repeatsSql } from './repeats.ts';
import { inSession, type StageDeps } from './stage.ts';

export async function identify(deps: StageDeps, { drop, partition }: IdentifyInput): Promise<void> {
  const plan = await readPlan(deps.data, drop);
  const { pack } = await deps.loadModel(drop.domain, plan.model);
  const keys = dropKeys(drop);
  await inSession(deps, async (session) => {
    const ids = await createIds(session);
    await loadOwnIds(deps, ids, pack, plan, partition);
    const own = `SELECT line, record_id FROM ${ids} WHERE place = ${quoteText(OWN_PLACE)}`;
    await writeList(deps, session, repeatsSql(pack, own), keys.repeats(partition));
    await loadPastIds(deps, ids, pack, plan, partition);
    await writeList(deps, session, `${staleSql(ids)} ORDER BY ALL`, keys.stale(partition));
  });
}

async function loadOwnIds(
  deps: StageDeps,
  ids: PlacedIds,
  pack: Pack,
  { drop, partitions, ranges }: DropPlan,
  partition: number,
): Promise<void> {
  const { session } = ids;
  const keys = dropKeys(drop);
  const own = ranges.map((_, range) =>
    partitions === 1 ? keys.rows(0, 0, range) : keys.ids(partition, range),
  );
  const paths = await fetchAll(session, deps.data, 'own-ids', own);
  await session.run(
    `INSERT INTO ${ids} SELECT ${quoteText(OWN_PLACE)}, line, record_id FROM ${parquetSql(paths)}
     WHERE ${partitionSql(pack, null, partitions)} = ${partition}`,
  );
}

async function writeList(deps: StageDeps, session: Session, sql: string, key: string): Promise<void> {
  const path = join(session.folder, 'list.parquet');
  await copyToParquet(session, sql, path);
  await deps.data.upload(path, key);
}
