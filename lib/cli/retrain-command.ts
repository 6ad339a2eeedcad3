import { setTimeout as wait } from 'node:timers/promises';
import type { Command } from 'commander';
import { InputError, UsageError } from '../errors.ts';
import type { RetrainingStatus } from '../retraining/retraining-status.ts';
import type { LearningStack } from '../services/learning-stack.ts';
import { expectDomain } from './expect-domain.ts';
import { followRetraining } from './follow-retraining.ts';
import { options } from './options.ts';
import { atLearningStack, awsHelp, type StackFlags, stackOptions } from './stack-options.ts';
import { withProgress } from './with-progress.ts';

interface RetrainFlags extends StackFlags {
  domain: string;
  cancel?: string;
  reason?: string;
  follow?: boolean;
  as?: string;
  quiet?: boolean;
  json?: boolean;
}

/** `assay retrain`: a challenger trained in a deployed stack from what was learned since. */
export function addRetrain(program: Command): void {
  program
    .command('retrain')
    .description('train a challenger in a deployed stack, from its records and reviews')
    .requiredOption('--domain <name>', 'whose model')
    .option('--cancel <id>', 'end one that is under way; needs --reason')
    .option('--reason <text>', 'why it is cancelled, for the audit log')
    .option('--follow', 'wait until it has ended, or waits for approval')
    .addOption(stackOptions.as())
    .addOption(stackOptions.stage())
    .addOption(stackOptions.stack())
    .addOption(options.json())
    .addOption(options.quiet())
    .addHelpText(
      'after',
      `\nExample:\n  $ assay retrain --domain finance --follow\n  $ assay retrain --domain finance --cancel r-018f… --reason "Labels of May were wrong"\n${awsHelp}`,
    )
    .action((flags: RetrainFlags) =>
      atLearningStack(flags, async (stack) => {
        const status = await retrain(stack, flags);
        process.stdout.write(flags.json === true ? `${JSON.stringify(status)}\n` : inWords(status));
        if (isFailure(status)) throw new InputError(`${status.id} ended: ${status.reason}`);
      }),
    );
}

async function retrain(stack: LearningStack, flags: RetrainFlags): Promise<RetrainingStatus> {
  const { domain, follow, quiet, as } = flags;
  const person = await stack.caller(as);
  await expectDomain(stack, domain);
  if (flags.cancel !== undefined) return await cancel(stack, flags.cancel, person, flags);
  const id = await stack.startRetraining(domain, person);
  const look = async (): Promise<RetrainingStatus> => (await stack.retrainings.get(id))!;
  if (follow !== true) return await look();
  return await withProgress(quiet, (progress) =>
    followRetraining({ look, progress, now: Date.now, wait: async (ms) => void (await wait(ms)) }),
  );
}

async function cancel(
  stack: LearningStack,
  id: string,
  by: string,
  { domain, reason }: RetrainFlags,
): Promise<RetrainingStatus> {
  if (reason === undefined) throw new UsageError('--cancel needs --reason <text>: why, for the audit log');
  if ((await stack.retrainings.get(id))?.domain !== domain)
    throw new InputError(`there is no retraining ${id} of ${domain}`);
  await stack.cancelRetraining({ id, by, reason });
  return (await stack.retrainings.get(id))!;
}

/** An end that leaves the present model in place is no failure, but the one that is an error. */
function isFailure({ state }: RetrainingStatus): boolean {
  return state === 'failed';
}

function inWords({ id, domain, state, reason, challenger }: RetrainingStatus): string {
  const head = `${id}  ${state.replaceAll('_', ' ')}${reason === null ? '' : `: ${reason}`}\n`;
  if (state === 'running') return `${head}go on with      assay models --domain ${domain}\n`;
  if (state !== 'awaiting_approval' || challenger === null) return head;
  return `${head}look at it      assay models show ${challenger} --domain ${domain}\ndecide          assay models approve ${challenger} --domain ${domain} --reason …\n`;
}
