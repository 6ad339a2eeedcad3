import type { Command } from 'commander';
import { readActsFolder, writeActsFolder } from '../audit/acts-folder.ts';
import { parseEntries } from '../audit/audit-entry.ts';
import { type ActsLog, type ActsVerdict, liveLines, verifyActs } from '../audit/verify-acts.ts';
import { verifyTree } from '../audit/verify-tree.ts';
import { InputError, UsageError } from '../errors.ts';
import { checkPointer } from '../registry/check-pointer.ts';
import { countOf } from '../report/format-number.ts';
import type { DeployedStack } from '../services/deployed-stack.ts';
import { type VerifiedStores, verifyStores } from '../services/verify-stores.ts';
import { formatVerifierKey, type VerifierKey } from '../tlog/note-key.ts';
import { type FindingKind, verdictOf } from '../verification/finding.ts';
import { VERDICT_EXIT_CODES_HELP, VerdictError } from './exit-code.ts';
import { expectDomain } from './expect-domain.ts';
import { keyOption, readVerifierKeys } from './key-files.ts';
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
  key?: string[];
  records?: boolean;
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
    .description(
      'check chain, seals and live head; of a stack also tree, drops, champion, flags, cases, reviews',
    )
    .argument('[folder]', 'as assay audit download left it; without one, the stack is read')
    .option('--domain <name>', 'the domain whose log is read from the stack')
    .addOption(headOption('hash of an entry, kept elsewhere: it must be in the log'))
    .addOption(keyOption())
    .option('--records', 'also hold the record that each flag shows against the file that its drop sealed')
    .addOption(stackOptions.stage())
    .addOption(stackOptions.stack())
    .addOption(options.json())
    .addHelpText('after', `\n${VERDICT_EXIT_CODES_HELP}`)
    .action(async (folder: string | undefined, flags: VerifyFlags) => {
      const { domain } = flags;
      if ((folder === undefined) === (domain === undefined))
        throw new UsageError('name a folder or a --domain, one of them');
      if (folder !== undefined) {
        if (flags.key !== undefined)
          throw new UsageError('--key checks the checkpoint in the stack: name a --domain, not a folder');
        if (flags.records === true)
          throw new UsageError('--records reads flags in the stack: name a --domain, not a folder');
        return await reportActs(folder, await readActsFolder(folder), flags);
      }
      const keys = await readVerifierKeys(flags.key);
      await atStack(flags, async (stack) => {
        const log = await actsOf(stack, domain!);
        const beside = await checkBeside(stack, domain!, log, { keys, records: flags.records });
        // The tree, drops and flags were read after the log: what was found with them counts too.
        const findings = new Map([...log.findings, ...stack.findings].map((one) => [one.key, one]));
        await reportActs(domain!, { ...log, findings: [...findings.values()] }, { ...flags, beside });
      });
    });
}

/** What only a stack has: the signed tree with the drops that it names, the pointer to the champion, flags and reviews in tables. */
async function checkBeside(
  stack: DeployedStack,
  domain: string,
  log: ActsLog,
  { keys, records }: { readonly keys: readonly VerifierKey[]; readonly records?: boolean | undefined },
): Promise<Beside> {
  const tree = await verifyTree(stack.audit, domain, {
    lines: async () => liveLines(await stack.acts(domain)),
    keys,
  });
  const entries = parseEntries(liveLines(log));
  const pointer = checkPointer(domain, await stack.models.pointer(domain), entries);
  const { flags, cases, reviews, attachments, audit } = stack;
  const unfinishedFlags = () => stack.unfinishedFlags();
  const packOf = async (of: string, model: string) => (await stack.models.load(of, model)).pack;
  const sources = {
    ...{ flags, cases, reviews, attachments, audit, unfinishedFlags, results: stack.data, now: Date.now },
    ...(records === true && { records: { data: stack.data, packOf } }),
  };
  const stores = await verifyStores(
    { ...sources, entries: async () => parseEntries(liveLines(await stack.acts(domain))) },
    domain,
    entries,
  );
  return { ...tree, ...stores, problems: [...tree.problems, ...pointer, ...stores.problems] };
}

interface Beside extends VerifiedStores {
  /** Entries that the last checkpoint was signed over. */
  readonly signed: number;
  /** Drops found as the log names them. */
  readonly drops: number;
}

/** Throws a VerdictError where there is any problem. `name` is what was checked. */
export async function reportActs(
  name: string,
  log: ActsLog,
  { json, head, beside }: { readonly json?: boolean; readonly head?: string; readonly beside?: Beside },
): Promise<void> {
  const { problems: own, ...found } = await verifyActs(log, head);
  const problems = [...own, ...(beside?.problems ?? [])];
  const facts = {
    ...found,
    ...(beside !== undefined && factsBeside(beside)),
  };
  const verdict = verdictOf(problems as { readonly kind: FindingKind }[]);
  if (json === true) {
    process.stdout.write(`${JSON.stringify({ ok: verdict === 'intact', verdict, ...facts, problems })}\n`);
  } else {
    for (const { where, kind, message } of problems) process.stdout.write(`${where}: ${kind}: ${message}\n`);
  }
  if (verdict !== 'intact') {
    const count = countOf(problems.length, 'finding');
    throw new VerdictError(
      `${name}: ${verdict}: ${count} in ${countOf(facts.entries, 'entry', 'entries')}`,
      verdict,
    );
  }
  if (json === true) return;
  process.stdout.write(
    `${name}: ${formatVerdict(log, facts)}${beside === undefined ? '' : formatBeside(beside)}\n`,
  );
}

function factsBeside({ signed, drops, flags, cases, reviews, changing }: Beside) {
  return { signed, drops, flags, cases, reviews, changing };
}

function formatBeside({ signed, flags, cases, reviews, changing }: Beside): string {
  const counts = [countOf(flags, 'flag'), countOf(cases, 'case'), countOf(reviews, 'review')];
  const stores = `${counts.slice(0, 2).join(', ')} and ${counts[2]} as the logs have them`;
  const left = changing === 0 ? '' : `; ${changing} changed meanwhile: check again`;
  return `; ${signed} in the signed tree; ${stores}${left}`;
}

function formatVerdict(
  { live }: ActsLog,
  { entries, sealed, sealedAt, head }: Omit<ActsVerdict, 'problems'>,
): string {
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
