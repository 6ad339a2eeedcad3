import { type Command, Option } from 'commander';
import { type ShownCase, showCases } from '../api/show-case.ts';
import { CASE_STATUSES, type Case, type CaseStatus, type CaseView } from '../cases/case.ts';
import { SEVERITIES } from '../decisions/flag-item.ts';
import { formatScore } from '../report/format-number.ts';
import type { LearningStack } from '../services/learning-stack.ts';
import { expectDomain } from './expect-domain.ts';
import { options, wholeNumber } from './options.ts';
import {
  atLearningStack,
  awsHelp,
  type ShowsRecords,
  type StackFlags,
  stackOptions,
} from './stack-options.ts';
import { textTable } from './text-table.ts';

interface CasesFlags extends StackFlags, ShowsRecords {
  domain: string;
  view: 'act' | 'look' | 'mine' | 'decided' | 'all';
  rule?: string;
  severity?: string;
  status?: CaseStatus;
  limit: number;
  as?: string;
  json?: boolean;
}

const VIEWS: Readonly<Record<Exclude<CasesFlags['view'], 'mine'>, readonly CaseView[]>> = {
  act: ['act'],
  look: ['look'],
  decided: ['decided'],
  all: ['act', 'look', 'snoozed', 'decided'],
};
const PAGE = 100;

/** `assay cases`: what there is to work on, the most urgent first. */
export function addCases(program: Command): void {
  program
    .command('cases')
    .description('cases of a deployed stack: the flags of an entity as one, the most urgent first')
    .requiredOption('--domain <name>', 'whose cases')
    .addOption(
      new Option('--view <view>', 'to act on, to look at, your own, decided, or all')
        .choices(['act', 'look', 'mine', 'decided', 'all'])
        .default('act'),
    )
    .option('--rule <id>', 'a rule that an open flag meets')
    .addOption(
      new Option('--severity <severity>', 'of the most severe rule met').choices(
        SEVERITIES.map((one) => one ?? 'none'),
      ),
    )
    .addOption(new Option('--status <status>', 'how it stands').choices(CASE_STATUSES))
    .option('--limit <n>', 'so many at most', wholeNumber('--limit', 1), 20)
    .addOption(stackOptions.showPersonal())
    .addOption(stackOptions.as())
    .addOption(stackOptions.stage())
    .addOption(stackOptions.stack())
    .addOption(options.json())
    .addHelpText(
      'after',
      `\nExample:\n  $ assay cases --domain finance --severity high\n  $ assay case next --domain finance\n${awsHelp}`,
    )
    .action((flags: CasesFlags) => atLearningStack(flags, (stack) => list(stack, flags)));
}

async function list(stack: LearningStack, flags: CasesFlags): Promise<void> {
  await expectDomain(stack, flags.domain);
  const by = await stack.caller(flags.as);
  const now = new Date().toISOString();
  const { items, isMore } = await collect(stack, flags, { by, at: now });
  const route = 'assay cases';
  const reading = { actor: by, pii: flags.showPersonal === true, route, subject: route };
  const shown = await showCases(stack, reading, items, now);
  if (flags.json === true) process.stdout.write(`${JSON.stringify({ items: shown, more: isMore })}\n`);
  else
    process.stdout.write(`${caseTable(shown)}${isMore ? `… and more: --limit ${10 * flags.limit}\n` : ''}`);
}

async function collect(
  stack: LearningStack,
  { domain, view, rule, severity, status, limit }: CasesFlags,
  actor: { readonly by: string; readonly at: string },
): Promise<{ items: Case[]; isMore: boolean }> {
  if (view === 'mine') {
    const own = await stack.cases.ownCases([domain], actor);
    return { items: own.slice(0, limit), isMore: own.length > limit };
  }
  const filter = {
    ...(rule !== undefined && { rule }),
    ...(severity !== undefined && {
      severityRank: SEVERITIES.findIndex((one) => (one ?? 'none') === severity),
    }),
    ...(status !== undefined && { status }),
  };
  const items: Case[] = [];
  let before: string | null = null;
  do {
    const page = await stack.caseQueue.list({
      ...{ domains: [domain], views: VIEWS[view], filter, now: actor.at },
      limit: Math.min(PAGE, limit - items.length),
      ...(before !== null && { before }),
    });
    items.push(...page.items);
    before = page.last;
  } while (before !== null && items.length < limit);
  return { items, isMore: before !== null };
}

export function caseTable(cases: readonly ShownCase[]): string {
  if (cases.length === 0) return 'no cases like that\n';
  const rows = cases.map((one) => [
    one.severity ?? '–',
    formatScore(one.score),
    one.status.replace('_', ' '),
    one.id,
    one.entity ?? '–',
    `${one.flags.open}/${one.flags.total}`,
    `${one.due_at.slice(0, 10)}${one.overdue ? ' overdue' : ''}`,
    one.top_flag.groups[0]?.words ?? one.rules.join(', '),
  ]);
  const heads = ['rule', 'score', 'status', 'case', 'entity', 'flags', 'due', 'why'];
  return textTable(
    heads.map((head) => ({ head })),
    rows,
    process.stdout.columns ?? Number.POSITIVE_INFINITY,
  );
}
