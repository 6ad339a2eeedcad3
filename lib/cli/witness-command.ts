import { readFile, rename, writeFile } from 'node:fs/promises';
import type { Command } from 'commander';
import { checkDrops } from '../audit/check-drops.ts';
import { FolderObjects } from '../audit/folder-objects.ts';
import { lastCheckpoint, type StoredObjects, tileReader } from '../audit/stored-log.ts';
import { InputError } from '../errors.ts';
import { countOf } from '../report/format-number.ts';
import { formatBase64 } from '../tlog/base64.ts';
import { EMPTY_ROOT, type TreeHead } from '../tlog/merkle.ts';
import type { NoteSigner, VerifierKey } from '../tlog/note-key.ts';
import { headOf, type Witnessed, type WitnessState, witness } from '../tlog/witness.ts';
import { readSecretKey, readVerifierKeys } from './key-files.ts';
import { options } from './options.ts';
import { atStack, awsHelp, type StackFlags, stackOptions } from './stack-options.ts';

interface WitnessFlags extends StackFlags {
  domain: string;
  logKey: string;
  signKey: string;
  state: string;
  folder?: string;
  out?: string;
  json?: boolean;
}

/** By the name of the log. */
type States = Readonly<Record<string, WitnessState>>;

/** `assay witness`: what someone else runs, who trusts neither the stack nor who operates it. */
export function addWitness(program: Command): void {
  program
    .command('witness')
    .description('check that a log only grew since you last looked, that its drops are there, and cosign it')
    .requiredOption('--domain <name>', 'the domain whose log it is')
    .requiredOption('--log-key <key>', 'public key of the log, or its file (assay audit key)')
    .requiredOption('--sign-key <file>', 'your key: assay keys generate --for witness')
    .requiredOption('--state <file>', 'what you signed last; made the first time')
    .option('--folder <dir>', 'a copy of the audit bucket, in place of the stack')
    .option('--out <file>', 'for the checkpoint with your cosignature')
    .addOption(stackOptions.stage())
    .addOption(stackOptions.stack())
    .addOption(options.json())
    .addHelpText(
      'after',
      `\nExample:\n  $ assay witness --domain finance --log-key log.pub --sign-key mine.key --state witness.json --out finance.checkpoint\n${awsHelp}`,
    )
    .action(async (flags: WitnessFlags) => {
      if (flags.folder === undefined) await atStack(flags, ({ audit }) => witnessOnce(audit, flags));
      else await witnessOnce(new FolderObjects(flags.folder), flags);
    });
}

async function witnessOnce(objects: StoredObjects, flags: WitnessFlags): Promise<void> {
  const signer = await readWitnessKey(flags.signKey);
  const [logKey] = (await readVerifierKeys([flags.logKey])) as [VerifierKey];
  const states = await readStates(flags.state);
  const state = states[logKey.name];
  const before = state === undefined ? null : headOf(state, flags.state);
  const found = await lastCheckpoint(objects, flags.domain);
  if (found === null) throw new InputError(lost(flags.domain, before));
  const read = tileReader(objects, flags.domain);
  const seconds = Math.floor(Date.now() / 1000);
  const witnessed = await witness({ note: found.note, logKey, before, read, signer, seconds });
  const first = before ?? { size: 0, root: EMPTY_ROOT };
  const { drops, problems } = await checkDrops(objects, read, {
    domain: flags.domain,
    before: first,
    after: witnessed,
  });
  for (const { where, kind, message } of problems) process.stdout.write(`${where}: ${kind}: ${message}\n`);
  if (problems.length > 0)
    throw new InputError(`${logKey.name} is not cosigned: ${countOf(problems.length, 'problem')}`);
  // What was signed is remembered before anyone has the signature.
  const own = { size: witnessed.size, root: formatBase64(witnessed.root), note: witnessed.note };
  await writeStates(flags.state, { ...states, [logKey.name]: own });
  if (flags.out !== undefined) await writeFile(flags.out, witnessed.note);
  report(witnessed, flags, { before: first, drops });
}

function report(
  { origin, size, note }: Witnessed,
  { json, out }: WitnessFlags,
  { before, drops }: { readonly before: TreeHead; readonly drops: number },
): void {
  const added = size - before.size;
  const [signature] = note.trimEnd().split('\n').slice(-1);
  process.stdout.write(
    json === true
      ? `${JSON.stringify({ origin, size, added, drops, cosignature: signature })}\n`
      : `${origin}: ${countOf(size, 'entry', 'entries')}, ${added} new, ${countOf(drops, 'drop')} checked; cosigned${out === undefined ? `\n${signature}` : `: ${out}`}\n`,
  );
}

function lost(domain: string, before: TreeHead | null): string {
  if (before === null) return `the log of ${domain} has no checkpoint yet`;
  return `the log of ${domain} is gone: it has no checkpoint; one of ${before.size} entries was signed before`;
}

async function readWitnessKey(file: string): Promise<NoteSigner> {
  const signer = await readSecretKey(file);
  if (signer.key.kind !== 'ed25519') return signer;
  throw new InputError(
    `${file} is the key of a log; a witness needs its own (assay keys generate --for witness)`,
  );
}

async function readStates(file: string): Promise<States> {
  const text = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return '{}';
    throw new InputError(`${file}: cannot be read (${error.code})`, { cause: error });
  });
  try {
    return JSON.parse(text) as States;
  } catch (cause) {
    throw new InputError(`${file} is damaged: a witness that forgets what it signed is none`, { cause });
  }
}

async function writeStates(file: string, states: States): Promise<void> {
  await writeFile(`${file}.new`, `${JSON.stringify(states, null, 2)}\n`);
  await rename(`${file}.new`, file);
}
