/** Trees, held-out part and cross-validation in; the new model's folder out: model.onnx, card.json and its report. */
import { join } from 'node:path';
import { DOUBLE, VARCHAR } from '@duckdb/node-api';
import { quoteIdentifier, Session } from '../engine/session.ts';
import type { TreeGroup } from '../forest/train/random-forest.ts';
import type { ModelCard } from '../models/card.ts';
import { type DatasetPart, writeRowTable } from '../training/dataset.ts';
import { saveTrained } from '../training/save-trained.ts';
import { finishModel } from '../training/train-model.ts';
import { packOfDataset, readDatasetVersion } from './dataset-version.ts';
import { createNoRejects } from './load-records.ts';
import type { SegmentValues } from './part-files.ts';
import { readPrepared } from './prepare-training.ts';
import { joinTreeGroups } from './train-groups.ts';
import type { Machine, TrainingPlan } from './training-plan.ts';
import { readChosen } from './tune.ts';
import { FILES } from './work-files.ts';

export interface Challenger {
  readonly card: ModelCard;
  readonly warnings: readonly string[];
}

export async function assembleChallenger(
  folder: string,
  plan: TrainingPlan,
  groups: readonly TreeGroup[],
  machine: Machine,
): Promise<Challenger> {
  const pack = packOfDataset(await readDatasetVersion(folder));
  const { dataset, segments } = await readPrepared(folder);
  const { best, results, scores } = await readChosen(folder);
  const trained = await joinTreeGroups(folder, groups, dataset.train.data.columns);
  const validated = { best, results, scores: Float32Array.from(scores) };
  const session = await Session.open({ threads: machine.threads, memoryLimitMb: machine.memoryLimitMb });
  try {
    await restoreTables(session, dataset.heldOut, segments);
    const model = await finishModel(session, dataset, validated, trained, { ...plan, ...machine, pack });
    await saveTrained(join(folder, FILES.model), model);
    return { card: model.card, warnings: model.warnings };
  } finally {
    await session.close();
  }
}

/** What measuring asks the database for: the held-out records' segments, and that nothing was rejected. */
async function restoreTables(
  session: Session,
  { seq }: DatasetPart,
  segments: readonly SegmentValues[],
): Promise<void> {
  const distinct = segments.filter(
    ({ column }, at) => segments.findIndex((one) => one.column === column) === at,
  );
  const columns = distinct.map(({ column }) => `, ${quoteIdentifier(column)} VARCHAR`);
  await session.run(`CREATE TABLE records(seq DOUBLE${columns.join('')})`);
  const appender = await session.append('records', [DOUBLE, ...distinct.map(() => VARCHAR)]);
  appender.columns([seq, ...distinct.map(({ values }) => values)]);
  appender.close();
  await writeRowTable(session, 'held_out_rows', seq);
  await createNoRejects(session);
}
