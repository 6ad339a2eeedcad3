/** A new model as a folder: model.onnx, card.json, and its report as a page and as the data it was drawn from. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { saveModel } from '../models/model-folder.ts';
import { renderReport } from '../report/render-report.ts';
import type { TrainedModel } from './assemble-model.ts';

export async function saveTrained(folder: string, trained: TrainedModel): Promise<void> {
  await saveModel(folder, trained);
  await writeFile(join(folder, 'report.json'), `${JSON.stringify(trained.report)}\n`);
  await writeFile(join(folder, 'report.html'), renderReport(trained.report));
}
