import type { Command } from 'commander';
import { loadSignedModel, SIGNATURE, signModel } from '../models/model-signature.ts';
import { modelKeyOption, readModelKeys, readModelSigner } from './key-files.ts';
import { options } from './options.ts';

interface SignFlags {
  signKey: string;
  json?: boolean;
}

interface VerifyFlags {
  modelKey: string[];
  json?: boolean;
}

/** `assay model`: the signature of a model folder. */
export function addModel(program: Command): void {
  const model = program.command('model').description('sign a model folder, and check its signature');
  model
    .command('sign')
    .description('sign every file of the folder (OpenSSF Model Signing), with its provenance (SLSA)')
    .argument('<model>', 'folder of the model')
    .requiredOption('--sign-key <file>', 'a secret key: assay keys generate --for model')
    .addOption(options.json())
    .action(async (folder: string, { signKey, json }: SignFlags) => {
      const signer = await readModelSigner(signKey);
      const files = await signModel(folder, signer);
      process.stdout.write(
        json === true
          ? `${JSON.stringify({ files, key: signer.key.hint })}\n`
          : `${folder}/${SIGNATURE}: signs ${files.join(', ')}\n`,
      );
    });
  model
    .command('verify')
    .description('check that a key signed the folder as it is')
    .argument('<model>', 'folder of the model')
    .addOption(modelKeyOption().makeOptionMandatory())
    .addOption(options.json())
    .action(async (folder: string, { modelKey, json }: VerifyFlags) => {
      const { card } = await loadSignedModel(folder, await readModelKeys(modelKey));
      process.stdout.write(
        json === true
          ? `${JSON.stringify({ domain: card.domain, model: card.version, signed: true })}\n`
          : `${folder}: model ${card.version} of ${card.domain}, as it was signed\n`,
      );
    });
  model.addHelpText(
    'after',
    '\nExample:\n  $ assay keys generate --for model --out model.key\n  $ assay model sign model --sign-key model.key\n  $ assay model verify model --model-key model.key.pub\n  $ assay score --model model --model-key model.key.pub …',
  );
}
