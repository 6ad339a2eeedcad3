import { availableParallelism } from 'node:os';
import { type Command, Option } from 'commander';
import { InputError } from '../errors.ts';
import { loadModel, type Model } from '../models/model-folder.ts';
import { loadSignedModel } from '../models/model-signature.ts';
import { championFolder, loadShippedChampion } from '../models/shipped-models.ts';
import { loadPack } from '../packs/load-pack.ts';
import { isMostlyRejected } from '../report/common-rejects.ts';
import { type OpenSubjectKeys, scoreFiles } from '../scoring/score-files.ts';
import type { NoteSigner } from '../tlog/note-key.ts';
import { endAsMostlyRejected } from './exit-code.ts';
import { warnOfOtherDomain } from './expect-columns.ts';
import { modelKeyOption, readModelKeys, readSecretKey } from './key-files.ts';
import { options, type ReadingFlags, readingOf, shareOf } from './options.ts';
import { atSubjectKeys } from './subject-key-folder.ts';
import { withProgress } from './with-progress.ts';

interface ScoreFlags extends ReadingFlags {
  domain: string;
  model?: string;
  modelKey?: string[];
  data: string[];
  history?: string[];
  out: string;
  threshold?: number;
  maxRejects: number;
  signKey?: string;
  subjectKeys?: string;
  threads?: number;
  memory: number;
  json?: boolean;
  quiet?: boolean;
}

/** `assay score`: writes the flags of a file's records, their reasons and everything that proves them. */
export function addScore(program: Command): void {
  program
    .command('score')
    .description('score records: flags with reasons, decisions, rejects, audit, report')
    .addOption(options.domain().makeOptionMandatory())
    .option('--model <dir>', "a model folder; default: the shipped domain's champion")
    .addOption(modelKeyOption())
    .addOption(options.data().makeOptionMandatory())
    .addOption(options.history())
    .requiredOption('--out <dir>', 'folder for the results; must not hold another run')
    .addOption(
      new Option('--threshold <p>', "flag from this score on, instead of the card's threshold").argParser(
        shareOf('--threshold'),
      ),
    )
    .addOption(options.rates())
    .addOption(options.encoding())
    .addOption(options.delimiter())
    .addOption(options.skip())
    .addOption(options.noHeader())
    .addOption(options.maxRejects())
    .option('--sign-key <file>', 'signs the audit log: a secret key of assay keys generate')
    .option(
      '--subject-keys <dir>',
      'makes the records erasable: keys of their subjects (assay subject-keys create)',
    )
    .addOption(options.threads())
    .addOption(options.memory())
    .addOption(options.json())
    .addOption(options.quiet())
    .addHelpText(
      'after',
      '\nExample:\n  $ assay score --domain finance --data june.csv --history may.csv --out run\n  $ assay score --domain packs/loans.yaml --model loans-model --data new.parquet --out run',
    )
    .action(async (flags: ScoreFlags) => {
      const model = await findModel(flags);
      const signer = flags.signKey === undefined ? undefined : await readSecretKey(flags.signKey);
      expectLogKey(signer, flags.signKey);
      const reading = await readingOf(flags);
      await warnOfOtherDomain(model.pack, flags.data, reading);
      const run = await withProgress(flags.quiet, async (progress) =>
        scoreFiles({
          model,
          inputs: [
            ...flags.data.map((path) => ({ path })),
            ...(flags.history ?? []).map((path) => ({ path, history: true })),
          ],
          reading,
          out: flags.out,
          threshold: flags.threshold ?? null,
          maxRejectedShare: flags.maxRejects,
          threads: flags.threads ?? availableParallelism(),
          memoryLimitMb: flags.memory,
          progress,
          ...(signer !== undefined && { signer }),
          ...(flags.subjectKeys !== undefined && { subjectKeys: openerOf(flags.subjectKeys) }),
          now: () => new Date(),
        }),
      );
      if (isMostlyRejected(run.summary, flags.maxRejects)) endAsMostlyRejected();
      for (const warning of run.warnings) process.stderr.write(`assay: ${warning}\n`);
      process.stdout.write(flags.json === true ? `${JSON.stringify(run.summary)}\n` : run.inWords);
    });
}

function openerOf(folder: string): OpenSubjectKeys {
  return (work) => atSubjectKeys(folder, work);
}

/** A witness's key says something else than that a log is one's own. */
function expectLogKey(signer: NoteSigner | undefined, file: string | undefined): void {
  if (signer === undefined || signer.key.kind === 'ed25519') return;
  throw new InputError(`${file} is the key of a witness (${signer.key.kind}); a key for a log was expected`);
}

/** The model named, or the shipped champion; it must be of the domain asked for. */
async function findModel({ domain, model: folder, modelKey }: ScoreFlags): Promise<Model> {
  const pack = await loadPack(domain);
  const model = await loadBySignature(folder, pack.domain, modelKey);
  if (model.card.domain !== pack.domain) {
    throw new InputError(
      `the model in ${folder} is of the domain "${model.card.domain}", not "${pack.domain}"`,
    );
  }
  if (model.pack.hash !== pack.hash) {
    process.stderr.write(
      `assay: the pack ${domain} is not the one that model ${model.card.version} was trained with; the model keeps its own, and scores by it\n`,
    );
  }
  return model;
}

/** With keys, a model that none of them signed is refused, the shipped one too. */
async function loadBySignature(
  folder: string | undefined,
  domain: string,
  keyFiles: readonly string[] | undefined,
): Promise<Model> {
  if (keyFiles === undefined)
    return folder === undefined ? await loadShippedChampion(domain) : await loadModel(folder);
  return await loadSignedModel(folder ?? (await championFolder(domain)), await readModelKeys(keyFiles));
}
