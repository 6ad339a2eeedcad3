import type { Command } from 'commander';
import type { ActsLog } from '../audit/verify-acts.ts';
import { verifyActs } from '../audit/verify-acts.ts';
import { InputError } from '../errors.ts';
import { countOf } from '../report/format-number.ts';
import { checkSignatures } from '../services/check-signatures.ts';
import type { DeployedStack } from '../services/deployed-stack.ts';
import { options } from './options.ts';
import { atStack, type StackFlags, stackOptions } from './stack-options.ts';

interface SignaturesFlags extends StackFlags {
  domain: string;
  json?: boolean;
}

/** `assay audit signatures`: each signed verdict against the record that it was signed on. */
export function addSignatures(
  audit: Command,
  actsOf: (stack: DeployedStack, domain: string) => Promise<ActsLog>,
): void {
  audit
    .command('signatures')
    .description('check that each signature is of its verdict on its record: moved or changed, it is named')
    .requiredOption('--domain <name>', 'the domain whose verdicts they are')
    .addOption(stackOptions.stage())
    .addOption(stackOptions.stack())
    .addOption(options.json())
    .action((flags: SignaturesFlags) => atStack(flags, (stack) => check(stack, flags, actsOf)));
}

async function check(
  stack: DeployedStack,
  { domain, json }: SignaturesFlags,
  actsOf: (stack: DeployedStack, domain: string) => Promise<ActsLog>,
): Promise<void> {
  const log = await actsOf(stack, domain);
  const broken = (await verifyActs(log)).problems;
  if (broken.length > 0)
    throw new InputError(
      `${domain}: the log itself has ${countOf(broken.length, 'problem')}: assay audit verify --domain ${domain}`,
    );
  const { checked, problems } = await checkSignatures(stack.signatures, domain, log);
  if (json === true)
    process.stdout.write(`${JSON.stringify({ ok: problems.length === 0, domain, checked, problems })}\n`);
  else
    for (const { flag, place, kind, message } of problems)
      process.stdout.write(`flag ${flag}, review ${place}: ${kind.replaceAll('_', ' ')}: ${message}\n`);
  if (problems.length > 0)
    throw new InputError(
      `${domain}: ${countOf(problems.length, 'problem')} in ${countOf(checked, 'signature')}`,
    );
  if (json !== true)
    process.stdout.write(`${domain}: ${countOf(checked, 'signature')}, each of its verdict on its record\n`);
}
