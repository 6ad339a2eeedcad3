/** The list of sealed files against the folder: what is changed, missing, left out of the list, or named though no run has it. */
import type { AuditVerdict } from '../audit/verify-audit.ts';
import type { Findings, Note } from './finding.ts';
import type { LogFacts } from './log-facts.ts';
import {
  HISTORY,
  isRunFile,
  type RunFileName,
  type RunFiles,
  SEALED_ALWAYS,
  SEALED_IF_THERE,
  SEALED_SINCE_2,
} from './run-files.ts';

const LOG = 'audit.jsonl';

/** `unsealed`: it is there, and nothing vouches for its bytes. */
export type Soundness = 'as sealed' | 'changed' | 'missing' | 'unsealed';

interface FilesContext {
  readonly log: AuditVerdict;
  readonly facts: LogFacts;
  readonly findings: Findings;
  readonly notes: Note[];
}

/** By name, each file that is there or should be. */
export async function checkFiles(
  files: RunFiles,
  { log, facts, findings, notes }: FilesContext,
): Promise<Map<RunFileName, Soundness>> {
  const soundness = new Map<RunFileName, Soundness>();
  const sealed = log.sealed && facts.sealed !== undefined ? facts.sealed.files : {};
  if (!log.sealed) notes.push({ file: LOG, message: 'not sealed: the hashes of its files are not known' });
  for (const [name, expected] of Object.entries(sealed)) {
    if (
      !isRunFile(name) ||
      name === LOG ||
      name === 'seal.json' ||
      name === 'checkpoint' ||
      name === HISTORY
    ) {
      const kind = isPlainName(name) ? 'unknown' : 'unsafe';
      findings.add(
        kind,
        LOG,
        `it vouches for ${quote(name)}, which no run has: it is not opened`,
        facts.lastLine,
      );
    } else soundness.set(name, await compare(files, name, expected, findings));
  }
  if (!log.sealed) return soundness;
  const isNew = facts.started?.format !== undefined;
  for (const name of [...SEALED_ALWAYS, ...SEALED_SINCE_2, ...SEALED_IF_THERE]) {
    if (soundness.has(name)) continue;
    const isExpected = (SEALED_ALWAYS as readonly string[]).includes(name);
    if (
      isExpected ||
      (isNew && (SEALED_SINCE_2 as readonly string[]).includes(name)) ||
      (isNew && files.has(name))
    )
      findings.add('unsealed', name, `${LOG} does not vouch for it`);
    else if (files.has(name))
      notes.push({ file: name, message: 'not sealed: the run is of a version that did not seal it' });
    if (files.has(name)) soundness.set(name, 'unsealed');
  }
  checkPast(soundness, facts, findings);
  if (soundness.has('report.html') !== soundness.has('report.json')) {
    const [gone, there] = soundness.has('report.json') ? ['html', 'json'] : ['json', 'html'];
    if (isNew) findings.add('mismatch', `report.${gone}`, `not there, though report.${there} is`);
  }
  checkHistory(files, facts, findings, notes);
  return soundness;
}

async function compare(
  files: RunFiles,
  name: RunFileName,
  expected: string,
  findings: Findings,
): Promise<Soundness> {
  if (!files.has(name)) {
    if (findings.listed.every(({ file }) => file !== name)) findings.add('missing', name, 'the file is gone');
    return 'missing';
  }
  const found = await files.hash(name);
  if (found === expected) return 'as sealed';
  findings.add('changed', name, `its sha256 is ${found}; ${LOG} has ${expected}`);
  return 'changed';
}

/** A run that saw earlier drops has their list, and no other has one. */
function checkPast(
  soundness: ReadonlyMap<RunFileName, Soundness>,
  { started }: LogFacts,
  findings: Findings,
): void {
  if (started?.format === undefined) return;
  const drops = started.past?.drops ?? 0;
  if (drops > 0 === soundness.has('past.txt')) return;
  findings.add('mismatch', 'past.txt', `${LOG} says that ${drops} earlier drops were seen`);
}

function checkHistory(files: RunFiles, { started }: LogFacts, findings: Findings, notes: Note[]): void {
  if (!files.has(HISTORY)) return;
  const message = 'records of earlier drops, which their own runs seal: only a replay sees a change in it';
  if (started?.drop === undefined) findings.add('extra', HISTORY, 'only a run fetched from a stack has it');
  else notes.push({ file: HISTORY, message });
}

/** A name that would stay in the folder. */
function isPlainName(name: string): boolean {
  return /^[\w-]+(\.[\w-]+)*$/.test(name);
}

/** A name may hold anything, a terminal's commands too. */
function quote(name: string): string {
  const text = JSON.stringify(name.slice(0, 200));
  return text.replace(/[^\x20-\x7e]/g, (one) => `\\u${one.charCodeAt(0).toString(16).padStart(4, '0')}`);
}
