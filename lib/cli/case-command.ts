import type { Command } from 'commander';
import { type ShownCase, showCases } from '../api/show-case.ts';
import type { Case } from '../cases/case.ts';
import { type CaseAct, CaseRefused, StaleCase } from '../cases/case-acts.ts';
import { InputError, UsageError } from '../errors.ts';
import { countOf, formatCount } from '../report/format-number.ts';
import type { LearningStack } from '../services/learning-stack.ts';
import { type ContextFlags, showContext } from './case-context-command.ts';
import { caseTable } from './cases-command.ts';
import { expectDomain } from './expect-domain.ts';
import { options, wholeNumber } from './options.ts';
import {
  atLearningStack,
  atStack,
  awsHelp,
  type ShowsRecords,
  type StackFlags,
  stackOptions,
} from './stack-options.ts';
import { withoutControls } from './text-table.ts';

interface CaseFlags extends StackFlags, ShowsRecords {
  as?: string;
  json?: boolean;
  seen?: number;
}

interface ActFlags extends CaseFlags {
  reason: string;
  until: string;
}

const HOLD_SECONDS = 30 * 60;
const MAX_FLAGS = 100;
const MAX_ACTS = 100;

/** `assay case`: one case of a deployed stack, and what to do with it. */
export function addCase(program: Command): void {
  const command = program
    .command('case')
    .description('a case of a deployed stack: read it, hold it, pass it on');
  common(command.command('show').description('its flags, and what was done with it').argument('<id>'))
    .addOption(stackOptions.showPersonal())
    .action((id: string, flags: CaseFlags) => atLearningStack(flags, (stack) => show(stack, id, flags)));
  common(
    command
      .command('context')
      .description('what is around a flag: the entity’s past, related flags, the smallest change')
      .argument('<id>'),
  )
    .option('--flag <id>', 'which of its flags; without it, the most urgent one')
    .addOption(stackOptions.showPersonal())
    .action((id: string, flags: ContextFlags) =>
      atLearningStack(flags, (stack) => showContext(stack, id, flags)),
    );
  common(command.command('next').description('take the most urgent free case, and hold it for 30 minutes'))
    .requiredOption('--domain <name>', 'of which domain')
    .addOption(stackOptions.showPersonal())
    .action((flags: CaseFlags & { domain: string }) => atLearningStack(flags, (stack) => next(stack, flags)));
  command
    .command('backfill')
    .description(
      'open flags that are older than cases join theirs; once, after an upgrade from a version without cases',
    )
    .requiredOption('--domain <name>', 'of which domain')
    .addOption(stackOptions.stage())
    .addOption(stackOptions.stack())
    .addOption(options.json())
    .action((flags: StackFlags & { domain: string; json?: boolean }) =>
      atStack(flags, async (stack) => {
        await expectDomain(stack, flags.domain);
        const joined = await stack.joinCases(flags.domain);
        process.stdout.write(
          flags.json === true
            ? `${JSON.stringify({ domain: flags.domain, ...joined })}\n`
            : `${flags.domain}: ${countOf(joined.open, 'open flag')}, ${formatCount(joined.joined)} of them joined their case now\n`,
        );
      }),
    );
  act(command, 'claim', 'hold it for 30 minutes, or longer', () => ({
    ...{ act: 'claim', holdSeconds: HOLD_SECONDS },
  }));
  act(command, 'release', 'give up a hold', () => ({ act: 'release' }));
  common(
    command
      .command('assign')
      .description('say whose it is')
      .argument('<id>')
      .argument('<person>', 'an id, or none'),
  )
    .option('--seen <version>', 'of the case that was looked at', wholeNumber('--seen', 1))
    .action((id: string, person: string, flags: CaseFlags) =>
      atLearningStack(flags, (stack) =>
        perform(stack, id, { act: 'assign', assignee: person === 'none' ? null : person }, flags),
      ),
    );
  act(
    command,
    'escalate',
    'pass it on to those who decide on hard ones',
    ({ reason }) => ({ act: 'escalate', reason }),
    ['reason'],
  );
  act(
    command,
    'snooze',
    'put it off until a time; a new flag wakes it earlier',
    ({ reason, until }) => ({ act: 'snooze', reason, until }),
    ['reason', 'until'],
  );
  act(command, 'reopen', 'put it back into the queue', ({ reason }) => ({ act: 'reopen', reason }), [
    'reason',
  ]);
  command.addHelpText(
    'after',
    `\nExamples:\n  $ assay case next --domain finance\n  $ assay case snooze 3f5a… --until 2026-12-01 --reason "Papers are asked for"\n${awsHelp}`,
  );
}

