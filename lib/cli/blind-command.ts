import type { Command } from 'commander';
import { showRecords } from '../api/personal-data.ts';
import { InputError } from '../errors.ts';
import { DEFAULT_REVIEW_POLICY } from '../packs/review-policy.ts';
import { ReviewRefused } from '../reviews/apply-review.ts';
import type { BlindItem } from '../reviews/below-the-line.ts';
import { readReview } from '../reviews/read-review.ts';
import type { LearningStack } from '../services/learning-stack.ts';
import { expectDomain } from './expect-domain.ts';
import { options, wholeNumber } from './options.ts';
import { addVerdict, listedReason, type VerdictFlags } from './review-command.ts';
import {
  atLearningStack,
  awsHelp,
  type ShowsRecords,
  type StackFlags,
  stackOptions,
} from './stack-options.ts';
import { withoutControls } from './text-table.ts';

interface ListFlags extends StackFlags, ShowsRecords {
  domain: string;
  limit: number;
  as?: string;
  json?: boolean;
}

/** What one page of the queue may hold. */
const A_PAGE = 50;

/** `assay blind`: records to be reviewed without their score, their reasons, or whether they were flagged. */
export function addBlind(program: Command): void {
  const blind = program
    .command('blind')
    .description('records of a deployed stack that wait for a blind review: list, review');
  blind
    .command('list', { isDefault: true })
    .description('those that wait for you, the longest waiting first')
    .requiredOption('--domain <name>', 'whose records')
    .option('--limit <n>', 'so many at most', wholeNumber('--limit', 1), 20)
    .addOption(stackOptions.showPersonal())
    .addOption(stackOptions.as())
    .addOption(stackOptions.stage())
    .addOption(stackOptions.stack())
    .addOption(options.json())
    .action((flags: ListFlags) => atLearningStack(flags, (stack) => list(stack, flags)));
  addVerdict(
    blind
      .command('review')
      .description('give your verdict on one')
      .argument('<id>', 'its id, as assay blind lists it'),
  ).action((id: string, flags: VerdictFlags) => atLearningStack(flags, (stack) => review(stack, id, flags)));
  blind.addHelpText(
    'after',
    `\nExamples:\n  $ assay blind --domain finance\n  $ assay blind review b91f… --verdict false_positive --reason "A salary, as every month"\n${awsHelp}`,
  );
}

async function list(
  stack: LearningStack,
  { domain, limit, as, json, showPersonal: pii = false }: ListFlags,
): Promise<void> {
  await expectDomain(stack, domain);
  const by = await stack.caller(as);
  const items: BlindItem[] = [];
  let after: string | undefined;
  do {
    const query = { domain, by, limit: Math.min(A_PAGE, limit) };
    const page = await stack.blind.list({ ...query, ...(after !== undefined && { after }) });
    items.push(...page.items);
    after = page.next ?? undefined;
  } while (after !== undefined && items.length < limit);
  const route = 'assay blind list';
  const records = items.slice(0, limit).map((item) => ({
    ...{ domain: item.domain, model: null, id: item.item, body: item },
  }));
  const shown = await showRecords(stack.personal, { actor: by, pii, route, subject: route }, records);
  const isMore = after !== undefined || items.length > limit;
  if (json === true) process.stdout.write(`${JSON.stringify({ items: shown.map(asJson), more: isMore })}\n`);
  else process.stdout.write(`${inWords(shown)}${isMore ? `… and more: --limit ${2 * limit}\n` : ''}`);
}

/** As the API returns it. */
function asJson({ item: id, domain, record, queuedAt: queued_at }: BlindItem) {
  return { id, domain, record, queued_at };
}

function inWords(items: readonly BlindItem[]): string {
  if (items.length === 0) return 'no record waits for a blind review by you\n';
  return items
    .map(({ item, queuedAt, record }) => {
      const width = Math.max(12, ...Object.keys(record).map((name) => [...name].length));
      const values = Object.entries(record).map(([name, value]) =>
        withoutControls(`  ${name.padEnd(width)} ${value === null ? '–' : String(value)}`),
      );
      return [`${item}  waits since ${queuedAt.slice(0, 19).replace('T', ' ')} UTC`, ...values, ''].join(
        '\n',
      );
    })
    .join('\n');
}

async function review(
  stack: LearningStack,
  id: string,
  { verdict, reason, reasonCode, note, as, json }: VerdictFlags,
): Promise<void> {
  const domain = reasonCode === undefined ? null : await stack.blind.domainOf(id);
  const { policy } = domain === null ? { policy: DEFAULT_REVIEW_POLICY } : await stack.reviewRules(domain);
  const code = listedReason({ verdict, reason, reasonCode }, policy);
  const sent = { verdict, reason: reason ?? code?.words, ...(note !== undefined && { note }) };
  const draft = { ...readReview(sent, 'blind'), ...(code !== null && { reasonCode: code.code }) };
  const reviewer = { by: await stack.caller(as), at: new Date().toISOString() };
  const made = await stack.reviews.review(id, draft, reviewer).catch((error: unknown) => {
    if (error instanceof ReviewRefused) throw new InputError(error.message, { cause: error });
    throw error;
  });
  if (made === null)
    throw new InputError(`the stack ${stack.name} has no record ${id} up for blind review: see assay blind`);
  await stack.publish(made.events);
  process.stdout.write(
    json === true ? `${JSON.stringify({ id, verdict })}\n` : `${id}  ${verdict.replace('_', ' ')}\n`,
  );
}
