/**
 * A range of a drop goes in; its records come out as Parquet, one copy for each key of windows, parted by that key; beside
 * them their ids, parted too, and what was rejected.
 */
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { quoteText, type Session } from '../engine/session.ts';
import { writeParts } from '../engine/write-parts.ts';
import { partitionSql } from '../history/partition-sql.ts';
import { inParallel } from '../in-parallel.ts';
import type { Delivery } from '../intake/delivery.ts';
import { type RangeResult, readRange } from '../intake/read-range.ts';
import { MAX_TRANSFERS } from '../object-store.ts';
import { dropKeys } from './drop-keys.ts';
import { type DropPlan, readPlan } from './drop-plan.ts';
import type { IntakeInput } from './flow.ts';
import { deliveredPath, inSession, type StageDeps } from './stage.ts';

export async function intakeRange(deps: StageDeps, { drop, range }: IntakeInput): Promise<RangeResult> {
  const plan = await readPlan(deps.data, drop);
  const { pack } = await deps.loadModel(drop.domain, plan.model);
  const keys = dropKeys(drop);
  return inSession(deps, async (session) => {
    const path = await deliveredPath(session, drop);
    await fetchRange(deps, plan, range, path);
    const delivery = deliveryAt(plan, path);
    const rates = plan.rates == null ? null : await deps.rates.read(drop.domain, plan.rates);
    const result = await readRange(session, pack, delivery, plan.ranges[range]!.line, rates);
    const rejects = join(session.folder, 'rejects.parquet');
    await session.run(`COPY rejects TO ${quoteText(rejects)} (FORMAT parquet, COMPRESSION zstd)`);
    await deps.data.upload(rejects, keys.rejects(range));
    const copies = plan.keys.length === 0 ? [null] : plan.keys;
    for (const [at, key] of copies.entries()) {
      await writeParted(deps, session, plan, {
        select: '*',
        by: partitionSql(pack, key, plan.partitions),
        keyOf: (partition) => keys.rows(at, partition, range),
      });
    }
    await writeParted(deps, session, plan, {
      select: 'line, record_id',
      by: partitionSql(pack, null, plan.partitions),
      keyOf: (partition) => keys.ids(partition, range),
    });
    await deps.data.writeText(keys.intake(range), JSON.stringify(result));
    return result;
  });
}

/** The plan's delivery as it lies on this machine. */
function deliveryAt(plan: DropPlan, path: string): Delivery {
  const { delivery, text } = plan;
  const source = { ...delivery.source, path };
  return text.isCopy
    ? { ...delivery, source: { ...source, compression: 'none' }, storedAs: 'utf-8' }
    : { ...delivery, source };
}

async function fetchRange(deps: StageDeps, plan: DropPlan, range: number, path: string): Promise<void> {
  const { drop, text, ranges, delivery } = plan;
  if (delivery.format === 'parquet') {
    await deps.drops.download(drop.key, path, undefined, drop.version);
    return;
  }
  const { from, to } = ranges[range]!;
  const bytes = { from: from + text.markBytes, to: (to ?? text.bytes) + text.markBytes };
  if (text.isCopy) await deps.data.download(dropKeys(drop).text, path, bytes);
  else await deps.drops.download(drop.key, path, bytes, drop.version);
}

interface Parted {
  readonly select: string;
  /** SQL for the partition. */
  readonly by: string;
  readonly keyOf: (partition: number) => string;
}

/** Every partition gets its object, also where nothing falls into it: no one has to ask what is there. */
async function writeParted(
  deps: StageDeps,
  session: Session,
  { partitions }: DropPlan,
  { select, by, keyOf }: Parted,
): Promise<void> {
  const folder = join(session.folder, 'parted');
  const sql = `SELECT ${select}, ${by} AS part FROM range_records`;
  const written = await writeParts(session, sql, { order: 'line', folder });
  const none = join(folder, 'none.parquet');
  await session.run(
    `COPY (SELECT ${select} FROM range_records LIMIT 0) TO ${quoteText(none)} (FORMAT parquet)`,
  );
  const paths = new Map(written.map(({ part, path }) => [part, path]));
  await inParallel(Array.from({ length: partitions }), MAX_TRANSFERS, async (_, partition) => {
    await deps.data.upload(paths.get(partition) ?? none, keyOf(partition));
  });
  await rm(folder, { recursive: true });
}
