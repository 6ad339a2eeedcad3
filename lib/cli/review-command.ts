import { type Command, Option } from 'commander';
import type { FlagStatus } from '../decisions/flag-item.ts';
import { InputError } from '../errors.ts';
import { ReviewRefused, StaleVersion } from '../reviews/apply-review.ts';
import { readReview } from '../reviews/read-review.ts';
import { VERDICTS, type Verdict } from '../reviews/review.ts';
import type { LearningStack } from '../services/learning-stack.ts';
import { options, wholeNumber } from './options.ts';
import { atLearningStack, awsHelp, type StackFlags, stackOptions } from './stack-options.ts';

export interface VerdictFlags extends StackFlags {
  verdict: Verdict;
  reason: string;
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
    .requiredOption('--reason <text>', 'why: 3 to 2,000 characters')
    .option('--note <text>', 'anything more')
    .addOption(stackOptions.as())
    .addOption(stackOptions.stage())
    .addOption(stackOptions.stack())
    .addOption(options.json());
}

async function review(
  stack: LearningStack,
  id: string,
  { verdict, reason, note, seen, as }: ReviewFlags,
): Promise<{ status: FlagStatus; version: number }> {
  const by = await stack.caller(as);
  const flag = await stack.flags.get(id);
  if (flag === null) throw new InputError(`the stack ${stack.name} has no flag ${id}: see assay flags`);
  const body = { verdict, reason, version: seen ?? flag.version, ...(note !== undefined && { note }) };
  const draft = readReview(body, 'open');
  const { policy } = await stack.reviewRules(flag.domain);
  if (policy.signature === 'required')
    throw new InputError(
      `verdicts of the domain ${flag.domain} are signed: give them by the console or the API`,
    );
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
