import type { Command } from 'commander';
import { exportFeatures } from '../training/export-features.ts';
import { addTrainingOptions, type TrainingFlags, trainingInputs } from './training-flags.ts';
import { withProgress } from './with-progress.ts';

interface FeaturesFlags extends TrainingFlags {
  out: string;
  unlabelled?: boolean;
}

/** `assay features`: the matrix that a model is trained on, for the one who trains elsewhere. */
export function addFeatures(program: Command): void {
  const features = program
    .command('features')
    .description(
      'the feature matrix and split that assay train would use, as Parquet, to train a model elsewhere',
    )
    .requiredOption('--out <file>', 'a .parquet file: record_id, label, part, then one column an input');
  addTrainingOptions(features)
    .option('--unlabelled', 'all records, for a model that needs no labels')
    .addHelpText(
      'after',
      '\nExample:\n  $ assay features --domain finance --data 2025.csv --out features.parquet',
    )
    .action(async (flags: FeaturesFlags) => {
      const exported = await withProgress(flags.quiet, async (progress) =>
        exportFeatures({
          ...(await trainingInputs(flags, progress)),
          ...{ out: flags.out, unlabelled: flags.unlabelled === true },
        }),
      );
      for (const warning of exported.warnings) process.stderr.write(`assay: ${warning}\n`);
      process.stdout.write(
        flags.json === true
          ? `${JSON.stringify(exported)}\n`
          : `${flags.out}: ${exported.rows.toLocaleString('en-US')} rows × ${exported.inputs} inputs (${exported.train} to train on, ${exported.heldOut} held out)\n`,
      );
    });
}
