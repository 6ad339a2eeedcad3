import { basename, dirname } from 'node:path';
import type { Command } from 'commander';
import { isActsSegment, readActsFolder } from '../audit/acts-folder.ts';
import type { CheckpointVerdict } from '../audit/log-tree.ts';
import { verifyDossier } from '../dossier/verify-dossier.ts';
import { InputError } from '../errors.ts';
import { type VerifiedRun, verifyRun } from '../scoring/verify-run.ts';
import { reportActs } from './audit-command.ts';
import { reportDossier } from './dossier-command.ts';
import { keyOption, readVerifierKeys } from './key-files.ts';
import { headOption, options } from './options.ts';

interface VerifyFlags {
  head?: string;
  key?: string[];
  json?: boolean;
}

/** `assay verify`: an audit log checked offline, line by line, against its seal and the files it vouches for. */
export function addVerify(program: Command): void {
  program
    .command('verify')
    .description('check an audit log: every changed, dropped, reordered or inserted line is named')
    .argument('<file>', 'audit.jsonl; a seal.json and the sealed files beside it are checked too')
    .addOption(headOption('hash of the last entry, kept elsewhere'))
    .addOption(keyOption())
    .addOption(options.json())
    .addHelpText(
      'after',
      '\nExamples:\n  $ assay verify run/audit.jsonl\n  $ assay verify run/audit.jsonl --key assay.key.pub',
    )
    .action(async (file: string, flags: VerifyFlags) => {
      // A part of a log of acts is sealed by the file beside it, and says nothing without the parts before it.
      if (isActsSegment(basename(file)))
        return await reportActs(dirname(file), await readActsFolder(dirname(file)), flags);
      if (basename(file) === 'manifest.json') {
        const dossier = await verifyDossier(dirname(file), await readVerifierKeys(flags.key));
        return reportDossier(dirname(file), dossier, flags.json === true);
      }
      const verified = await verifyRun(file, flags.head, await readVerifierKeys(flags.key));
      const { problems, verdict, checkpoint } = verified;
      if (flags.json === true) {
        const { entries, head, sealed } = verdict;
        process.stdout.write(
          `${JSON.stringify({ ok: problems.length === 0, entries, head, sealed, signature: checkpoint.state, signers: checkpoint.signers, problems })}\n`,
        );
      } else {
        for (const { where, kind, message } of problems)
          process.stdout.write(`${where}: ${kind}: ${message}\n`);
      }
      if (problems.length > 0) {
        throw new InputError(
          `${file}: ${problems.length} problem${problems.length === 1 ? '' : 's'} in ${verdict.entries} entries`,
        );
      }
      if (flags.json !== true) process.stdout.write(`${file}: ${inWords(verified)}\n`);
    });
}

function inWords({ verdict, seal, checkpoint, filesChecked }: VerifiedRun): string {
  const sealed = seal === undefined ? 'no seal.json beside it' : `sealed ${seal.sealed_at}`;
  const files = filesChecked === 0 ? 'none of its files is here to check' : `${filesChecked} files as sealed`;
  return `${verdict.entries} entries, unbroken; ${files}; ${sealed}; ${formatSignature(checkpoint)}; head ${verdict.head}`;
}

function formatSignature({ state, signers, valid }: CheckpointVerdict): string {
  if (state === 'unsigned') return 'not signed';
  if (state === 'not checked') return `signed by ${signers.join(', ')}, not checked (--key)`;
  return `signed by ${valid.map(({ key }) => key.name).join(', ')}`;
}
