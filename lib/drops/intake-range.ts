/**
 * Reads a range of a drop and stores its records as Parquet, one copy for each key of windows, parted by that key; beside them their
 * ids, parted too, and what was rejected.
 */
import { createReadStream, createWriteStream } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { dayOf } from '../days.ts';
import type { Session } from '../engine/session.ts';
import { partitionSql } from '../history/partition-sql.ts';
import { storeParts } from '../history/store-parts.ts';
import type { Delivery } from '../intake/delivery.ts';
import { type RangeResult, type ReadRange, readRange } from '../intake/read-range.ts';
import type { ByteRange } from '../object-store.ts';
import type { Pack } from '../packs/pack.ts';
import { quotingNothing } from '../privacy/erasable.ts';
import { sealRange } from '../privacy/seal-records.ts';
import { dropKeys } from './drop-keys.ts';
import { type DropPlan, readPlan } from './drop-plan.ts';
import { deliveredKey, expectKeys } from './erasable-drop.ts';
import type { IntakeInput } from './flow.ts';
import { deliveredPath, inSession, type StageDeps } from './stage.ts';

export async function intakeRange(deps: StageDeps, { drop, range }: IntakeInput): Promise<RangeResult> {
  const plan = await readPlan(deps.data, drop);
  const { pack } = await deps.loadModel(drop.domain, plan.model);
  const keys = dropKeys(drop);
  return inSession(deps, async (session) => {
    const path = await deliveredPath(session, drop);
    await fetchRange(deps, plan, range, path);
    const { result, records, rejects } = await readRecordsOf(deps, session, plan, pack, { range, path });
    const rejected = join(session.folder, 'rejects.parquet');
    await rejects.copyToParquet(rejected);
    await deps.data.upload(rejected, keys.rejects(range));
    const { partitions } = plan;
    for (const [at, key] of copiesOf(plan).entries()) {
      await storeParts(session, deps.data, {
        rows: `SELECT * FROM ${records}`,
        by: partitionSql(pack, key, partitions),
        ...{ partitions, order: 'line' },
        keyOf: (partition) => keys.rows(at, partition, range),
      });
    }
    if (partitions > 1) {
      await storeParts(session, deps.data, {
        rows: `SELECT line, record_id FROM ${records}`,
        by: partitionSql(pack, null, partitions),
        ...{ partitions, order: 'line' },
        keyOf: (partition) => keys.ids(partition, range),
      });
    }
    await deps.data.writeText(keys.intake(range), JSON.stringify(result));
    return result;
  });
}

/** A small drop's file. `original` is where it lies. */
export async function readWhole(
  deps: StageDeps,
  session: Session,
  plan: DropPlan,
  pack: Pack,
  original: string,
): Promise<ReadRange> {
  if (plan.delivery.format === 'parquet')
    return readRecordsOf(deps, session, plan, pack, { range: 0, path: original });
  const folder = join(session.folder, 'text');
  await mkdir(folder);
  const path = join(folder, basename(original));
  if (plan.text.isCopy) await fetchRange(deps, plan, 0, path);
  else {
    const { from, to } = bytesOf(plan, 0);
    if (to <= from) await writeFile(path, '');
    else await pipeline(createReadStream(original, { start: from, end: to - 1 }), createWriteStream(path));
  }
  return readRecordsOf(deps, session, plan, pack, { range: 0, path });
}

async function readRecordsOf(
  deps: StageDeps,
  session: Session,
  plan: DropPlan,
  pack: Pack,
  { range, path }: { readonly range: number; readonly path: string },
): Promise<ReadRange> {
  const rates = plan.rates == null ? null : await deps.rates.read(plan.drop.domain, plan.rates);
  const { drop, erasable, plannedAt } = plan;
  const delivery = deliveryAt(plan, path);
  const { line } = plan.ranges[range]!;
  if (erasable === undefined) return readRange(session, pack, delivery, line, { rates });
  const options = { rates, rejectEntities: true };
  const read = await readRange(session, quotingNothing(pack), delivery, line, options);
  const keys = await expectKeys(deps, drop.domain);
  return sealRange(pack, erasable, { keys, read, today: dayOf(Date.parse(plannedAt)) });
}

/** By what records are parted, a copy for each. Of one partition all copies, and the ids, would hold the same. */
function copiesOf({ keys, partitions }: DropPlan): readonly (readonly string[] | null)[] {
  if (partitions === 1) return [null];
  return keys.length === 0 ? [null] : keys;
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
  const { drop, text, delivery } = plan;
  if (delivery.format === 'parquet') {
    await deps.drops.download(await deliveredKey(deps, drop), path, undefined, drop.version);
    return;
  }
  const bytes = bytesOf(plan, range);
  if (text.isCopy) await deps.data.download(dropKeys(drop).text, path, bytes);
  else await deps.drops.download(await deliveredKey(deps, drop), path, bytes, drop.version);
}

/** Of the object that holds the text. */
function bytesOf({ ranges, text }: DropPlan, range: number): ByteRange {
  const { from, to } = ranges[range]!;
  return { from: from + text.markBytes, to: (to ?? text.bytes) + text.markBytes };
}
