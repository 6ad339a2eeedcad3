import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { type Command, Option } from 'commander';
import { UsageError } from '../errors.ts';
import { MODEL_KEY_CURVE, parseModelKey } from '../models/model-key.ts';
import { formatVerifierKey, type KeyKind, secretKey } from '../tlog/note-key.ts';
import { writeKeyFiles, writeKeyPair } from './key-files.ts';
import { options } from './options.ts';

const KINDS: Readonly<Record<string, KeyKind>> = {
  log: 'ed25519',
  witness: 'cosignature-ed25519',
  'witness-ml-dsa-44': 'cosignature-ml-dsa-44',
};
/** Of OpenSSF Model Signing, in PEM. */
const MODEL = 'model';
const SEED_BYTES = 32;

interface GenerateFlags {
  name?: string;
  out: string;
  for: string;
  json?: boolean;
}

/** `assay keys`: what logs, witnesses and models are signed by. */
export function addKeys(program: Command): void {
  program
    .command('keys')
    .description('keys that sign the checkpoints of audit logs, or models')
    .command('generate')
    .description('make a key: the secret one, readable by its owner alone, and beside it <file>.pub')
    .option('--name <name>', 'who signs, as an address without https://: example.org/assay; not of a model')
    .requiredOption('--out <file>', 'for the secret key; must not be there')
    .addOption(
      new Option('--for <use>', 'what it signs').choices([...Object.keys(KINDS), MODEL]).default('log'),
    )
    .addOption(options.json())
    .addHelpText(
      'after',
      '\nExample:\n  $ assay keys generate --name example.org/assay --out assay.key\n  $ assay score … --sign-key assay.key\n  $ assay verify run/audit.jsonl --key assay.key.pub',
    )
    .action(async ({ name, out, for: use, json }: GenerateFlags) => {
      if (use === MODEL) return await generateModelKey(out, json === true);
      if (name === undefined)
        throw new UsageError(
          '--name is missing: who signs, as an address without https://: example.org/assay',
        );
      const key = secretKey(name, KINDS[use]!, randomBytes(SEED_BYTES));
      const publicFile = await writeKeyFiles(out, key);
      const verifier = formatVerifierKey(key.key);
      process.stdout.write(
        json === true
          ? `${JSON.stringify({ name, kind: key.key.kind, secret_file: out, public_file: publicFile, public_key: verifier })}\n`
          : `${out}: the secret key; anyone who has it can sign as ${name}\n${publicFile}: ${verifier}\n`,
      );
    });
}

async function generateModelKey(out: string, json: boolean): Promise<void> {
  const { privateKey, publicKey } = generateKeyPairSync('ec', {
    namedCurve: MODEL_KEY_CURVE,
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
    publicKeyEncoding: { type: 'spki', format: 'pem' },
  });
  const publicFile = await writeKeyPair(out, privateKey, publicKey);
  const { hint } = parseModelKey(publicKey, publicFile);
  process.stdout.write(
    json
      ? `${JSON.stringify({ kind: MODEL, secret_file: out, public_file: publicFile, key_hint: hint })}\n`
      : `${out}: the secret key; anyone who has it can sign models\n${publicFile}: the public one, ${hint}\n`,
  );
}
