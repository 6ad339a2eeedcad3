import { randomBytes } from 'node:crypto';
import { type Command, Option } from 'commander';
import { formatVerifierKey, type KeyKind, secretKey } from '../tlog/note-key.ts';
import { writeKeyFiles } from './key-files.ts';
import { options } from './options.ts';

const KINDS: Readonly<Record<string, KeyKind>> = {
  log: 'ed25519',
  witness: 'cosignature-ed25519',
  'witness-ml-dsa-44': 'cosignature-ml-dsa-44',
};
const SEED_BYTES = 32;

interface GenerateFlags {
  name: string;
  out: string;
  for: string;
  json?: boolean;
}

/** `assay keys`: what logs and witnesses sign by. */
export function addKeys(program: Command): void {
  program
    .command('keys')
    .description('keys that sign the checkpoints of audit logs')
    .command('generate')
    .description('make a key: the secret one, readable by its owner alone, and beside it <file>.pub')
    .requiredOption('--name <name>', 'who signs, as an address without https://: example.org/assay')
    .requiredOption('--out <file>', 'for the secret key; must not be there')
    .addOption(new Option('--for <use>', 'what it signs').choices(Object.keys(KINDS)).default('log'))
    .addOption(options.json())
    .addHelpText(
      'after',
      '\nExample:\n  $ assay keys generate --name example.org/assay --out assay.key\n  $ assay score … --sign-key assay.key\n  $ assay verify run/audit.jsonl --key assay.key.pub',
    )
    .action(async ({ name, out, for: use, json }: GenerateFlags) => {
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
