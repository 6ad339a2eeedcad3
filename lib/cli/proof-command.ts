import { readFile, writeFile } from 'node:fs/promises';
import type { Command } from 'commander';
import { verifyEntryProof } from '../audit/entry-proof.ts';
import type { StoredCheckpoint } from '../audit/stored-log.ts';
import { InputError, UsageError } from '../errors.ts';
import { proveEntryOfRun } from '../scoring/prove-entry.ts';
import { proveAct, proveFlag } from '../services/prove-act.ts';
import { parseCheckpoint } from '../tlog/checkpoint.ts';
import { parseNote } from '../tlog/signed-note.ts';
import { options } from './options.ts';
import { atStack, awsHelp, type StackFlags, stackOptions } from './stack-options.ts';

interface ProofFlags extends StackFlags {
  run?: string;
  record?: string;
  domain?: string;
  drop?: string;
  subject?: string;
  event?: string;
  checkpoint?: string;
  out: string;
  json?: boolean;
}

/** `assay proof`: one file by which anyone checks, offline, that a flag or an act is in a signed log. */
export function addProof(program: Command): void {
  program
    .command('proof')
    .description('proof of a flag or an act as one file, checked offline by assay verify FILE --key KEY')
    .option('--run <dir>', 'folder of a signed run; names the flag by --record')
    .option('--record <id>', 'the record that was flagged')
    .option('--domain <name>', 'the domain whose log is read from the stack')
    .option('--drop <id>', 'the drop of the flag; with --domain and --record')
    .option('--subject <id>', 'what an act was done to: a decision, a model, a case; with --domain')
    .option('--event <name>', 'which act, where there are several: reviewed, approved, promoted, …')
    .option('--checkpoint <file>', 'to prove it by: one with cosignatures of witnesses')
    .requiredOption('--out <file>', 'for the proof, by custom NAME.tlog-proof')
    .addOption(stackOptions.stage())
    .addOption(stackOptions.stack())
    .addOption(options.json())
    .addHelpText(
      'after',
      `\nExamples:\n  $ assay proof --run run --record T00056338 --out flag.tlog-proof\n  $ assay proof --domain finance --drop d-5f0c… --record T00056338 --out flag.tlog-proof\n  $ assay proof --domain finance --subject 5bbfb6241689 --event promoted --out model.tlog-proof\n${awsHelp}`,
    )
    .action(async (flags: ProofFlags) => {
      const text = await makeProof(flags);
      const { entry, checkpoint } = verifyEntryProof(text, [], flags.out);
      await writeFile(flags.out, text);
      const facts = {
        event: entry.event,
        subject: entry.subject,
        log: checkpoint.origin,
        size: checkpoint.size,
      };
      process.stdout.write(
        flags.json === true
          ? `${JSON.stringify({ out: flags.out, bytes: Buffer.byteLength(text), ...facts })}\n`
          : `${flags.out}: ${entry.event} ${entry.subject}, in ${checkpoint.origin} (${checkpoint.size} entries); ${Buffer.byteLength(text)} bytes\n`,
      );
    });
}

async function makeProof(flags: ProofFlags): Promise<string> {
  const { run, record, domain, drop, subject, event } = flags;
  if (run !== undefined && record !== undefined && domain === undefined)
    return await proveEntryOfRun(run, { record });
  const isFlag = drop !== undefined && record !== undefined;
  if (run !== undefined || domain === undefined || isFlag === (subject !== undefined))
    throw new UsageError('name --run and --record; --domain, --drop and --record; or --domain and --subject');
  const checkpoint = await readCheckpoint(flags.checkpoint);
  const by = { domain, ...(checkpoint !== undefined && { checkpoint }) };
  return await atStack(flags, async (stack) =>
    isFlag
      ? await proveFlag(stack, { ...by, drop, record })
      : await proveAct(stack, { ...by, subject: subject!, ...(event !== undefined && { event }) }),
  );
}

async function readCheckpoint(file: string | undefined): Promise<StoredCheckpoint | undefined> {
  if (file === undefined) return undefined;
  const note = await readFile(file, 'utf8').catch((cause: NodeJS.ErrnoException) => {
    throw new InputError(`${file}: cannot be read (${cause.code}); a checkpoint was expected`, { cause });
  });
  return { ...parseCheckpoint(parseNote(note, file).text, file), note };
}
