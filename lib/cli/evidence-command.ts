import { hash } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Command } from 'commander';
import catalog from '../../docs/regulation.catalog.json' with { type: 'json' };
import definition from '../../docs/regulation.json' with { type: 'json' };
import manifest from '../../package.json' with { type: 'json' };
import { InputError, UsageError } from '../errors.ts';
import { nearestWord } from '../packs/nearest-word.ts';
import { evidenceBundle, unprovenTests } from '../regulation/evidence-bundle.ts';
import { type Control, readMapping } from '../regulation/mapping.ts';
import { parseTestResults } from '../regulation/test-results.ts';
import { countOf } from '../report/format-number.ts';
import { signFile } from '../tlog/signed-file.ts';
import { readSecretKey } from './key-files.ts';
import { options } from './options.ts';
import { textTable } from './text-table.ts';

interface EvidenceFlags {
  control?: string[];
  results?: string;
  source: string;
  out?: string;
  signKey?: string;
  json?: boolean;
}

const COLUMNS = [{ head: 'control' }, { head: 'served' }, { head: 'asks' }];

/** `assay evidence`: what shows that a control of a regulation is served. */
export function addEvidence(program: Command): void {
  program
    .command('evidence')
    .description('what Assay does for a control of a regulation, with the tests that show it')
    .option('--control <id...>', 'a control, several, or all; without it, the controls are listed')
    .option('--results <file>', 'how the tests ended: a report of vitest --reporter=json')
    .option('--source <dir>', "Assay's repository, where the cited tests are", '.')
    .option('--out <file>', 'write the bundle (JSON) there; without it, to stdout')
    .option('--sign-key <file>', 'signs the bundle: a secret key; the note is <out>.note')
    .addOption(options.json())
    .addHelpText(
      'after',
      '\nExample:\n  $ assay evidence --control cfr11-70 --results results.json --out evidence.json',
    )
    .action(async (flags: EvidenceFlags) => {
      const controls = readMapping(catalog, definition);
      if (flags.signKey !== undefined && flags.out === undefined)
        throw new UsageError('--sign-key signs a file: name it with --out');
      if (flags.control === undefined) listControls(controls, flags.json === true);
      else await writeBundle(pick(controls, flags.control), flags);
    });
}

function listControls(controls: readonly Control[], json: boolean): void {
  if (json) {
    const items = controls.map(({ id, regulation, where, status }) => ({
      ...{ id, regulation: regulation.title, where, status },
    }));
    process.stdout.write(`${JSON.stringify({ items })}\n`);
    return;
  }
  const rows = controls.map(({ id, status, where, regulation, asks }) => [
    id,
    status,
    `${regulation.title}, ${where}: ${asks}`,
  ]);
  process.stdout.write(textTable(COLUMNS, rows, process.stdout.columns ?? 100));
}

function pick(controls: readonly Control[], wanted: readonly string[]): readonly Control[] {
  if (wanted.includes('all')) return controls;
  const known = new Map(controls.map((control) => [control.id, control]));
  return wanted.map((id) => {
    const control = known.get(id);
    if (control !== undefined) return control;
    const nearest = nearestWord(id, [...known.keys()]);
    const hint = nearest === null ? 'assay evidence lists them' : `did you mean ${nearest}?`;
    throw new UsageError(`there is no control ${id}; ${hint}`);
  });
}

async function writeBundle(controls: readonly Control[], flags: EvidenceFlags): Promise<void> {
  const { results, source, out, signKey } = flags;
  const signer = signKey === undefined ? null : await readSecretKey(signKey);
  const files = new Set(controls.flatMap(({ tests }) => tests.map(({ file }) => file)));
  const hashes = new Map(
    await Promise.all([...files].map(async (file) => [file, await hashOf(source, file)] as const)),
  );
  const report = results === undefined ? null : await readReport(results);
  const bundle = evidenceBundle(controls, {
    version: manifest.version,
    hashes,
    results:
      report === null ? null : { sha256: hash('sha256', report), read: parseTestResults(report, results!) },
  });
  const text = `${JSON.stringify(bundle, null, 2)}\n`;
  if (out === undefined) process.stdout.write(flags.json === true ? `${JSON.stringify(bundle)}\n` : text);
  else {
    await writeFile(out, text);
    if (signer !== null) {
      const file = { format: bundle.format, sha256: hash('sha256', text) };
      await writeFile(`${out}.note`, await signFile(signer, file));
    }
    const facts = { out, sha256: hash('sha256', text), controls: controls.length };
    process.stdout.write(
      flags.json === true
        ? `${JSON.stringify(facts)}\n`
        : `${out}: ${countOf(controls.length, 'control')}; sha256 ${facts.sha256}\n`,
    );
  }
  const unproven = unprovenTests(bundle);
  if (unproven.length > 0) {
    throw new InputError(
      `${countOf(unproven.length, 'cited test')} did not pass by ${results}:\n${unproven.join('\n')}`,
    );
  }
}

async function hashOf(source: string, file: string): Promise<string> {
  const bytes = await readFile(join(source, file)).catch((cause: unknown) => {
    throw new InputError(
      `the cited test ${file} is not in ${source}: --source names a checkout of Assay ${manifest.version}`,
      { cause },
    );
  });
  return hash('sha256', bytes);
}

async function readReport(file: string): Promise<string> {
  return await readFile(file, 'utf8').catch((cause: NodeJS.ErrnoException) => {
    throw new InputError(`${file} cannot be read as a report of tests (${cause.code ?? cause.message})`, {
      cause,
    });
  });
}
