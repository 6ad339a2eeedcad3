import { availableParallelism } from 'node:os';
import type { Command } from 'commander';
import { loadPack } from '../domain/load-pack.ts';
import { exportFeatures } from '../training/export-features.ts';
import { options, wholeNumber } from './options.ts';
import { openProgress } from './terminal-progress.ts';

interface FeaturesFlags {
  domain: string;
  data: string[];
  out: string;
  seed: number;
  threads?: number;
  memory: number;
  json?: boolean;
  quiet?: boolean;
}

/** `assay features`: the matrix that a model is trained on, for whoever trains elsewhere. */
export function addFeatures(program: Command): void {
  program
    .command('features')
    .description(
      'the feature matrix and split that assay train would use, as Parquet, to train a model elsewhere',
    )
    .addOption(options.domain().makeOptionMandatory())
    .addOption(options.data().makeOptionMandatory())
    .requiredOption('--out <file>', 'a .parquet file: record_id, label, part, then one column an input')
    .option('--seed <n>', 'seed of the split', wholeNumber('--seed', 0), 1)
    .addOption(options.threads())
    .addOption(options.memory())
    .addOption(options.json())
    .addOption(options.quiet())
    .addHelpText(
      'after',
      '\nExample:\n  $ assay features --domain finance --data 2025.csv --out features.parquet',
    )
    .action(async (flags: FeaturesFlags) => {
      const progress = openProgress(process.stderr, flags.quiet === true);
      try {
        const exported = await exportFeatures({
          pack: await loadPack(flags.domain),
          inputs: flags.data.map((path) => ({ path })),
          out: flags.out,
          seed: flags.seed,
          threads: flags.threads ?? availableParallelism(),
          memoryLimitMb: flags.memory,
          progress,
        });
        progress.finish();
        process.stdout.write(
          flags.json === true
            ? `${JSON.stringify(exported)}\n`
            : `${flags.out}: ${exported.rows.toLocaleString('en-US')} rows × ${exported.inputs} inputs (${exported.train} to train on, ${exported.heldOut} held out)\n`,
        );
      } finally {
        progress.finish();
      }
    });
}
