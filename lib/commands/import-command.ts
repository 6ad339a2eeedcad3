import { readFile, writeFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { basename, join } from 'node:path';
import type { Command } from 'commander';
import { loadPack } from '../domain/load-pack.ts';
import { InputError } from '../errors.ts';
import { saveModel } from '../models/model-folder.ts';
import { renderReport } from '../report/render-report.ts';
import { importModel } from '../training/import-model.ts';
import { trainingSummary } from '../training/training-summary.ts';
import { options, wholeNumber } from './options.ts';
import { openProgress } from './terminal-progress.ts';

interface ImportFlags {
  onnx: string;
  domain: string;
  data: string[];
  out: string;
  seed: number;
  threads?: number;
  memory: number;
  json?: boolean;
  quiet?: boolean;
}

/** `assay import`: a tree ensemble trained in Python, as ONNX, becomes a model folder. */
export function addImport(program: Command): void {
  program
    .command('import')
    .description(
      'take in an ONNX tree ensemble trained elsewhere (scikit-learn, XGBoost, LightGBM) on assay features',
    )
    .requiredOption('--onnx <file>', 'the model, as skl2onnx or onnxmltools write it')
    .addOption(options.domain().makeOptionMandatory())
    .addOption(options.data().makeOptionMandatory())
    .option('--out <dir>', 'folder for the model', 'model')
    .option('--seed <n>', 'seed of the split that assay features used', wholeNumber('--seed', 0), 1)
    .addOption(options.threads())
    .addOption(options.memory())
    .addOption(options.json())
    .addOption(options.quiet())
    .addHelpText(
      'after',
      '\nExample:\n  $ assay import --onnx forest.onnx --domain finance --data 2025.csv --out model',
    )
    .action(async (flags: ImportFlags) => {
      const progress = openProgress(process.stderr, flags.quiet === true);
      try {
        const imported = await importModel({
          onnx: await readModel(flags.onnx),
          name: basename(flags.onnx),
          pack: await loadPack(flags.domain),
          inputs: flags.data.map((path) => ({ path })),
          seed: flags.seed,
          threads: flags.threads ?? availableParallelism(),
          memoryLimitMb: flags.memory,
          progress,
        });
        await saveModel(flags.out, imported);
        await writeFile(join(flags.out, 'report.json'), `${JSON.stringify(imported.report)}\n`);
        await writeFile(join(flags.out, 'report.html'), renderReport(imported.report));
        progress.finish();
        process.stdout.write(trainingSummary(imported.card, flags.out, flags.json === true));
      } finally {
        progress.finish();
      }
    });
}

async function readModel(file: string): Promise<Uint8Array> {
  try {
    return new Uint8Array(await readFile(file));
  } catch (cause) {
    throw new InputError(
      `${file}: cannot be read (${(cause as NodeJS.ErrnoException).code}); expected an ONNX model`,
      { cause },
    );
  }
}
