import { readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import type { Command } from 'commander';
import { InputError, UsageError } from '../errors.ts';
import { ORIGINAL_KINDS } from '../forest/originals/read-original.ts';
import { type ImportOptions, importModel } from '../training/import-model.ts';
import { saveTrained } from '../training/save-trained.ts';
import { trainingSummary } from '../training/training-summary.ts';
import { importUnlabelled } from '../training/unlabelled.ts';
import { addTrainingOptions, type TrainingFlags, trainingInputs } from './training-flags.ts';
import { withProgress } from './with-progress.ts';

interface ImportFlags extends TrainingFlags {
  onnx?: string;
  xgboost?: string;
  lightgbm?: string;
  sklearn?: string;
  out: string;
  positive?: string;
  scores?: string;
  unlabelled?: boolean;
  share?: number;
}

/** `assay import`: a tree ensemble trained in Python, as ONNX, becomes a model folder. */
export function addImport(program: Command): void {
  const command = program
    .command('import')
    .description(
      'take in an ONNX tree ensemble trained elsewhere (scikit-learn, XGBoost, LightGBM) on assay features',
    )
    .option('--onnx <file>', 'the model, as skl2onnx or onnxmltools write it')
    .option('--xgboost <file>', "XGBoost's model.json: covers for its ONNX file, or the model itself")
    .option('--lightgbm <file>', "LightGBM's model.txt, likewise")
    .option('--sklearn <file>', 'a table of the trees of scikit-learn (docs/models.md), likewise');
  addTrainingOptions(command)
    .option('--positive <class>', 'which of its two classes is the risk, where they are not called 0 and 1')
    .option(
      '--scores <file>',
      "the Python model's own scores (CSV: record_id, score): refused unless the file gives the same",
    )
    .option('--unlabelled', 'a start without labels: no figures, a threshold by capacity or --share')
    .option('--share <share>', 'with --unlabelled: the share of these records to flag, as 0.01', readShare)
    .option('--out <dir>', 'folder for the model', 'model')
    .addHelpText(
      'after',
      '\nExample:\n  $ assay import --onnx forest.onnx --domain finance --data 2025.csv --out model',
    )
    .action(async (flags: ImportFlags) => {
      const { onnx, original, name } = await readFiles(flags);
      if (flags.share !== undefined && flags.unlabelled !== true)
        throw new UsageError(
          'found --share without --unlabelled: with labels the pack chooses the threshold',
        );
      const imported = await withProgress(flags.quiet, async (progress) => {
        const options = {
          ...(await trainingInputs(flags, progress)),
          name,
          ...(onnx && { onnx }),
          ...(original && { original }),
          ...(flags.positive !== undefined && { positive: flags.positive }),
          ...(flags.scores !== undefined && { scores: flags.scores }),
        };
        return flags.unlabelled === true
          ? importUnlabelled({ ...options, share: flags.share ?? null })
          : importModel(options);
      });
      const replaced = await saveTrained(flags.out, imported);
      if (replaced !== null)
        process.stderr.write(`assay: ${flags.out} held model ${replaced}, which is replaced\n`);
      for (const warning of imported.warnings) process.stderr.write(`assay: ${warning}\n`);
      process.stdout.write(trainingSummary(imported.card, flags.out, flags.json === true));
    });
}

function readShare(text: string): number {
  const share = Number(text);
  if (text.trim() !== '' && share > 0 && share < 1) return share;
  throw new UsageError(`--share takes a number between 0 and 1, not "${text}"`);
}

/** The model files that the options name: an ONNX file, one of a library, or both. */
async function readFiles(flags: ImportFlags): Promise<Pick<ImportOptions, 'onnx' | 'original' | 'name'>> {
  const originals = ORIGINAL_KINDS.flatMap((kind) => {
    const file = flags[kind];
    return file === undefined ? [] : [{ kind, file }];
  });
  const [given] = originals;
  if (originals.length > 1)
    throw new InputError(
      `found ${originals.map(({ kind }) => `--${kind}`).join(' and ')}, expected one of them`,
    );
  if (flags.onnx === undefined && given === undefined)
    throw new InputError('no model is given; expected --onnx, --xgboost, --lightgbm or --sklearn');
  return {
    name: basename(flags.onnx ?? given!.file),
    ...(flags.onnx !== undefined && { onnx: await readModel(flags.onnx, 'an ONNX model') }),
    ...(given && {
      original: {
        kind: given.kind,
        name: basename(given.file),
        bytes: await readModel(given.file, `the file of --${given.kind}`),
      },
    }),
  };
}

async function readModel(file: string, expected: string): Promise<Uint8Array> {
  try {
    return new Uint8Array(await readFile(file));
  } catch (cause) {
    throw new InputError(
      `${file}: cannot be read (${(cause as NodeJS.ErrnoException).code}); expected ${expected}`,
      { cause },
    );
  }
}
