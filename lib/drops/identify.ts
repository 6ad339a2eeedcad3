/**
 * Which records were there before: a partition of the ids of a drop, and of those of its history, go in; two lists come out.
 * Within the drop the first record with an id stays, the others are rejected or, where the pack has no id and records are
 * known by their content, distinguished. Between drops the newest stays: the others are stale, and no window sees them.
 */
import { join } from 'node:path';
import { quoteText, type Session } from '../engine/session.ts';
import { fetchAll } from '../history/fetch-files.ts';
import { overlapping } from '../history/history-entry.ts';
import { partitionSql } from '../history/partition-sql.ts';
import { dropKeys } from './drop-keys.ts';
import { type DropPlan, readPlan } from './drop-plan.ts';
import type { IdentifyInput } from './flow.ts';
import { inSession, type StageDeps } from './stage.ts';

export async function identify(deps: StageDeps, { drop, partition }: IdentifyInput): Promise<void> {
  const plan = await readPlan(deps.data, drop);
  const { pack } = await deps.loadModel(drop.domain, plan.model);
  const keys = dropKeys(drop);
  await inSession(deps, async (session) => {
    await loadIds(deps, session, plan, partition, partitionSql(pack, null, plan.partitions));
    const newId = pack.record.id.length === 0 ? `record_id || '-' || nth` : 'CAST(NULL AS VARCHAR)';
    const repeats = `SELECT line, record_id, first_line, ${newId} AS new_id FROM (
        SELECT line, record_id, row_number() OVER same AS nth, first_value(line) OVER same AS first_line
        FROM ids WHERE entry = ${plan.history.length} WINDOW same AS (PARTITION BY record_id ORDER BY line))
      WHERE nth > 1 ORDER BY line`;
    const stale = `SELECT DISTINCT entry, record_id FROM (
        SELECT entry, record_id, max(entry) OVER (PARTITION BY record_id) AS newest FROM ids)
      WHERE entry < newest ORDER BY entry, record_id`;
    await writeList(deps, session, repeats, keys.repeats(partition));
    await writeList(deps, session, stale, keys.stale(partition));
  });
}

/** Those of the drop itself count as the entry after the last. */
async function loadIds(
  deps: StageDeps,
  session: Session,
  { drop, partitions, ranges, history }: DropPlan,
  partition: number,
  partOf: string,
): Promise<void> {
  await session.run('CREATE TEMP TABLE ids (entry INTEGER, line BIGINT, record_id VARCHAR)');
  const own = ranges.map((_, range) => dropKeys(drop).ids(partition, range));
  const sources = history.map((entry) => {
    const keys = dropKeys({ id: entry.drop, domain: entry.domain });
    return overlapping(partition, partitions, entry.partitions).flatMap((part) =>
      Array.from({ length: entry.ranges }, (_, range) => keys.ids(part, range)),
    );
  });
  for (const [entry, keys] of [...sources, own].entries()) {
    const paths = await fetchAll(session, deps.data, `ids-${entry}`, keys);
    await session.run(
      `INSERT INTO ids SELECT ${entry}, line, record_id FROM read_parquet([${paths.map(quoteText).join(', ')}]) ` +
        `WHERE ${partOf} = ${partition}`,
    );
  }
}

async function writeList(deps: StageDeps, session: Session, sql: string, key: string): Promise<void> {
  const path = join(session.folder, 'list.parquet');
  await session.run(`COPY (${sql}) TO ${quoteText(path)} (FORMAT parquet, COMPRESSION zstd)`);
  await deps.data.upload(path, key);
}
