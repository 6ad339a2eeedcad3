/**
 * Prepares a dataset's training part and its later, held-out part as matrices, each checked for leaks. Everything that follows until
 * the champion is compared works on these alone.
 */

import { join } from 'node:path';
import { Session } from '../engine/session.ts';
import type { SplitSummary } from '../evaluation/split-summary.ts';
import { type Dataset, prepareRecords } from '../training/dataset.ts';
import { checkDataset, type Leak } from './check-dataset.ts';
import { type DatasetVersion, packOfDataset, readDatasetVersion } from './dataset-version.ts';
import { loadRecords } from './load-records.ts';
import { readPart, writePart } from './part-files.ts';
import type { Machine, TrainingPlan } from './training-plan.ts';
import { FILES, readWorkJson, writeWorkJson } from './work-files.ts';

/** The dataset says something of what it must not know. */
export class LeakFound extends Error {
  override readonly name = 'LeakFound';
  readonly leaks: readonly Leak[];

  constructor(leaks: readonly Leak[]) {
    super(
      `the dataset leaks: ${leaks.map(({ sentence, examples }) => `${sentence} (${examples.join(', ')})`).join('; ')}`,
    );
    this.leaks = leaks;
  }
}

/** All of a dataset but its rows. */
export type Prepared = Omit<Dataset, 'train' | 'heldOut' | 'segments' | 'rejects'>;

/**
 * Of what the database may take: it takes up to half as much again while it computes windows, and here the matrices lie beside it.
 * On 1,000,000 records × 40 inputs it is no slower for it.
 */
const DATABASE_SHARE = 2 / 3;

export async function prepareTraining(
  folder: string,
  plan: TrainingPlan,
  given: Machine,
): Promise<{ readonly split: SplitSummary; readonly inputs: number }> {
  const machine = { ...given, memoryLimitMb: Math.floor(given.memoryLimitMb * DATABASE_SHARE) };
  const version = await readDatasetVersion(folder);
  const pack = packOfDataset(version);
  const records = join(folder, FILES.records);
  const dataset = await prepare(folder, version, plan, machine);
  machine.progress.stage('looking for leaks');
  const leaks = await checkDataset({ ...machine, records, pack, dataset });
  if (leaks.length > 0) throw new LeakFound(leaks);
  const { train, heldOut, segments, rejects: _, ...prepared } = dataset;
  await writePart(folder, FILES.train, train, []);
  await writePart(folder, FILES.heldOut, heldOut, segments);
  await writeWorkJson(folder, FILES.prepared, prepared satisfies Prepared);
  return { split: dataset.split, inputs: dataset.fitted.inputs.length };
}

async function prepare(
  folder: string,
  version: DatasetVersion,
  { seed }: TrainingPlan,
  { threads, memoryLimitMb, progress }: Machine,
): Promise<Dataset> {
  const pack = packOfDataset(version);
  const session = await Session.open({ threads, memoryLimitMb });
  try {
    const records = await loadRecords(session, pack, join(folder, FILES.records));
    const { objects, counts } = version;
    const origin = {
      files: objects.map(({ key, sha256, bytes }) => ({ name: key, sha256, bytes })),
      received: counts.records + counts.superseded + counts.rejected,
      rejected: counts.rejected,
      warnings: [],
    };
    const weights = new Map(await readWorkJson<[number, number][]>(folder, FILES.weights));
    return await prepareRecords(records, origin, { pack, seed, progress, weights });
  } finally {
    await session.close();
  }
}

/** What `prepareTraining` wrote. The records were all accepted once. */
export async function readPrepared(folder: string): Promise<Dataset> {
  const prepared = await readWorkJson<Prepared>(folder, FILES.prepared);
  const { segments: _, ...train } = await readPart(folder, FILES.train);
  const { segments, ...heldOut } = await readPart(folder, FILES.heldOut);
  return { ...prepared, train, heldOut, segments, rejects: [] };
}
