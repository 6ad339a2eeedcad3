import { writeFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { type Command, Option } from 'commander';
import { loadPack } from '../domain/load-pack.ts';
import { saveModel } from '../models/model-folder.ts';
import { renderReport } from '../report/render-report.ts';
import { trainModel } from '../training/train-model.ts';
import { trainingSummary } from '../training/training-summary.ts';
import { options, wholeNumber } from './options.ts';
import { openProgress } from './terminal-progress.ts';

interface TrainFlags {
  domain: string;
  data: string[];
  out: string;
  algorithm?: 'forest' | 'boosting';
  resample: 'none' | 'smote' | 'undersample';
  tune?: boolean;
  seed: number;
  threads?: number;
  memory: number;
  json?: boolean;
  quiet?: boolean;
}

/** `assay train`: labelled records in, model.onnx, card.json and report.html out. */
export function addTrain(program: Command): void {
  program
    .command('train')
    .description('train a model on labelled records: model.onnx, card.json, report.html')
    .addOption(options.domain().makeOptionMandatory())
    .addOption(options.data().makeOptionMandatory())
    .option('--out <dir>', 'folder for the model', 'model')
    .addOption(new Option('--algorithm <name>', 'default: the forest').choices(['forest', 'boosting']))
    .addOption(
      new Option('--resample <name>', 'against rare labels, beside class weights')
        .choices(['none', 'smote', 'undersample'])
        .default('none'),
    )
    .option('--tune', 'search hyper-parameters by cross-validation; of both algorithms unless one is named')
    .addOption(
      new Option('--seed <n>', 'same data, pack and seed: same bytes')
        .argParser(wholeNumber('--seed', 0))
        .default(1),
    )
    .addOption(options.threads())
    .addOption(options.memory())
    .addOption(options.json())
    .addOption(options.quiet())
    .addHelpText(
      'after',
      '\nExample:\n  $ assay train --domain finance --data 2025.csv 2026.csv.gz --tune --out model',
    )
    .action(async (flags: TrainFlags) => {
      const progress = openProgress(process.stderr, flags.quiet === true);
      try {
        const trained = await trainModel({
          pack: await loadPack(flags.domain),
          inputs: flags.data.map((path) => ({ path })),
          algorithm: flags.algorithm ?? null,
          tune: flags.tune === true,
          resample: flags.resample,
          seed: flags.seed,
          threads: flags.threads ?? availableParallelism(),
          memoryLimitMb: flags.memory,
          progress,
        });
        await saveModel(flags.out, trained);
        await writeFile(join(flags.out, 'report.json'), `${JSON.stringify(trained.report)}\n`);
        await writeFile(join(flags.out, 'report.html'), renderReport(trained.report));
        progress.finish();
        for (const warning of trained.warnings) process.stderr.write(`assay: ${warning}\n`);
        process.stdout.write(trainingSummary(trained.card, flags.out, flags.json === true));
      } finally {
        progress.finish();
      }
    });
}
