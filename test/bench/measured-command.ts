/** One `assay` command, measured from inside its process: prints seconds, CPU seconds, seconds a stage and peak memory as JSON. */

import { parseArgs } from 'node:util';
import { loadModel, saveModel } from '../../lib/models/model-folder.ts';
import { loadPack } from '../../lib/packs/load-pack.ts';
import type { Progress } from '../../lib/progress.ts';
import { scoreFiles } from '../../lib/scoring/score-files.ts';
import { trainModel } from '../../lib/training/train-model.ts';

const text = { type: 'string' } as const;
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { domain: text, data: text, model: text, out: text, threshold: text, threads: text },
});
const stages: Record<string, number> = {};
let stage = '';
let stageBegan = 0;
const endStage = (): void => {
  if (stage !== '') stages[stage] = (performance.now() - stageBegan) / 1000;
};
const progress: Progress = {
  stage(name) {
    endStage();
    stage = name;
    stageBegan = performance.now();
  },
  share: () => {},
};
const shared = {
  inputs: [{ path: values.data! }],
  threads: Number(values.threads),
  memoryLimitMb: 1024,
  progress,
};

const cpuBegan = process.cpuUsage();
const began = performance.now();
const flagged = positionals[0] === 'train' ? await train() : await score();
endStage();
const seconds = (performance.now() - began) / 1000;
const { user, system } = process.cpuUsage(cpuBegan);
const cpuSeconds = (user + system) / 1e6;
const peakMb = process.resourceUsage().maxRSS / 1024;
process.stdout.write(JSON.stringify({ seconds, cpuSeconds, peakMb, stages, flagged }));

async function train(): Promise<number> {
  const pack = await loadPack(values.domain!);
  const model = await trainModel({
    ...shared,
    pack,
    algorithm: 'forest',
    tune: false,
    resample: 'none',
    seed: 1,
  });
  await saveModel(values.out!, model);
  return 0;
}

async function score(): Promise<number> {
  const model = await loadModel(values.model!);
  const options = {
    ...shared,
    model,
    out: values.out!,
    threshold: Number(values.threshold),
    now: () => new Date(),
  };
  return (await scoreFiles(options)).summary.flagged;
}
