/**
 * Which records were there before: a partition of the ids of a drop, and of those of its history, go in; two lists come out.
 * Within the drop the first record with an id stays, the others are rejected or, where the pack has no id and records are
 * known by their content, distinguished. Between drops the newest stays: the others are stale, and no window sees them.
 */
import { join } from 'node:path';
import { quoteText, type Session } from '../engine/session.ts';
import { fetchAll } from '../history/fetch-files.ts';
import { loadPastIds, OWN_PLACE, STALE_SQL } from '../history/load-past.ts';
import { partitionSql } from '../history/partition-sql.ts';
import { parquetSql } from '../history/past-sql.ts';
import type { Pack } from '../packs/pack.ts';
import { dropKeys } from './drop-keys.ts';
import { type DropPlan, readPlan } from './drop-plan.ts';
import type { IdentifyInput } from './flow.ts';
import { inSession, type StageDeps } from './stage.ts';

export async function identify(deps: StageDeps, { drop, partition }: IdentifyInput): Promise<void> {
  const plan = await readPlan(deps.data, drop);
  const { pack } = await deps.loadModel(drop.domain, plan.model);
  const keys = dropKeys(drop);
  await inSession(deps, async (session) => {
    await session.run('CREATE TEMP TABLE ids (place VARCHAR, line BIGINT, record_id VARCHAR)');
    await loadOwnIds(deps, session, pack, plan, partition);
    const own = `SELECT line, record_id FROM ids WHERE place = ${quoteText(OWN_PLACE)}`;
    await writeList(deps, session, repeatsSql(pack, own), keys.repeats(partition));
    await loadPastIds(deps, session, pack, plan, partition);
    await writeList(deps, session, `${STALE_SQL} ORDER BY ALL`, keys.stale(partition));
  });
}

/** Of lines and record ids as SQL: those that were there before, and the id that is made for each. */
export function repeatsSql(pack: Pack, ids: string): string {
  const newId = pack.record.id.length === 0 ? `record_id || '-' || nth` : 'CAST(NULL AS VARCHAR)';
  return `SELECT line, record_id, first_line, ${newId} AS new_id FROM (
      SELECT line, record_id, row_number() OVER same AS nth, first_value(line) OVER same AS first_line
      FROM (${ids}) WINDOW same AS (PARTITION BY record_id ORDER BY line))
    WHERE nth > 1 ORDER BY line`;
}

async function loadOwnIds(
  deps: StageDeps,
  session: Session,
  pack: Pack,
  { drop, partitions, ranges }: DropPlan,
  partition: number,
): Promise<void> {
  const keys = dropKeys(drop);
  const own = ranges.map((_, range) =>
    partitions === 1 ? keys.rows(0, 0, range) : keys.ids(partition, range),
  );
  const paths = await fetchAll(session, deps.data, 'own-ids', own);
  await session.run(
    `INSERT INTO ids SELECT ${quoteText(OWN_PLACE)}, line, record_id FROM ${parquetSql(paths)}
     WHERE ${partitionSql(pack, null, partitions)} = ${partition}`,
  );
}

async function writeList(deps: StageDeps, session: Session, sql: string, key: string): Promise<void> {
  const path = join(session.folder, 'list.parquet');
  await session.run(`COPY (${sql}) TO ${quoteText(path)} (FORMAT parquet, COMPRESSION zstd)`);
  await deps.data.upload(path, key);
}
