/**
 * Computes the windows under one key, for one partition by that key, from the partition's records and their past; the aggregates are
 * parted as the records will be scored.
 */
import { join } from 'node:path';
import { windowsUnder, writeWindows } from '../features/window-files.ts';
import { loadHistory, type RecordSelection } from '../history/load-past.ts';
import { partitionSql } from '../history/partition-sql.ts';
import { inParallel } from '../in-parallel.ts';
import { MAX_TRANSFERS } from '../object-store.ts';
import { dropKeys, type GroupName } from './drop-keys.ts';
import { readPlan } from './drop-plan.ts';
import type { WindowsInput } from './flow.ts';
import { loadOwnRecords } from './load-records.ts';
import { ALL_RECORDS } from './plan-drop.ts';
import { storedPack } from './plan-erasure.ts';
import { inSession, type StageDeps } from './stage.ts';

export async function buildDropWindows(deps: StageDeps, { drop, window }: WindowsInput): Promise<void> {
  const plan = await readPlan(deps.data, drop);
  const { pack } = await deps.loadModel(drop.domain, plan.model);
  const { group, partition } = window;
  const isAll = group === ALL_RECORDS;
  const selection: RecordSelection = isAll
    ? { key: scoringKey(plan.keys), partition: null }
    : { key: plan.keys[group]!, partition };
  await inSession(deps, async (session) => {
    const own = await loadOwnRecords(deps, session, pack, plan, selection);
    await loadHistory(deps, own, storedPack(plan, pack), plan, selection);
    const folder = join(session.folder, 'windows');
    const target = partitionSql(pack, scoringKey(plan.keys), plan.partitions);
    const wanted = windowsUnder(pack, isAll ? null : group);
    const name: GroupName = isAll ? 'all' : group;
    await inParallel(
      await writeWindows(own.records, pack, wanted, target, folder),
      MAX_TRANSFERS,
      async ({ part, path }) => {
        await deps.data.upload(path, dropKeys(drop).windows(name, part, partition));
      },
    );
  });
}

/** By which records are parted to be scored. */
export function scoringKey(keys: readonly (readonly string[])[]): readonly string[] | null {
  return keys[0] ?? null;
}
