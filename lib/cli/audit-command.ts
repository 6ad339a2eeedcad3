import type { Command } from 'commander';
import { readActsFolder, writeActsFolder } from '../audit/acts-folder.ts';
import { type ActsLog, type ActsVerdict, verifyActs } from '../audit/verify-acts.ts';
import { InputError, UsageError } from '../errors.ts';
import { countOf } from '../report/format-number.ts';
import type { DeployedStack } from '../services/deployed-stack.ts';
import { formatVerifierKey } from '../tlog/note-key.ts';
import { expectDomain } from './expect-domain.ts';
import { headOption, options } from './options.ts';
import { addSignatures } from './signatures-command.ts';
import { atStack, awsHelp, type StackFlags, stackOptions } from './stack-options.ts';

interface DownloadFlags extends StackFlags {
  domain: string;
  out: string;
  json?: boolean;
}

interface VerifyFlags extends StackFlags {
  domain?: string;
  head?: string;
  json?: boolean;
}

/** `assay audit`: the log of what people and the system did to a domain, fetched from a stack and checked. */
export function addAudit(program: Command): void {
  const audit = program
    .command('audit')
    .description('the log of acts of a domain (reviews, approvals, promotions): download, verify, key');
  addDownload(audit);
  addKey(audit);
  addVerify(audit);
  addSignatures(audit, actsOf);
  audit.addHelpText(
    'after',
    `\nExamples:\n  $ assay audit verify --domain finance\n  $ assay audit download --domain finance --out acts\n  $ assay audit verify acts\n  $ assay audit signatures --domain pharma\n${awsHelp}`,
  );
}

function addDownload(audit: Command): void {
  audit
    .command('download')
    .description('the sealed parts of the log and the live log, as a folder')
    .requiredOption('--domain <name>', 'the domain whose log it is')
    .requiredOption('--out <dir>', 'folder for the log; must not hold another')
    .addOption(stackOptions.stage())
    .addOption(stackOptions.stack())
    .addOption(options.json())
    .action((flags: DownloadFlags) =>
      atStack(flags, async (stack) => {
        const { domain, out } = flags;
        const log = await actsOf(stack, domain);
        const { segments, live, findings } = log;
        if (segments.length === 0 && live?.head.entries === 0)
          throw new InputError(`the log of acts of ${domain} is empty: no one has done anything there yet`);
        await writeActsFolder(out, domain, log);
        const facts = { segments: segments.length, entries: live?.head.entries ?? 0, head: live?.head.hash };
        for (const { key, message } of findings)
          process.stderr.write(`assay: audit bucket: ${key}: ${message}\n`);
        process.stdout.write(
          flags.json === true
            ? `${JSON.stringify({ domain, out, ...facts, findings })}\n`
            : `${out}: ${countOf(facts.entries, 'entry', 'entries')}, ${countOf(facts.segments, 'sealed part')}; check them with: assay audit verify ${out}\n`,
        );
      }),
    );
}

function addKey(audit: Command): void {
  audit
    .command('key')
    .description('the public key that signs the log of a domain: hand it to those who verify')
    .requiredOption('--domain <name>', 'the domain whose log it signs')
    .addOption(stackOptions.stage())
    .addOption(stackOptions.stack())
    .addOption(options.json())
    .action((flags: DownloadFlags) =>
      atStack(flags, async (stack) => {
        const { domain } = flags;
        await expectDomain(stack, domain);
        const key = formatVerifierKey(await stack.logKey(domain));
        process.stdout.write(flags.json === true ? `${JSON.stringify({ domain, key })}\n` : `${key}\n`);
      }),
    );
}

function addVerify(audit: Command): void {
  audit
    .command('verify')
    .description('check chain, seals and live head: of a downloaded folder, or of a stack')
    .argument('[folder]', 'as assay audit download left it; without one, the stack is read')
    .option('--domain <name>', 'the domain whose log is read from the stack')
    .addOption(headOption('hash of an entry, kept elsewhere: it must be in the log'))
    .addOption(stackOptions.stage())
    .addOption(stackOptions.stack())
    .addOption(options.json())
    .action(async (folder: string | undefined, flags: VerifyFlags) => {
      const { domain } = flags;
      if ((folder === undefined) === (domain === undefined))
        throw new UsageError('name a folder or a --domain, one of them');
      if (folder !== undefined) await reportActs(folder, await readActsFolder(folder), flags);
      else await atStack(flags, async (stack) => reportActs(domain!, await actsOf(stack, domain!), flags));
    });
}

/** Throws an InputError where there is any problem. `name` is what was checked. */
export async function reportActs(
  name: string,
  log: ActsLog,
  { json, head }: { readonly json?: boolean; readonly head?: string },
): Promise<void> {
  const verdict = await verifyActs(log, head);
  const { problems, ...facts } = verdict;
  if (json === true) {
    const ok = problems.length === 0;
    process.stdout.write(`${JSON.stringify({ ok, ...facts, problems })}\n`);
  } else {
    for (const { where, kind, message } of problems) process.stdout.write(`${where}: ${kind}: ${message}\n`);
  }
  if (problems.length > 0) {
    const found = countOf(problems.length, 'problem');
    throw new InputError(`${name}: ${found} in ${countOf(verdict.entries, 'entry', 'entries')}`);
  }
  if (json !== true) process.stdout.write(`${name}: ${formatVerdict(log, verdict)}\n`);
}

function formatVerdict({ live }: ActsLog, { entries, sealed, sealedAt, head }: ActsVerdict): string {
  const whole = `${countOf(entries, 'entry', 'entries')}, unbroken`;
  const part = sealedAt === null ? 'none sealed yet' : `${sealed} sealed, last ${sealedAt}`;
  const table = live === null ? 'the live log is not here' : 'the live log fits';
  return [whole, part, table, `head ${head}`].join('; ');
}

/** Throws an InputError for a domain that the stack does not know. */
async function actsOf(stack: DeployedStack, domain: string): Promise<ActsLog> {
  const log = await stack.acts(domain);
  if (log.segments.length === 0 && log.live?.head.entries === 0) await expectDomain(stack, domain);
  return log;
}
