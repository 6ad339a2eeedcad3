import type { Command } from 'commander';
import { namesSubject } from '../audit/names-subject.ts';
import { quoteIdentifier, quoteText, Session } from '../engine/session.ts';
import { InputError, UsageError } from '../errors.ts';
import { loadModel } from '../models/model-folder.ts';
import type { Erasable } from '../privacy/erasable.ts';
import { openRecords, readErasable } from '../privacy/open-run.ts';
import type { SubjectKeys } from '../privacy/subject-keys.ts';
import { formatCount } from '../report/format-number.ts';
import { openRunFolder, type RunFolder } from '../scoring/run-folder.ts';
import { storedSubject, subjectAct, subjectOfStack } from '../services/subject-of-stack.ts';
import { FoundInRuns } from '../subjects/gather-runs.ts';
import { openFound } from '../subjects/open-found.ts';
import { countFound, type SubjectExport, writeSubject } from '../subjects/subject-export.ts';
import { subjectColumn } from '../subjects/subject-of-run.ts';
import { expectDomain } from './expect-domain.ts';
import { options } from './options.ts';
import { atLearningStack, atStack, awsHelp, type StackFlags, stackOptions } from './stack-options.ts';
import { atSubjectKeys, subjectKeysOption } from './subject-key-folder.ts';
import { withProgress } from './with-progress.ts';

interface SubjectFlags extends StackFlags {
  run?: string[];
  subjectKeys?: string;
  domain?: string;
  basis?: string;
  out: string;
  as?: string;
  quiet?: boolean;
  json?: boolean;
}

/** `assay subject`: everything that is stored on an entity, for the one who asks what is stored about them. */
export function addSubject(program: Command): void {
  program
    .command('subject')
    .description(
      'everything stored on a subject (an account, a batch), as one JSON file and a CSV for each kind',
    )
    .argument('<id>', 'the entity, as its records have it')
    .option('--run <dir...>', 'look in these runs of assay score')
    .addOption(subjectKeysOption())
    .option('--domain <name>', 'look in this domain of a deployed stack')
    .option(
      '--basis <text>',
      'why it is exported, such as the number of the request; needed with --domain, and logged',
    )
    .requiredOption('--out <dir>', 'folder for subject.json and the CSV files, readable by you alone')
    .addOption(stackOptions.as())
    .addOption(stackOptions.stage())
    .addOption(stackOptions.stack())
    .addOption(options.json())
    .addOption(options.quiet())
    .addHelpText(
      'after',
      `\nExamples:\n  $ assay subject A00012 --run run --out subject\n  $ assay subject A00012 --domain finance --basis "request 2026-114" --out subject\n${awsHelp}`,
    )
    .action(async (id: string, flags: SubjectFlags) => {
      const exported = await withProgress(flags.quiet, async (progress) => {
        if ((flags.run === undefined) === (flags.domain === undefined))
          throw new UsageError('name either runs (--run) or a domain of a stack (--domain)');
        return flags.run !== undefined
          ? await ofRuns(id, flags.run, flags.subjectKeys)
          : await ofStack(id, flags, progress);
      });
      await writeSubject(flags.out, exported);
      process.stdout.write(flags.json === true ? jsonOf(exported, flags.out) : inWords(exported, flags.out));
    });
}

async function ofRuns(
  subject: string,
  folders: readonly string[],
  keys: string | undefined,
): Promise<SubjectExport> {
  const runs = new FoundInRuns();
  const sources = [];
  let domain = '';
  const session = await Session.open();
  try {
    for (const folder of folders) {
      const run = await openRunFolder(folder);
      const { pack } = await loadModel(run.model);
      ({ domain } = pack);
      const erasable = await readErasable(run.audit);
      const looked = { column: subjectColumn(pack), subject };
      if (erasable === null) {
        if (await runs.add(session, folder, run, looked)) sources.push({ run: folder });
        continue;
      }
      if (keys === undefined)
        throw new InputError(
          `${folder}: its records are sealed: name the keys of its subjects (--subject-keys)`,
        );
      const found = await atSubjectKeys(keys, (opened) =>
        addSealed(session, runs, { folder, run, erasable, keys: opened, ...looked }),
      );
      if (found) sources.push({ run: folder });
    }
  } finally {
    await session.close();
  }
  const exported_at = new Date().toISOString();
  return { format: 'assay-subject/1', domain, subject, exported_at, sources, found: runs.found };
}

interface SealedSource {
  readonly folder: string;
  readonly run: RunFolder;
  readonly erasable: Erasable;
  readonly keys: SubjectKeys;
  readonly column: string;
  readonly subject: string;
}

/** By its pseudonym; what is found is put back to true values. */
async function addSealed(
  session: Session,
  runs: FoundInRuns,
  { folder, run, erasable, keys, column, subject }: SealedSource,
): Promise<boolean> {
  const key = (await keys.find([subject])).get(subject);
  if (key === undefined) return false;
  const { pseudonym } = key;
  const opened = await openRecords(
    session,
    { records: run.records, erasable },
    keys,
    `${quoteIdentifier(column)} = ${quoteText(pseudonym)}`,
  );
  const rejects = await keys.takeRejectsKey();
  const looked = { column, subject: pseudonym, rejectTexts: [pseudonym, rejects.pseudonym] };
  return await runs.add(session, folder, run, looked, (found) =>
    openFound(found, opened, { own: key, rejects }),
  );
}

/** The act is written before the export: a file without one would be read by someone unknown. */
async function ofStack(
  subject: string,
  flags: SubjectFlags,
  progress: Parameters<typeof subjectOfStack>[0]['progress'],
): Promise<SubjectExport> {
  const { domain = '', basis, as } = flags;
  if (basis === undefined) throw new UsageError('--domain needs --basis <text>: why the subject is exported');
  if (namesSubject(basis, subject))
    throw new UsageError(
      '--basis names the subject, and stands in the log for good: say it without the id of the subject',
    );
  return await atStack(flags, (stack) =>
    atLearningStack(flags, async (learning) => {
      const actor = await learning.caller(as);
      await expectDomain(stack, domain);
      const now = new Date().toISOString();
      const { subjects } = stack;
      const source = { stack, learning, subjects, progress };
      const exported = await subjectOfStack(source, { domain, subject, now });
      const stored = await storedSubject(source, domain, subject);
      await learning.recordAct(domain, subjectAct(exported, { actor, basis, stored }));
      return exported;
    }),
  );
}

function jsonOf(exported: SubjectExport, out: string): string {
  const { domain, subject, exported_at, sources } = exported;
  return `${JSON.stringify({ domain, subject, exported_at, sources: sources.length, found: countFound(exported), out })}\n`;
}

function inWords(exported: SubjectExport, out: string): string {
  const counts = Object.entries(countFound(exported)).filter(([, count]) => count > 0);
  if (counts.length === 0) return `nothing is stored on ${exported.subject}; ${out}/subject.json says so\n`;
  const lines = counts.map(
    ([kind, count]) => `${kind.replaceAll('_', ' ').padEnd(14)} ${formatCount(count)}\n`,
  );
  return `${lines.join('')}written to     ${out}\n`;
}
