import { availableParallelism } from 'node:os';
import type { Command } from 'commander';
import type { DropStatus } from '../drops/drop-status.ts';
import { fetchRun } from '../drops/fetch-run.ts';
import { InputError } from '../errors.ts';
import { hasPersonalData } from '../packs/personal-data.ts';
import { countOf, formatCount } from '../report/format-number.ts';
import type { DeployedStack } from '../services/deployed-stack.ts';
import { followToEnd, resultsOf } from './drop-command.ts';
import { expectDomain } from './expect-domain.ts';
import { fileName, formatDrop, formatState } from './format-drop.ts';
import { options, wholeNumber } from './options.ts';
import { addRedrive } from './redrive-command.ts';
import { atStack, awsHelp, type StackFlags, stackOptions } from './stack-options.ts';
import { textTable } from './text-table.ts';
import { withProgress } from './with-progress.ts';

interface ListFlags extends StackFlags {
  domain?: string;
  limit: number;
  json?: boolean;
}

interface ShowFlags extends StackFlags {
  follow?: boolean;
  json?: boolean;
  quiet?: boolean;
}

interface DownloadFlags extends StackFlags {
  out: string;
  json?: boolean;
  quiet?: boolean;
}

/** `assay drops`: what was dropped into a deployed stack, how far it has come, and its results as a run folder. */
export function addDrops(program: Command): void {
  const drops = program
    .command('drops')
    .description('what was dropped into a deployed stack: list, show, download, retry');
  addList(drops);
  addShow(drops);
  addDownload(drops);
  addRedrive(drops);
  drops.addHelpText(
    'after',
    `\nExamples:\n  $ assay drops --domain finance\n  $ assay drops show d-5f0c… --follow\n  $ assay drops download d-5f0c… --out run\n  $ assay drops redrive\n${awsHelp}`,
  );
}

function addList(drops: Command): void {
  drops
    .command('list', { isDefault: true })
    .description('the newest first')
    .option('--domain <name>', 'only of this domain')
    .option('--limit <n>', 'so many at most', wholeNumber('--limit', 1), 20)
    .addOption(stackOptions.stage())
    .addOption(stackOptions.stack())
    .addOption(options.json())
    .action((flags: ListFlags) =>
      atStack(flags, async (stack) => {
        const { domain, limit } = flags;
        const { items, next } = await stack.drops.list({
          scope: domain === undefined ? 'all' : [domain],
          limit,
        });
        if (items.length === 0 && domain !== undefined) await expectDomain(stack, domain);
        if (flags.json === true) process.stdout.write(`${JSON.stringify({ items, more: next !== null })}\n`);
        else process.stdout.write(formatList(items, next !== null, limit));
      }),
    );
}

function formatList(items: readonly DropStatus[], isMore: boolean, limit: number): string {
  if (items.length === 0) return 'nothing was dropped yet: assay drop FILE\n';
  const rows = items.map((status) => {
    const { id, domain, receivedAt, key, summary } = status;
    const flagged = summary === null ? '' : formatCount(summary.flagged);
    const scored = summary === null ? '' : formatCount(summary.scored);
    return [
      id,
      domain,
      formatState(status),
      receivedAt.slice(0, 19).replace('T', ' '),
      scored,
      flagged,
      [fileName(key), ...remarks(status)].join(': '),
    ];
  });
  const table = textTable(
    [
      { head: 'drop' },
      { head: 'domain' },
      { head: 'state' },
      { head: 'received (UTC)' },
      { head: 'scored', align: 'right' },
      { head: 'flagged', align: 'right' },
      { head: 'file' },
    ],
    rows,
    process.stdout.columns ?? Number.POSITIVE_INFINITY,
  );
  return isMore ? `${table}… and more: --limit ${2 * limit}\n` : table;
}

/** Why it failed; else how much is to be read under `show`. */
function remarks({ reason, warnings }: DropStatus): string[] {
  if (reason !== null) return [reason];
  return warnings.length === 0 ? [] : [countOf(warnings.length, 'warning')];
}

function addShow(drops: Command): void {
  drops
    .command('show')
    .description('all that is known of a drop')
    .argument('<id>', 'its id (d-…)')
    .option('--follow', 'wait until it is scored')
    .addOption(stackOptions.stage())
    .addOption(stackOptions.stack())
    .addOption(options.json())
    .addOption(options.quiet())
    .action((id: string, flags: ShowFlags) =>
      atStack(flags, async (stack) => {
        const found = await findDrop(stack, id);
        const status = flags.follow === true ? await followToEnd(stack, id, flags.quiet) : found;
        const nameOf = await stack.people.namesOf(status.by === null ? [] : [status.by]);
        process.stdout.write(
          flags.json === true
            ? `${JSON.stringify(status)}\n`
            : formatDrop(status, resultsOf(stack, status), nameOf),
        );
        if (flags.follow === true && status.state === 'failed')
          throw new InputError(`${id} failed: ${status.reason}`);
      }),
    );
}

function addDownload(drops: Command): void {
  drops
    .command('download')
    .description('results, records, decisions and proof of a drop as a run folder')
    .argument('<id>', 'its id (d-…)')
    .requiredOption('--out <dir>', 'folder for the run; must not hold another')
    .addOption(stackOptions.stage())
    .addOption(stackOptions.stack())
    .addOption(options.json())
    .addOption(options.quiet())
    .action((id: string, flags: DownloadFlags) => atStack(flags, (stack) => download(stack, id, flags)));
}

async function download(stack: DeployedStack, id: string, flags: DownloadFlags): Promise<void> {
  const { state, domain, reason, results, model } = await findDrop(stack, id);
  // A drop of which every record was rejected failed, and left its rejects.
  if (state !== 'done' && !(state === 'failed' && results !== null)) {
    throw new InputError(
      state === 'failed'
        ? `${id} failed, and left no results: ${reason}`
        : `${id} is not done yet: it is ${state}; wait with: assay drops show ${id} --follow`,
    );
  }
  const at = new Date().toISOString();
  const data = { file: '*', personal: hasPersonalData(await stack.personal.personalData(domain, model)) };
  const act = { event: 'file_fetched', actor: await stack.caller(), subject: id, at, data } as const;
  await stack.personal.recordRead(domain, act);
  const { run, past } = await withProgress(flags.quiet, async (progress) => {
    const history = await stack.history.entries(domain);
    const threads = availableParallelism();
    return fetchRun(
      { data: stack.data, audit: stack.audit, history, threads, progress },
      { id, domain },
      flags.out,
    );
  });
  const { findings } = stack;
  for (const { key, message } of findings) process.stderr.write(`assay: audit bucket: ${key}: ${message}\n`);
  if (flags.json === true) {
    process.stdout.write(`${JSON.stringify({ drop: id, out: run.path, past, findings })}\n`);
    return;
  }
  const lines = [
    `flags        ${run.flags}`,
    `report       ${run.report}`,
    `proof        assay verify ${run.audit}`,
    `why          assay explain --run ${run.path} --record …`,
  ];
  process.stdout.write(lines.map((line) => `${line}\n`).join(''));
}

async function findDrop(stack: DeployedStack, id: string): Promise<DropStatus> {
  const found = await stack.drops.get(id);
  if (found !== null) return found;
  throw new InputError(`the stack ${stack.name} knows no drop ${id}: assay drops lists them`);
}
