import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { type Command, Option } from 'commander';
import { signModel } from '../models/model-signature.ts';
import { isMostlyRejected } from '../report/common-rejects.ts';
import { saveTrained } from '../training/save-trained.ts';
import { trainModel } from '../training/train-model.ts';
import { trainingSummary } from '../training/training-summary.ts';
import { endAsMostlyRejected } from './exit-code.ts';
import { readModelSigner } from './key-files.ts';
import { options } from './options.ts';
import { addTrainingOptions, type TrainingFlags, trainingInputs } from './training-flags.ts';
import { withProgress } from './with-progress.ts';

interface TrainFlags extends TrainingFlags {
  out: string;
  algorithm?: 'forest' | 'boosting';
  resample: 'none' | 'smote' | 'undersample';
  tune?: boolean;
  maxRejects: number;
  signKey?: string;
}

/** `assay train`: writes model.onnx, card.json and report.html from labelled records. */
export function addTrain(program: Command): void {
  const train = program
    .command('train')
    .description('train a model on labelled records: model.onnx, card.json, report.html');
  addTrainingOptions(train)
    .option('--out <dir>', 'folder for the model', 'model')
    .addOption(
      new Option('--algorithm <name>', 'default: both, and the better in cross-validation is chosen').choices(
        ['forest', 'boosting'],
      ),
    )
    .addOption(
      new Option('--resample <name>', 'against rare labels')
        .choices(['none', 'smote', 'undersample'])
        .default('none'),
    )
    .addOption(options.maxRejects())
    .option('--sign-key <file>', 'signs the model: a secret key of assay keys generate --for model')
    .option('--tune', 'compare five more settings of each algorithm')
    .addHelpText(
      'after',
      '\nExample:\n  $ assay train --domain finance --data 2025.csv 2026.csv.gz --tune --out model',
    )
    .action(async (flags: TrainFlags) => {
      // Before the work, not after it: a folder that cannot be made, or a key that cannot sign, must not cost a training.
      const signer = flags.signKey === undefined ? undefined : await readModelSigner(flags.signKey);
      await mkdir(flags.out, { recursive: true });
      const trained = await withProgress(flags.quiet, async (progress) =>
        trainModel({
          ...(await trainingInputs(flags, progress)),
          rejectsPath: join(flags.out, 'rejects.csv'),
          algorithm: flags.algorithm ?? null,
          tune: flags.tune === true,
          resample: flags.resample,
        }),
      );
      if (isMostlyRejected(trained.card.dataset, flags.maxRejects)) endAsMostlyRejected();
      const replaced = await saveTrained(flags.out, trained);
      if (signer !== undefined) await signModel(flags.out, signer);
      if (replaced !== null)
        process.stderr.write(`assay: ${flags.out} held model ${replaced}, which is replaced\n`);
      for (const warning of trained.warnings) process.stderr.write(`assay: ${warning}\n`);
      process.stdout.write(trainingSummary(trained.card, flags.out, flags.json === true));
    });
}
