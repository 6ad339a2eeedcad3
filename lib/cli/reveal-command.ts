import { createReadStream } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { extname } from 'node:path';
import type { Command } from 'commander';
import { splitLines } from '../audit/byte-lines.ts';
import { csvLine } from '../decisions/safe-csv.ts';
import { InputError, UsageError } from '../errors.ts';
import { MASKED } from '../packs/personal-data.ts';
import { type OpenedRecords, openRecords, readErasable } from '../privacy/open-run.ts';
import { revealText, revealValue } from '../privacy/reveal.ts';
import { openRejected } from '../privacy/seal-rejects.ts';
import { SubjectCipher } from '../privacy/subject-cipher.ts';
import type { SubjectKey } from '../privacy/subject-keys.ts';
import { openRunFolder } from '../scoring/run-folder.ts';
import { cellsOf, csvRecords } from '../verification/csv-records.ts';
import { writeNew } from './new-file.ts';
import { atSubjectKeys, inSession, subjectKeysOption } from './subject-key-folder.ts';

interface RevealFlags {
  run: string;
  subjectKeys: string;
  out: string;
}

const OWNER_ONLY = 0o600;

/** `assay reveal`: a file of a run with true values in place of pseudonyms. */
export function addReveal(program: Command): void {
  program
    .command('reveal')
    .description('a file of a run, or made of one, with true values in place of pseudonyms')
    .argument('<file>', 'CSV, JSON or JSONL, such as flagged_risks.csv')
    .requiredOption('--run <dir>', 'folder of the run of assay score')
    .addOption(subjectKeysOption().makeOptionMandatory())
    .requiredOption('--out <file>', 'for the copy, readable by you alone; it is not erased with its subjects')
    .addHelpText(
      'after',
      '\nExample:\n  $ assay reveal run/flagged_risks.csv --run run --subject-keys keys --out flags.csv',
    )
    .action(async (file: string, { run: folder, subjectKeys, out }: RevealFlags) => {
      const reader = READERS[extname(file)];
      if (reader === undefined)
        throw new UsageError(`${file}: a CSV, JSON or JSONL was expected, by its name (.csv, .json, .jsonl)`);
      const run = await openRunFolder(folder);
      const erasable = await readErasable(run.audit);
      if (erasable === null)
        throw new InputError(`${folder}: its records are not sealed; there is nothing to reveal`);
      const secrets = await atSubjectKeys(subjectKeys, (keys) =>
        inSession(async (session) => {
          const opened = await openRecords(session, { records: run.records, erasable }, keys);
          const sealers = await sealersOf(run.rejects);
          return { ...opened, keys: await keys.findByPseudonym(sealers) };
        }),
      );
      await writeNew(out, await reader(file, secrets), OWNER_ONLY);
    });
}

interface Secrets extends OpenedRecords {
  /** Of those that rejected lines are sealed under, by pseudonym. */
  readonly keys: ReadonlyMap<string, SubjectKey>;
}

const READERS: Readonly<Record<string, (file: string, secrets: Secrets) => Promise<string>>> = {
  '.csv': revealCsv,
  '.json': async (file, { names }) =>
    `${JSON.stringify(revealValue(JSON.parse(await readFile(file, 'utf8')), names), null, 2)}\n`,
  '.jsonl': async (file, { names }) =>
    (await readFile(file, 'utf8')).replaceAll(/^.+$/gm, (line) =>
      JSON.stringify(revealValue(JSON.parse(line), names)),
    ),
};

async function revealCsv(file: string, secrets: Secrets): Promise<string> {
  let header: string[] | undefined;
  let text = '';
  for await (const cells of rowsOf(file)) {
    text += header === undefined ? lineOf(cells) : lineOf(revealRow(header, cells, secrets));
    header ??= cells;
  }
  return text;
}

function revealRow(header: readonly string[], cells: readonly string[], secrets: Secrets): string[] {
  const values = secrets.values.get(cells[header.indexOf('record_id')] ?? '') ?? {};
  return cells.map((cell, at) => {
    const column = header[at] ?? '';
    if (cell === MASKED && Object.hasOwn(values, column)) return values[column] ?? '';
    const line = Number(cells[header.indexOf('line')]);
    const rejected = column === 'text' ? openRejected(cell, line) : null;
    const key = rejected === null ? undefined : secrets.keys.get(rejected.pseudonym);
    if (rejected === null || key === undefined) return revealText(cell, secrets.names);
    return rejected.open(new SubjectCipher(key)) ?? cell;
  });
}

async function* rowsOf(file: string): AsyncGenerator<string[]> {
  for await (const { text, line, fault } of csvRecords(splitLines(createReadStream(file)))) {
    const cells = fault === undefined ? cellsOf(text) : undefined;
    if (cells === undefined) throw new InputError(`${file}, line ${line}: ${fault ?? 'no row of a CSV'}`);
    yield cells;
  }
}

function lineOf(cells: readonly string[]): string {
  return csvLine(cells.map((cell) => (cell === '' ? null : cell)));
}

async function sealersOf(rejects: string): Promise<string[]> {
  const pseudonyms = new Set<string>();
  for await (const cells of rowsOf(rejects)) {
    const found = openRejected(cells[3] ?? '', Number(cells[0]));
    if (found !== null) pseudonyms.add(found.pseudonym);
  }
  return [...pseudonyms];
}
