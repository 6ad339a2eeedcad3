/** What a change of the threshold needs of the stores: the models that serve, and a place that keeps the one it is about. */
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { ModelTable } from '../aws/model-table.ts';
import { temporaryFolder } from '../engine/temporary-folder.ts';
import { type Model, saveModel } from '../models/model-folder.ts';
import type { ObjectStore } from '../object-store.ts';
import type { DecisionDeps, ThresholdDeps } from '../registry/decide-model.ts';

/** The card last: where it is, the model is. */
const FILES = ['model.onnx', 'card.json'] as const;

export function thresholdTools(
  models: ModelTable,
  artifacts: ObjectStore,
): Pick<ThresholdDeps & DecisionDeps, 'champion' | 'load' | 'saveModel' | 'expectSigned'> {
  return {
    expectSigned: (domain, version) => models.expectSigned(domain, version),
    champion: (domain) => models.championOrNone(domain),
    load: (domain, version) => models.load(domain, version),
    saveModel: (domain, model) => saveVersion(artifacts, domain, model),
  };
}

/** In the artifacts bucket, where every function finds it by its version whatever is deployed. */
async function saveVersion(artifacts: ObjectStore, domain: string, model: Model): Promise<void> {
  const prefix = `models/${domain}/${model.card.version}`;
  if ((await artifacts.readText(`${prefix}/card.json`)) !== null) return;
  const folder = await temporaryFolder('model');
  try {
    await saveModel(folder, model);
    for (const file of FILES) await artifacts.upload(join(folder, file), `${prefix}/${file}`);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