function common(command: Command): Command {
  return command
    .addOption(stackOptions.as())
    .addOption(stackOptions.stage())
    .addOption(stackOptions.stack())
    .addOption(options.json());
}

function act(
  parent: Command,
  name: string,
  description: string,
  actOf: (flags: ActFlags) => CaseAct,
  needs: readonly ('reason' | 'until')[] = [],
): void {
  const command = common(parent.command(name).description(description).argument('<id>')).option(
    '--seen <version>',
    'of the case that was looked at; without it, as it is',
    wholeNumber('--seen', 1),
  );
  if (needs.includes('reason'))
    command.requiredOption('--reason <text>', 'why: 3 to 2,000 characters', reasonOf);
  if (needs.includes('until')) command.requiredOption('--until <time>', 'a day or a time, in UTC', timeOf);
  command.action((id: string, flags: ActFlags) =>
    atLearningStack(flags, (stack) => perform(stack, id, actOf(flags), flags)),
  );
}

async function perform(stack: LearningStack, id: string, what: CaseAct, flags: CaseFlags): Promise<void> {
  const actor = { by: await stack.caller(flags.as), at: new Date().toISOString() };
  const seen = flags.seen === undefined ? {} : { seen: flags.seen };
  const changed = await stack.desk.act(id, what, actor, seen).catch((error: unknown) => {
    if (error instanceof CaseRefused || error instanceof StaleCase)
      throw new InputError(error.message, { cause: error });
    throw error;
  });
  if (changed === null) throw noCase(stack, id);
  await stack.publish(changed.events);
  await write(stack, changed.case, flags, actor);
}

async function next(stack: LearningStack, flags: CaseFlags & { domain: string }): Promise<void> {
  await expectDomain(stack, flags.domain);
  const actor = { by: await stack.caller(flags.as), at: new Date().toISOString() };
  const wanted = { domains: [flags.domain], holdSeconds: HOLD_SECONDS };
  const taken = await stack.caseQueue.takeNext(stack.desk, wanted, actor);
  if (taken === null) {
    process.stdout.write(flags.json === true ? `${JSON.stringify({ case: null })}\n` : 'no case is free\n');
    return;
  }
  await stack.publish(taken.events);
  await write(stack, taken.case, flags, actor);
}

async function show(stack: LearningStack, id: string, flags: CaseFlags): Promise<void> {
  const one = await stack.cases.get(id);
  if (one === null) throw noCase(stack, id);
  const [open, history] = await Promise.all([
    stack.cases.openFlags(id, MAX_FLAGS),
    stack.cases.history(id, MAX_ACTS),
  ]);
  const shown = await shownCase(stack, one, flags, await stack.caller(flags.as));
  if (flags.json === true) {
    process.stdout.write(
      `${JSON.stringify({ ...shown, open_flags: open, history: history.map(({ salt: _, ...act }) => act) })}\n`,
    );
    return;
  }
  const lines = [
    ...open.map((flag) => `open flag    ${flag}`),
    ...history.map(({ at, act: what, by, reason = '' }) => `${at}  ${what} by ${by} ${reason}`.trimEnd()),
  ];
  process.stdout.write(`${caseTable([shown])}${lines.map((line) => `${withoutControls(line)}\n`).join('')}`);
}

async function write(
  stack: LearningStack,
  one: Case,
  flags: CaseFlags,
  actor: { readonly by: string },
): Promise<void> {
  const shown = await shownCase(stack, one, flags, actor.by);
  process.stdout.write(flags.json === true ? `${JSON.stringify({ case: shown })}\n` : caseTable([shown]));
}

async function shownCase(
  stack: LearningStack,
  one: Case,
  { showPersonal: pii = false }: CaseFlags,
  actor: string,
): Promise<ShownCase> {
  const reading = { actor, pii, route: 'assay case', subject: one.id };
  const [shown] = await showCases(stack, reading, [one], new Date().toISOString());
  return shown!;
}

function noCase({ name }: LearningStack, id: string): InputError {
  return new InputError(
    `the stack ${name} has no case ${id}: an id is 32 hex digits, as assay cases lists them`,
  );
}

function reasonOf(text: string): string {
  const reason = text.trim();
  if ([...reason].length >= 3 && [...reason].length <= 2_000) return reason;
  throw new UsageError(`--reason takes 3 to 2,000 characters, not ${[...reason].length}`);
}

function timeOf(text: string): string {
  const time = Date.parse(text);
  if (/^\d{4}-\d\d-\d\d/.test(text) && !Number.isNaN(time)) return new Date(time).toISOString();
  throw new UsageError(`--until takes a day or a time such as 2026-12-01, not "${text}"`);
}
