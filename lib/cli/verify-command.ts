import { readFile } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import type { Command } from 'commander';
import { isActsSegment, readActsFolder } from '../audit/acts-folder.ts';
import type { CheckpointVerdict } from '../audit/log-tree.ts';
import { InputError, UsageError } from '../errors.ts';
import { countOf } from '../report/format-number.ts';
import { placeOf } from '../verification/finding.ts';
import { type VerifiedRun, verifyRun } from '../verification/verify-run.ts';
import { VERDICT_EXIT_CODES_HELP, VerdictError } from './exit-code.ts';
import { keyOption, readVerifierKeys } from './key-files.ts';
import { headOption, options } from './options.ts';
import { reportProof } from './report-proof.ts';

interface VerifyFlags {
  head?: string;
  key?: string[];
  logOnly?: boolean;
  replay?: boolean;
  json?: boolean;
}

/** `assay verify`: a run checked offline: log, seal, files, and every fact that stands in more than one of them. */
export function addVerify(program: Command): void {
  program
    .command('verify')
    .description(
      'check a run: its log line by line, its files, and every fact that stands in several of them',
    )
    .argument('<run>', 'folder of a run, or its audit.jsonl; or a proof (NAME.tlog-proof)')
    .addOption(headOption('hash of the last entry, from elsewhere'))
    .addOption(keyOption())
    .option('--log-only', 'check the log and its seal, where the other files are not at hand')
    .option('--replay', 'make every decision again too, which takes as long as scoring the run')
    .addOption(options.json())
    .addHelpText(
      'after',
      `\nExamples:\n  $ assay verify run\n  $ assay verify run --key assay.key.pub\n\n${VERDICT_EXIT_CODES_HELP}`,
    )
    .action(async (target: string, flags: VerifyFlags) => {
      // A part of a log of acts is sealed by the file beside it, and says nothing without the parts before it.
      if (isActsSegment(basename(target))) {
        const { reportActs } = await import('./audit-command.ts');
        return await reportActs(dirname(target), await readActsFolder(dirname(target)), flags);
      }
      if (basename(target) === 'manifest.json') {
        const { verifyDossier } = await import('../dossier/verify-dossier.ts');
        const { reportDossier } = await import('./dossier-command.ts');
        const dossier = await verifyDossier(dirname(target), {
          keys: await readVerifierKeys(flags.key),
        });
        return reportDossier(dirname(target), dossier, flags.json === true);
      }
      if (target.endsWith('.tlog-proof'))
        return reportProof(target, await readProof(target), {
          keys: await readVerifierKeys(flags.key),
          json: flags.json === true,
        });
      const { head, logOnly, replay } = flags;
      if (logOnly === true && replay === true)
        throw new UsageError(
          '--replay takes all files of the run, --log-only none of them: name one of the two',
        );
      const verified = await verifyRun(target, {
        keys: await readVerifierKeys(flags.key),
        ...(head !== undefined && { head }),
        ...(logOnly !== undefined && { logOnly }),
        ...(replay !== undefined && { replay }),
      });
      process.stdout.write(flags.json === true ? `${JSON.stringify(asJson(verified))}\n` : asText(verified));
      const { verdict, findingCount, log } = verified;
      if (verdict !== 'intact') {
        const found = countOf(findingCount, 'finding');
        throw new VerdictError(
          `${target}: ${verdict}: ${found} in ${countOf(log.entries, 'entry', 'entries')}`,
          verdict,
        );
      }
      if (flags.json !== true) process.stdout.write(`${target}: ${formatIntact(verified)}\n`);
    });
}

function asJson({
  verdict,
  log,
  seal,
  checkpoint,
  checked,
  findings,
  findingCount,
  notes,
}: VerifiedRun): object {
  return {
    ok: verdict === 'intact',
    verdict,
    entries: log.entries,
    head: log.head,
    sealed: log.sealed,
    sealed_at: seal?.sealed_at ?? null,
    signature: checkpoint.state,
    signers: checkpoint.signers,
    checked,
    problems: findings,
    problem_count: findingCount,
    notes,
  };
}

function asText({ findings, findingCount, notes }: VerifiedRun): string {
  const lines = findings.map((finding) => `${placeOf(finding)}: ${finding.kind}: ${finding.message}`);
  const more = findingCount - findings.length;
  if (more > 0) lines.push(`… and ${more} more`);
  for (const { file, message } of notes) lines.push(`note: ${file}: ${message}`);
  return lines.map((line) => `${withoutControls(line)}\n`).join('');
}

/** A name or a value of an untrusted file may hold what a terminal would obey. */
function withoutControls(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, '\u{fffd}');
}

function formatIntact({ log, seal, checkpoint, checked }: VerifiedRun): string {
  const sealed = seal === undefined ? 'no seal.json beside it' : `sealed ${seal.sealed_at}`;
  const files = checked.length === 0 ? 'its files were not checked' : `${checked.length} files as sealed`;
  return `intact: ${log.entries} entries, unbroken; ${files}; ${sealed}; ${formatSignature(checkpoint)}; head ${log.head}`;
}

function formatSignature({ state, signers, valid }: CheckpointVerdict): string {
  if (state === 'unsigned') return 'not signed';
  if (state === 'not checked') return `signed by ${signers.join(', ')}, not checked (--key)`;
  return `signed by ${valid.map(({ key }) => key.name).join(', ')}`;
}

async function readProof(file: string): Promise<string> {
  return await readFile(file, 'utf8').catch((cause: NodeJS.ErrnoException) => {
    throw new InputError(`${file}: cannot be read (${cause.code}); a proof was expected`, { cause });
  });
}
