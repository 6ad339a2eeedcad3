import { userInfo } from 'node:os';
import type { Command } from 'commander';
import manifest from '../../package.json' with { type: 'json' };
import { runDossier } from '../dossier/run-dossier.ts';
import { type VerifiedDossier, verifyDossier } from '../dossier/verify-dossier.ts';
import { writeDossier } from '../dossier/write-dossier.ts';
import { InputError, UsageError } from '../errors.ts';
import { countOf } from '../report/format-number.ts';
import type { GatheredDossier } from './gather-dossier.ts';
import { keyOption, readSecretKey, readVerifierKeys } from './key-files.ts';
import { options } from './options.ts';
import { awsHelp, type StackFlags, stackOptions } from './stack-options.ts';

interface MakeFlags extends StackFlags {
  run?: string;
  record?: string;
  entity?: string;
  flag?: string;
  case?: string;
  domain?: string;
  from?: string;
  until?: string;
  out: string;
  signKey?: string;
  showPersonal?: boolean;
  as?: string;
  json?: boolean;
}

/** `assay dossier`: the evidence on a flag, a case or a period as one folder that is checked offline. */
export function addDossier(program: Command): void {
  const dossier = program
    .command('dossier')
    .description('the evidence on a flag, a case or a period: PDF, JSON, logs; checked offline');
  addMake(dossier);
  dossier
    .command('verify')
    .description('check a dossier offline: files, logs, reasons, signatures')
    .argument('<folder>', 'as assay dossier make left it')
    .addOption(keyOption())
    .option('--log-key <key...>', 'public key of the log, or its file: it must have signed each proof')
    .addOption(options.json())
    .action(async (folder: string, flags: { key?: string[]; logKey?: string[]; json?: boolean }) => {
      const keys = await readVerifierKeys(flags.key);
      const logKeys = await readVerifierKeys(flags.logKey);
      reportDossier(folder, await verifyDossier(folder, { keys, logKeys }), flags.json === true);
    });
  dossier.addHelpText(
    'after',
    `\nExamples:\n  $ assay dossier make --run run --record T00056338 --out dossier\n  $ assay dossier make --case 3f5a… --out dossier\n  $ assay dossier make --domain finance --from 2026-01-01 --until 2026-04-01 --out dossier\n  $ assay dossier verify dossier\n${awsHelp}`,
  );
}

function addMake(dossier: Command): void {
  dossier
    .command('make')
    .description('gather a dossier, from the folder of a run or from a stack')
    .requiredOption('--out <dir>', 'folder for it; must be empty')
    .option('--run <dir>', 'folder of a run of assay score, or of a drop that was downloaded')
    .option('--record <id>', 'of the run: the flag of this record')
    .option('--entity <id>', 'of the run: the flags of this entity')
    .option('--flag <id>', 'of a stack: this flag')
    .option('--case <id>', 'of a stack: the flags of this case')
    .option('--domain <name>', "of a stack: this domain's flags of a time")
    .option('--from <time>', "by the records' own time, UTC")
    .option('--until <time>', 'before this time')
    .option('--sign-key <file>', 'signs the manifest: a secret key of assay keys generate')
    .addOption(stackOptions.showPersonal())
    .addOption(stackOptions.as())
    .addOption(stackOptions.stage())
    .addOption(stackOptions.stack())
    .addOption(options.json())
    .action(async (flags: MakeFlags) => {
      const signer = flags.signKey === undefined ? undefined : await readSecretKey(flags.signKey);
      const madeAt = new Date().toISOString();
      const { content, by, record } = await gather(flags, madeAt);
      const making = { made_at: madeAt, made_by: by, version: manifest.version };
      const written = await writeDossier(flags.out, content, making, signer);
      await record?.(written.manifest);
      const facts = {
        ...{ out: flags.out, flags: content.dossier.flags.length, files: written.files },
        ...{ personal: content.dossier.personal, proof: content.dossier.proof, manifest: written.manifest },
      };
      process.stdout.write(
        flags.json === true
          ? `${JSON.stringify(facts)}\n`
          : `${flags.out}: ${countOf(facts.flags, 'flag')}, ${countOf(facts.files, 'file')}; personal data ${facts.personal}; sha256 of manifest.json ${written.manifest}\ncheck it with: assay dossier verify ${flags.out}\n`,
      );
    });
}

async function gather(flags: MakeFlags, now: string): Promise<GatheredDossier> {
  const { run, record, entity, flag, case: caseId, domain } = flags;
  const places = [run, flag, caseId, domain].filter((one) => one !== undefined);
  if (places.length !== 1) throw new UsageError('name one of --run, --flag, --case, --domain');
  if (run === undefined && (record !== undefined || entity !== undefined))
    throw new UsageError('--record and --entity are of a --run; a stack knows flags and cases by their ids');
  const period = {
    ...(flags.from !== undefined && { from: timeOf('--from', flags.from) }),
    ...(flags.until !== undefined && { until: timeOf('--until', flags.until) }),
  };
  if (run !== undefined) {
    const selection = {
      ...period,
      ...(record !== undefined && { record }),
      ...(entity !== undefined && { entity }),
    };
    const content = await runDossier(run, selection, flags.showPersonal === true);
    return { content, by: flags.as ?? userInfo().username };
  }
  const selection =
    flag !== undefined
      ? ({ kind: 'flag', id: flag } as const)
      : caseId !== undefined
        ? ({ kind: 'case', id: caseId } as const)
        : ({ kind: 'period', domain: domain!, ...period } as const);
  const { gatherFromStack } = await import('./gather-dossier.ts');
  return await gatherFromStack(flags, selection, now);
}

/** Throws an InputError where there is any problem. */
export function reportDossier(folder: string, verified: VerifiedDossier, json: boolean): void {
  const { problems, dossier, proven, proofs, signedProofs, manifest: sha256, isSigned } = verified;
  const flags = dossier.flags.length;
  if (json)
    process.stdout.write(
      `${JSON.stringify({ ok: problems.length === 0, flags, proven, proofs, signed_proofs: signedProofs, signed: isSigned, manifest: sha256, problems })}\n`,
    );
  else
    for (const { where, kind, message } of problems) process.stdout.write(`${where}: ${kind}: ${message}\n`);
  if (problems.length > 0) throw new InputError(`${folder}: ${countOf(problems.length, 'problem')}`);
  if (json) return;
  const proof =
    dossier.proof === 'logs'
      ? `${proven} of ${countOf(flags, 'flag')} in the logs with these reasons`
      : `${countOf(flags, 'flag')}; the logs are left out, so nothing shows that they are those of a log`;
  const single =
    proofs === 0 ? '' : `; ${countOf(proofs, 'proof')}, ${signedProofs} signed by the log's key (--log-key)`;
  process.stdout.write(
    `${folder}: as the manifest says; ${proof}${single}; ${isSigned ? 'signed' : 'signature not checked'}\n`,
  );
}

function timeOf(name: string, text: string): string {
  const time = Date.parse(text);
  if (/^\d{4}-\d\d-\d\d/.test(text) && !Number.isNaN(time)) return new Date(time).toISOString();
  throw new UsageError(`${name} takes a day or a time such as 2026-01-31, not "${text}"`);
}
