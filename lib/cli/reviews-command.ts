import type { Command } from 'commander';
import { DAY_MS } from '../days.ts';
import { countReviews, type ReviewCounts } from '../reviews/count-reviews.ts';
import type { LearningStack } from '../services/learning-stack.ts';
import { expectDomain } from './expect-domain.ts';
import { options, wholeNumber } from './options.ts';
import { atLearningStack, awsHelp, type StackFlags, stackOptions } from './stack-options.ts';
import { textTable } from './text-table.ts';

interface ReviewsFlags extends StackFlags {
  domain: string;
  days: number;
  json?: boolean;
}

/** `assay reviews`: what verdicts came to, by reason and by rule. */
export function addReviews(program: Command): void {
  program
    .command('reviews')
    .description('counts of verdicts of a deployed stack, by reason and by rule')
    .requiredOption('--domain <name>', 'whose flags')
    .option('--days <n>', 'back from now', wholeNumber('--days', 1), 90)
    .addOption(stackOptions.stage())
    .addOption(stackOptions.stack())
    .addOption(options.json())
    .addHelpText('after', `\nExample:\n  $ assay reviews --domain finance --days 30\n${awsHelp}`)
    .action((flags: ReviewsFlags) => atLearningStack(flags, (stack) => show(stack, flags)));
}

async function show(stack: LearningStack, { domain, days, json }: ReviewsFlags): Promise<void> {
  await expectDomain(stack, domain);
  const from = new Date(Date.now() - days * DAY_MS).toISOString();
  const counts = countReviews(await stack.reviews.reviewedSince(domain, from));
  process.stdout.write(json === true ? `${JSON.stringify({ domain, from, ...counts })}\n` : format(counts));
}

function format({ flags, reasons, rules, withoutRules }: ReviewCounts): string {
  if (flags === 0) return 'no flag was decided in that time\n';
  const width = process.stdout.columns ?? Number.POSITIVE_INFINITY;
  const heads = (names: readonly string[]) => names.map((head) => ({ head }));
  const byRule = textTable(
    heads(['rule', 'true', 'false', 'inconclusive', 'most false positives are']),
    rules.map(({ rule, counts, reasons: own }) => [
      rule ?? 'no rule',
      String(counts.true_positive),
      String(counts.false_positive),
      String(counts.inconclusive),
      own[0] === undefined ? '–' : `${own[0].reasonCode ?? 'written'} (${own[0].count})`,
    ]),
    width,
  );
  const byReason = textTable(
    heads(['verdict', 'reason', 'flags']),
    reasons.map(({ verdict, reasonCode, count }) => [
      verdict.replace('_', ' '),
      reasonCode ?? 'written',
      String(count),
    ]),
    width,
  );
  const left =
    withoutRules === 0 ? '' : `\n${withoutRules} flags were decided before rules were stored with verdicts\n`;
  return `${byRule}\n${byReason}${left}`;
}
