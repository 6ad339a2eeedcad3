/** Drops of the shop's orders as the stack leaves them: a Parquet file of typed records each. */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Session } from '../../lib/engine/session.ts';
import { readRecords } from '../../lib/intake/read-records.ts';
import type { Pack } from '../../lib/packs/pack.ts';
import { noProgress } from '../../lib/progress.ts';
import type { DropRecords } from '../../lib/retraining/snapshot.ts';
import type { Machine, TrainingPlan } from '../../lib/retraining/training-plan.ts';
import { type Order, ordersCsv, shopPack } from '../helpers/shop.ts';

export const machine: Machine = { threads: 1, memoryLimitMb: 512, progress: noProgress };
export const plan: TrainingPlan = { algorithm: 'forest', tune: false, resample: 'none', seed: 1 };
export const asOf = '2026-01-01T00:00:00Z';

export async function writeDrop(
  folder: string,
  name: string,
  orders: readonly Order[],
  options: { readonly receivedAt?: string; readonly history?: readonly Order[]; readonly pack?: Pack } = {},
): Promise<DropRecords> {
  const { receivedAt = '2025-12-01T00:00:00Z', history = [], pack = shopPack } = options;
  await mkdir(folder, { recursive: true });
  const csv = join(folder, `${name}.csv`);
  await writeFile(csv, ordersCsv(orders));
  const past = join(folder, `${name}-history.csv`);
  await writeFile(past, ordersCsv(history));
  const path = join(folder, `${name}.parquet`);
  const session = await Session.open({ threads: 1 });
  try {
    const inputs = [{ path: csv }, ...(history.length > 0 ? [{ path: past, history: true }] : [])];
    const { records, rejected } = await readRecords(session, pack, inputs);
    await records.copyToParquet(path, { orderBy: 'seq' });
    return { path, key: `records/shop/${name}.parquet`, versionId: 'v1', receivedAt, rejected };
  } finally {
    await session.close();
  }
}
