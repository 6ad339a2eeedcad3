import { type Command, Option } from 'commander';
import { Problem } from '../api/problem.ts';
import { readCode } from '../api/read-verdict.ts';
import { caseIdOf } from '../cases/case.ts';
import type { FlagItem, FlagStatus } from '../decisions/flag-item.ts';
import { InputError, UsageError } from '../errors.ts';
import type { ReviewPolicy, ReviewReason } from '../packs/review-policy.ts';
import { ReviewRefused, StaleVersion } from '../reviews/apply-review.ts';
import { readReview } from '../reviews/read-review.ts';
import { VERDICTS, type Verdict } from '../reviews/review.ts';
import type { LearningStack } from '../services/learning-stack.ts';
import { options, wholeNumber } from './options.ts';
import { atLearningStack, awsHelp, type StackFlags, stackOptions } from './stack-options.ts';

export interface VerdictFlags extends StackFlags {
  verdict: Verdict;
  reason?: string;
  reasonCode?: string;
  note?: string;
  as?: string;
  json?: boolean;
}

interface ReviewFlags extends VerdictFlags {
  seen?: number;
}

/** `assay review`: what an officer decides about a flag of a deployed stack. */
export function addReview(program: Command): void {
  addVerdict(
    program
      .command('review')
      .description('review a flag of a deployed stack')
      .argument('<id>', 'its id, as assay flags lists it'),
  )
    .option(
      '--seen <version>',
      'of the flag that was looked at; without it, the one that stands',
      wholeNumber('--seen', 1),
    )
    .addHelpText(
      'after',
      `\nExample:\n  $ assay review 3f5a… --verdict false_positive --reason "A salary, as every month"\n${awsHelp}`,
    )
    .action((id: string, flags: ReviewFlags) =>
      atLearningStack(flags, async (stack) => {
        const { status, version } = await review(stack, id, flags);
        process.stdout.write(
          flags.json === true
            ? `${JSON.stringify({ flag: id, status, version })}\n`
            : `${id}  ${status.replace('_', ' ')} (version ${version})\n`,
        );
      }),
    );
}

/** What every review takes. */
export function addVerdict(command: Command): Command {
  return command
    .addOption(
      new Option('--verdict <verdict>', 'what it turned out to be').choices(VERDICTS).makeOptionMandatory(),
    )
    .option('--reason <text>', 'why: 3 to 2,000 characters; not needed with a code')
    .option('--reason-code <code>', 'one of those that the domain lists for the verdict')
    .option('--note <text>', 'anything more')
    .addOption(stackOptions.as())
    .addOption(stackOptions.stage())
    .addOption(stackOptions.stack())
    .addOption(options.json());
}

async function review(
  stack: LearningStack,
  id: string,
  { verdict, reason, reasonCode, note, seen, as }: ReviewFlags,
): Promise<{ status: FlagStatus; version: number }> {
  const by = await stack.caller(as);
  const flag = await stack.flags.get(id);
  if (flag === null) throw new InputError(`the stack ${stack.name} has no flag ${id}: see assay flags`);
  const { policy } = await stack.reviewRules(flag.domain);
  if (policy.signature === 'required') throw signsElsewhere(stack, flag);
  const code = listedReason({ verdict, reason, reasonCode }, policy);
  const body = {
    ...{ verdict, reason: reason ?? code?.words, version: seen ?? flag.version },
    ...(note !== undefined && { note }),
  };
  const draft = {
    ...readReview(body, 'open'),
    ...(code !== null && { reasonCode: code.code }),
  };
  const terms = { fourEyes: policy.fourEyes };
  const at = new Date().toISOString();
  const made = await stack.reviews.review(id, draft, { by, at }, terms).catch((error: unknown) => {
    if (error instanceof ReviewRefused) throw new InputError(error.message, { cause: error });
    if (error instanceof StaleVersion)
      throw new InputError(`${error.message}: assay flag ${id}`, { cause: error });
    throw error;
  });
  const { version, status, events } = made!;
  await stack.publish(events);
  return { status, version };
}

/** Null: none was named. */
export function listedReason(
  {
    verdict,
    reason,
    reasonCode,
  }: Pick<VerdictFlags, 'verdict'> & {
    readonly reason?: string | undefined;
    readonly reasonCode?: string | undefined;
  },
  policy: ReviewPolicy,
): ReviewReason | null {
  if (reason === undefined && reasonCode === undefined)
    throw new UsageError('a verdict needs a reason: --reason, or --reason-code with one that is listed');
  try {
    return readCode({ verdict, reason_code: reasonCode }, policy);
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    throw new InputError(
      `--reason-code ${reasonCode}: ${error.faults.map(({ detail }) => detail).join('; ')}`,
      {
        cause: error,
      },
    );
  }
}

/** A signature needs a fresh sign-in of a person, which AWS credentials are not. */
function signsElsewhere({ consoleUrl }: LearningStack, { domain, entity, flag }: FlagItem): InputError {
  const path = `/${domain}/cases/${caseIdOf(domain, entity, flag)}?flag=${flag}`;
  const where =
    consoleUrl === null
      ? 'POST /v1/flags/{id}/reviews with `signature` and the token of a fresh sign-in'
      : `open ${consoleUrl.replace(/\/$/, '')}${path}`;
  return new InputError(
    `verdicts of the domain ${domain} are signed by a fresh sign-in, which AWS credentials are not: ${where}`,
  );
}
