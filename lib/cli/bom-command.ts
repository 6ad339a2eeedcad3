import { writeFile } from 'node:fs/promises';
import { type Command, Option } from 'commander';
import { mlBom } from '../models/ml-bom.ts';
import { loadModel } from '../models/model-folder.ts';
import { loadSignedModel } from '../models/model-signature.ts';
import { modelKeyOption, readModelKeys } from './key-files.ts';
import { options } from './options.ts';

interface BomFlags {
  out?: string;
  modelKey?: string[];
  json?: boolean;
}

/** `assay bom`: what a model is made of, for the tools that keep such lists. */
export function addBom(program: Command): void {
  program
    .command('bom')
    .description('a model’s bill of materials (CycloneDX 1.6): data, libraries, settings, figures')
    .argument('<model>', 'folder of the model')
    .addOption(new Option('--out <file>', 'writes it there instead of to stdout'))
    .addOption(modelKeyOption())
    .addOption(options.json())
    .addHelpText('after', '\nExample:\n  $ assay bom model --out model.cdx.json')
    .action(async (folder: string, { out, modelKey, json }: BomFlags) => {
      const model = await (modelKey === undefined
        ? loadModel(folder)
        : loadSignedModel(folder, await readModelKeys(modelKey)));
      const bom = mlBom(model.card);
      const text = JSON.stringify(bom, null, json === true ? undefined : 2);
      if (out === undefined) process.stdout.write(`${text}\n`);
      else await writeFile(out, `${text}\n`);
    });
}
