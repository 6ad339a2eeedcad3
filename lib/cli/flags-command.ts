import { type Command, Option } from 'commander';
import { showRecords } from '../api/personal-data.ts';
import { shownReview } from '../api/reviews.ts';
import type { FlagFilter } from '../aws/flag-query.ts';
import { FLAG_STATUSES, type FlagStatus, type FlagSummary, SEVERITIES } from '../decisions/flag-item.ts';
import { UsageError } from '../errors.ts';
import { inParallel } from '../in-parallel.ts';
import { formatScore } from '../report/format-number.ts';
import type { DeployedStack } from '../services/deployed-stack.ts';
import { expectDomain } from './expect-domain.ts';
import { options, wholeNumber } from './options.ts';
import { atStack, awsHelp, type ShowsRecords, type StackFlags, stackOptions } from './stack-options.ts';
import { textTable } from './text-table.ts';

interface FlagsFlags extends StackFlags, ShowsRecords {
  open?: boolean;
  status?: FlagStatus;
  domain?: string;
  severity?: NonNullable<FlagFilter['severity']>;
  minScore?: number;
  entity?: string;
  drop?: string;
  limit: number;
  reviews?: boolean;
  json?: boolean;
}

/** The most that one question to the table is asked for. */
const PAGE = 200;
const CONCURRENCY = 16;

/** `assay flags`: what a deployed stack has flagged, the most severe first. */
export function addFlags(program: Command): void {
  program
    .command('flags')
    .description('what a deployed stack has flagged: the most severe rule first, then the highest score')
    .option('--open', 'not reviewed yet; the same as --status open')
    .addOption(new Option('--status <status>', 'what the review said').choices(FLAG_STATUSES))
    .option('--domain <name>', 'only of this domain')
    .addOption(
      new Option('--severity <severity>', 'of the most severe rule met').choices(
        SEVERITIES.map((one) => one ?? 'none'),
      ),
    )
    .option('--min-score <score>', 'from this score on', scoreOf)
    .option('--entity <id>', 'account, batch, …: as the domain has it')
    .option('--drop <id>', 'only of this drop')
    .option('--limit <n>', 'so many at most', wholeNumber('--limit', 1), 20)
    .option('--reviews', 'with --json: each with its verdicts, and the signatures of those')
    .addOption(stackOptions.showPersonal())
    .addOption(stackOptions.stage())
    .addOption(stackOptions.stack())
    .addOption(options.json())
    .addHelpText(
      'after',
      `\nExample:\n  $ assay flags --open --domain finance --severity high\n  $ assay flag 3f5a…\n${awsHelp}`,
    )
    .action((flags: FlagsFlags) => {
      const filter = filterOf(flags);
      return atStack(flags, async (stack) => {
        const { items: found, isMore } = await collect(stack, filter, flags.limit);
        const items = await showFlags(stack, found, flags);
        if (items.length === 0 && flags.domain !== undefined) await expectDomain(stack, flags.domain);
        const written = flags.reviews === true ? await withReviews(stack, items) : items;
        if (flags.json === true)
          process.stdout.write(`${JSON.stringify({ items: written, more: isMore })}\n`);
        else process.stdout.write(inWords(items, isMore, flags));
      });
    });
}

async function showFlags(
  stack: DeployedStack,
  flags: readonly FlagSummary[],
  { showPersonal = false }: ShowsRecords,
): Promise<FlagSummary[]> {
  const actor = showPersonal ? await stack.caller() : '';
  const reading = { actor, pii: showPersonal, route: 'assay flags', subject: 'assay flags' };
  const records = flags.map((body) => ({ domain: body.domain, model: body.model, id: body.flag, body }));
  return await showRecords(stack.personal, reading, records);
}

/** A signature is shown wherever its record is (21 CFR 11.50). */
async function withReviews({ signatures }: DeployedStack, items: readonly FlagSummary[]) {
  const found = await signatures.flags(items.map(({ flag }) => flag));
  const flags = new Map(found.map((flag) => [flag.flag, flag]));
  return await inParallel(items, CONCURRENCY, async (item) => {
    const reviews = await signatures.reviewsOf(item.flag);
    return { ...item, reviews: reviews.map((one) => shownReview(one, flags.get(item.flag))) };
  });
}

function filterOf(flags: FlagsFlags): FlagFilter {
  const { open, status, domain, severity, minScore, entity, drop, reviews, json } = flags;
  if (reviews === true && json !== true) throw new UsageError('--reviews goes with --json');
  if (open === true && status !== undefined && status !== 'open')
    throw new UsageError(`--open and --status ${status} contradict each other`);
  return {
    ...(open === true ? { status: 'open' } : status !== undefined && { status }),
    scope: domain === undefined ? 'all' : [domain],
    ...(severity !== undefined && { severity }),
    ...(minScore !== undefined && { minScore }),
    ...(entity !== undefined && { entity }),
    ...(drop !== undefined && { drop }),
  };
}

async function collect(
  { flags }: DeployedStack,
  filter: FlagFilter,
  limit: number,
): Promise<{ items: FlagSummary[]; isMore: boolean }> {
  const items: FlagSummary[] = [];
  let before: string | undefined;
  do {
    const page = await flags.query({
      ...filter,
      limit: Math.min(PAGE, limit - items.length),
      ...(before !== undefined && { before }),
    });
    items.push(...page.items);
    before = page.next ?? undefined;
  } while (before !== undefined && items.length < limit);
  return { items, isMore: before !== undefined };
}

function inWords(items: readonly FlagSummary[], isMore: boolean, { limit, drop }: FlagsFlags): string {
  if (items.length === 0) {
    // What is decided first stays: the same record delivered again has its flag already.
    const elsewhere = '; what an earlier drop flagged already stands under that one';
    return `no flags like that${drop === undefined ? '' : elsewhere}\n`;
  }
  const rows = items.map((flag) => [
    flag.severity ?? '–',
    formatScore(flag.score),
    flag.status.replace('_', ' '),
    flag.flag,
    flag.record_id,
    flag.entity ?? '–',
    flag.time?.slice(0, 10) ?? '–',
    flag.reasons[0] ?? flag.rules.join(', '),
  ]);
  const table = textTable(
    [
      { head: 'rule' },
      { head: 'score' },
      { head: 'status' },
      { head: 'flag' },
      { head: 'record' },
      { head: 'entity' },
      { head: 'time' },
      { head: 'why' },
    ],
    rows,
    process.stdout.columns ?? Number.POSITIVE_INFINITY,
  );
  return isMore ? `${table}… and more: --limit ${10 * limit}\n` : table;
}

function scoreOf(text: string): number {
  const value = Number(text);
  if (text.trim() === '' || !(value >= 0 && value <= 1))
    throw new UsageError(`--min-score takes a number from 0 to 1, not "${text}"`);
  return value;
}
