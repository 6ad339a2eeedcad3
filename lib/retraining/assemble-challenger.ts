/** Makes the new model's folder of its trees, held-out part and cross-validation: model.onnx, card.json and its report. */
import { join } from 'node:path';
import type { TreeGroup } from '../forest/train/random-forest.ts';
import type { ModelCard } from '../models/card.ts';
import { saveTrained } from '../training/save-trained.ts';
import { finishModel } from '../training/train-model.ts';
import { packOfDataset, readDatasetVersion } from './dataset-version.ts';
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
  const dataset = await readPrepared(folder);
  const { best, results, scores } = await readChosen(folder);
  const trained = await joinTreeGroups(folder, groups, dataset.train.data.columns);
  const validated = { best, results, scores: Float32Array.from(scores) };
  const model = await finishModel(dataset, validated, trained, { ...plan, ...machine, pack });
  await saveTrained(join(folder, FILES.model), model);
  return { card: model.card, warnings: model.warnings };
}
