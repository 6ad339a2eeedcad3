import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Argument, type Command } from 'commander';
import { dayOf } from '../days.ts';
import type { Dossier } from '../dossier/dossier.ts';
import { verifyDossier } from '../dossier/verify-dossier.ts';
import { deviationReport } from '../drafts/deviation-report.ts';
import type { Draft } from '../drafts/draft.ts';
import { Facts } from '../drafts/facts.ts';
import { fincenSar } from '../drafts/fincen-sar.ts';
import { goamlReport } from '../drafts/goaml.ts';
import { InputError } from '../errors.ts';
import { countOf } from '../report/format-number.ts';
import { keyOption, readVerifierKeys } from './key-files.ts';
import { options } from './options.ts';

const FORMATS: Readonly<Record<string, (dossier: Dossier, facts: Facts, today: string) => Draft>> = {
  goaml: goamlReport,
  'fincen-sar': fincenSar,
  deviation: deviationReport,
};

interface DraftFlags {
  dossier: string;
  facts?: string;
  out: string;
  key?: string[];
  json?: boolean;
}

/** `assay draft`: what a regulator asks for, as a draft from a dossier; what is not known is listed, never made up. */
export function addDraft(program: Command): void {
  program
    .command('draft')
    .description('a draft for a regulator from a dossier: goAML, FinCEN SAR, a deviation report')
    .addArgument(new Argument('<format>', 'which').choices(Object.keys(FORMATS)))
    .requiredOption('--dossier <dir>', 'as assay dossier make left it; it is verified first')
    .requiredOption('--out <dir>', 'folder for the draft; must be empty')
    .option('--facts <file>', 'what the dossier does not know (YAML): who files, codes, names')
    .addOption(keyOption())
    .addOption(options.json())
    .addHelpText(
      'after',
      '\nExample:\n  $ assay draft fincen-sar --dossier dossier --facts filer.yaml --out sar',
    )
    .action(async (format: string, flags: DraftFlags) => {
      const draft = await makeDraft(format, flags);
      await writeDraft(flags.out, draft);
      const { open, sentences, name } = draft;
      if (flags.json === true) {
        process.stdout.write(
          `${JSON.stringify({ out: flags.out, file: name, sentences: sentences.length, open })}\n`,
        );
        return;
      }
      for (const { field, needs } of open) process.stdout.write(`open: ${field}: ${needs}\n`);
      process.stdout.write(
        `${join(flags.out, name)}: a draft of ${countOf(sentences.length, 'sentence')}, each in links.json; ${open.length === 0 ? 'nothing is open' : `${countOf(open.length, 'field')} open`}\n`,
      );
    });
}

async function makeDraft(format: string, flags: DraftFlags): Promise<Draft> {
  const { dossier, problems } = await verifyDossier(flags.dossier, {
    keys: await readVerifierKeys(flags.key),
  });
  if (problems.length > 0) {
    throw new InputError(
      `${flags.dossier} is not as it was made (${countOf(problems.length, 'problem')}; assay dossier verify ${flags.dossier}): no draft is made of it`,
    );
  }
  const text = flags.facts === undefined ? '' : await readFacts(flags.facts);
  const facts = new Facts(text, flags.facts ?? 'the facts');
  const draft = FORMATS[format]!(dossier, facts, dayOf(Date.now()));
  facts.expectAllAsked();
  return draft;
}

async function readFacts(file: string): Promise<string> {
  return await readFile(file, 'utf8').catch((cause: NodeJS.ErrnoException) => {
    throw new InputError(`${file} cannot be read as facts (${cause.code ?? cause.message})`, { cause });
  });
}

async function writeDraft(folder: string, { name, text, sentences, open }: Draft): Promise<void> {
  await mkdir(folder, { recursive: true });
  if ((await readdir(folder)).length > 0)
    throw new InputError(`${folder} is not empty, and nothing in it is overwritten: name another --out`);
  await writeFile(join(folder, name), text);
  const links = { format: 'assay-draft-links/1', file: name, sentences, open };
  await writeFile(join(folder, 'links.json'), `${JSON.stringify(links, null, 2)}\n`);
}
