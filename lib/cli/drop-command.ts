import { basename } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { type Command, Option } from 'commander';
import { dropId } from '../drops/arrival.ts';
import type { DropStatus } from '../drops/drop-status.ts';
import { InputError } from '../errors.ts';
import { openSource } from '../intake/source.ts';
import type { DeployedStack } from '../services/deployed-stack.ts';
import { expectDomain } from './expect-domain.ts';
import { followDrop } from './follow-drop.ts';
import { dropDone } from './format-drop.ts';
import { guessDomain } from './guess-domain.ts';
import { options } from './options.ts';
import { atStack, awsHelp, type StackFlags, stackOptions } from './stack-options.ts';
import type { TerminalProgress } from './terminal-progress.ts';
import { withProgress } from './with-progress.ts';

interface DropFlags extends StackFlags {
  domain?: string;
  follow?: boolean;
  json?: boolean;
  quiet?: boolean;
}

/** A file that is in the bucket. */
interface Dropped {
  readonly id: string;
  readonly domain: string;
  readonly key: string;
  readonly version: string;
  readonly bytes: number;
}

/** `assay drop`: files into the bucket of a deployed stack, which scores them. */
export function addDrop(program: Command): void {
  program
    .command('drop')
    .description('drop files into a deployed stack: they become flags there')
    .argument('<file...>', 'CSV, JSONL or Parquet, also .gz or .zst; each is a drop of its own')
    .addOption(new Option('--domain <name>', 'of the files; default: detected by their columns'))
    .option('--follow', 'wait until they are scored')
    .addOption(stackOptions.stage())
    .addOption(stackOptions.stack())
    .addOption(options.json())
    .addOption(options.quiet())
    .addHelpText('after', `\nExample:\n  $ assay drop --domain finance june.csv --follow\n${awsHelp}`)
    .action((files: string[], flags: DropFlags) => atStack(flags, (stack) => dropFiles(stack, files, flags)));
}

async function dropFiles(stack: DeployedStack, files: readonly string[], flags: DropFlags): Promise<void> {
  const failed: string[] = [];
  const print = (dropped: Dropped, status: DropStatus | null): void => {
    if (status?.state === 'failed') failed.push(`${dropped.id} (${dropped.key}) failed: ${status.reason}`);
    if (flags.json === true) process.stdout.write(`${JSON.stringify(status ?? dropped)}\n`);
    else if (status === null) process.stdout.write(`${dropped.id}  ${dropped.key}\n`);
    else if (status.state === 'done') process.stdout.write(dropDone(status, resultsOf(stack, status)));
  };
  const domains = await Promise.all(files.map((file) => domainOf(stack, file, flags.domain)));
  const all = await withProgress(flags.quiet, async (progress) => {
    const dropped: Dropped[] = [];
    for (const [at, file] of files.entries()) dropped.push(await upload(stack, file, domains[at]!, progress));
    return dropped;
  });
  for (const dropped of all) {
    if (flags.follow !== true) {
      print(dropped, null);
      continue;
    }
    process.stderr.write(`${dropped.id}  ${dropped.key}\n`);
    print(dropped, await followToEnd(stack, dropped.id, flags.quiet));
  }
  if (failed.length > 0) throw new InputError(failed.join('\n'));
}

/** What became of the drop, once it has; of a drop that is retried, by an attempt after `failedAttempt`. */
export function followToEnd(
  stack: DeployedStack,
  id: string,
  quiet: boolean | undefined,
  failedAttempt = 0,
): Promise<DropStatus> {
  const look = async (): Promise<DropStatus | null> => {
    const status = await stack.drops.get(id);
    return status !== null && status.attempt <= failedAttempt ? null : status;
  };
  return withProgress(quiet, (progress) => followDrop(id, { look, progress, now: Date.now, wait }));
}

export function resultsOf({ dataBucket }: DeployedStack, { results }: DropStatus): string {
  return results === null ? '–' : `s3://${dataBucket}/${results}/`;
}

async function upload(
  stack: DeployedStack,
  file: string,
  domain: string,
  progress: TerminalProgress,
): Promise<Dropped> {
  const { bytes } = await openSource(file);
  const key = `drops/${domain}/${basename(file)}`;
  progress.stage(`uploading ${basename(file)}`);
  const version = await stack.upload(file, key, (share) => progress.share(share));
  return { id: dropId({ bucket: stack.dropsBucket, key, version }), domain, key, version, bytes };
}

/** As named, if the stack has a model for it; else as the columns say. */
async function domainOf(stack: DeployedStack, file: string, named: string | undefined): Promise<string> {
  await openSource(file);
  if (named !== undefined) {
    await expectDomain(stack, named);
    return named;
  }
  const domains = await stack.models.domains();
  const packs = await Promise.all(domains.map(async (domain) => (await stack.models.champion(domain)).pack));
  const guessed = await guessDomain(file, packs);
  process.stderr.write(`assay: ${file} has the columns of ${guessed}\n`);
  return guessed;
}
