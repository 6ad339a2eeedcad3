import { basename } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { type Command, Option } from 'commander';
import { dropId } from '../drops/arrival.ts';
import { InputError, UsageError } from '../errors.ts';
import { openSource } from '../intake/source.ts';
import { type LabelsStatus, labelsId } from '../reviews/labels-status.ts';
import type { LearningStack } from '../services/learning-stack.ts';
import { expectDomain } from './expect-domain.ts';
import { formatLabels, labelsList } from './format-labels.ts';
import { options, wholeNumber } from './options.ts';
import { atLearningStack, awsHelp, type StackFlags, stackOptions } from './stack-options.ts';
import { withProgress } from './with-progress.ts';

interface LabelsFlags extends StackFlags {
  domain?: string;
  follow?: boolean;
  limit: number;
  as?: string;
  quiet?: boolean;
  json?: boolean;
}

const LOOK_EVERY_MS = 500;
/** As for drops: longer sounds the alarm for stuck ones. */
const TAKEN_UP_WITHIN_MS = 15 * 60_000;

/** `assay labels`: what is known of records otherwise, into a deployed stack, which learns from it. */
export function addLabels(program: Command): void {
  program
    .command('labels')
    .description('labels files (record_id,label) into a deployed stack; without a file, those that came')
    .argument('[file or id...]', 'CSV files to send, or ids (l-…) of files sent before')
    .addOption(new Option('--domain <name>', 'of the records'))
    .option('--follow', 'wait until they are read')
    .option('--limit <n>', 'without a file: so many at most', wholeNumber('--limit', 1), 20)
    .addOption(stackOptions.as())
    .addOption(stackOptions.stage())
    .addOption(stackOptions.stack())
    .addOption(options.json())
    .addOption(options.quiet())
    .addHelpText(
      'after',
      `\nExamples:\n  $ assay labels may.csv --domain finance --follow\n  $ assay labels --domain finance\n  $ assay labels l-5f0c…\n${awsHelp}`,
    )
    .action((what: string[], flags: LabelsFlags) =>
      atLearningStack(flags, (stack) => (what.length === 0 ? list(stack, flags) : each(stack, what, flags))),
    );
}

async function list(stack: LearningStack, { domain, limit, json }: LabelsFlags): Promise<void> {
  if (domain !== undefined) await expectDomain(stack, domain);
  const { items, next } = await stack.labels.list({
    limit,
    scope: domain === undefined ? 'all' : [domain],
  });
  if (json === true) process.stdout.write(`${JSON.stringify({ items, more: next !== null })}\n`);
  else {
    const nameOf = await stack.people.namesOf(items.flatMap(({ by }) => by ?? []));
    process.stdout.write(
      `${labelsList(items, nameOf)}${next === null ? '' : `… and more: --limit ${2 * limit}\n`}`,
    );
  }
}

async function each(stack: LearningStack, what: readonly string[], flags: LabelsFlags): Promise<void> {
  const ids: string[] = [];
  for (const one of what) ids.push(isId(one) ? one : await send(stack, one, flags));
  const refused: string[] = [];
  for (const [at, id] of ids.entries()) {
    const status = await look(stack, id, flags, isId(what[at]!));
    if (status?.state === 'failed') refused.push(id);
    if (flags.json === true) process.stdout.write(`${JSON.stringify(status ?? { id, state: 'sent' })}\n`);
    else if (status === null) process.stdout.write(`${id}  sent; what became of it: assay labels ${id}\n`);
    else process.stdout.write(formatLabels(status));
  }
  if (refused.length > 0) throw new InputError(`refused: ${refused.join(', ')}`);
}

/** Its id comes back. */
async function send(stack: LearningStack, file: string, { domain, as, quiet }: LabelsFlags): Promise<string> {
  if (domain === undefined)
    throw new UsageError('assay labels FILE needs --domain: whose records the labels are of');
  await openSource(file);
  await expectDomain(stack, domain);
  const key = await stack.uploads.expect(`labels/${domain}`, basename(file), await stack.caller(as));
  const version = await withProgress(quiet, async (progress) => {
    progress.stage(`uploading ${basename(file)}`);
    return await stack.upload(file, key, (share) => progress.share(share));
  });
  return labelsId(dropId({ bucket: stack.dropsBucket, key, version }));
}

/** Null: it was sent, and no one waits for what becomes of it. */
async function look(
  stack: LearningStack,
  id: string,
  { follow, quiet }: LabelsFlags,
  mustBeThere: boolean,
): Promise<LabelsStatus | null> {
  if (follow === true)
    return await withProgress(quiet, (progress) => {
      progress.stage('reading');
      return toItsEnd(stack, id);
    });
  if (!mustBeThere) return null;
  const found = await stack.labels.get(id);
  if (found === null)
    throw new InputError(`the stack ${stack.name} knows no labels file ${id}: assay labels lists them`);
  return found;
}

async function toItsEnd({ labels }: LearningStack, id: string): Promise<LabelsStatus> {
  for (let waitedMs = 0; waitedMs < TAKEN_UP_WITHIN_MS; waitedMs += LOOK_EVERY_MS) {
    const status = await labels.get(id);
    if (status !== null && status.state !== 'received') return status;
    await wait(LOOK_EVERY_MS);
  }
  throw new InputError(
    `${id} was not read in 15 minutes; it is not lost (docs/runbook.md, "Stuck drops"); look later with: assay labels ${id}`,
  );
}

function isId(what: string): boolean {
  return /^l-[0-9a-f]{20}$/.test(what);
}
