/** A new model as a folder: model.onnx, card.json, and its report as a page and as the data it was drawn from. */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { saveModel } from '../models/model-folder.ts';
import { renderReport } from '../report/render-report.ts';
import type { TrainedModel } from './assemble-model.ts';

/** Gives the version of another model that was in the folder before, if there was one. */
export async function saveTrained(folder: string, trained: TrainedModel): Promise<string | null> {
  const replaced = await versionIn(folder);
  await saveModel(folder, trained);
  await writeFile(join(folder, 'report.json'), `${JSON.stringify(trained.report)}\n`);
  await writeFile(join(folder, 'report.html'), renderReport(trained.report));
  return replaced === trained.card.version ? null : replaced;
}

async function versionIn(folder: string): Promise<string | null> {
  try {
    const { version } = JSON.parse(await readFile(join(folder, 'card.json'), 'utf8')) as {
      version?: unknown;
    };
    return typeof version === 'string' ? version : null;
  } catch {
    return null;
  }
}
