/**
 * A run checked offline: its log, its seal, the files that the log vouches for, and every fact that stands in more than one of them.
 *
 * A file that is not as it was sealed is named once, and is no witness against the others. What agrees with the seal is held against
 * the rest, for anyone who can write a file can write its hash too.
 */
import { lstat } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import type { ByteLine } from '../audit/byte-lines.ts';
import { type CheckpointVerdict, leafOf } from '../audit/log-tree.ts';
import { makeSeal, parseSeal, type Seal } from '../audit/seal.ts';
import { type AuditVerdict, verifyAudit } from '../audit/verify-audit.ts';
import { verifyExplanations } from '../audit/verify-explanations.ts';
import { InputError } from '../errors.ts';
import { replayRun } from '../scoring/replay-run.ts';
import { formatBase64 } from '../tlog/base64.ts';
import { Frontier } from '../tlog/frontier.ts';
import type { TreeHead } from '../tlog/merkle.ts';
import type { VerifierKey } from '../tlog/note-key.ts';
import { checkCheckpoint } from './check-checkpoint.ts';
import { checkFacts } from './check-facts.ts';
import { checkFiles, type Soundness } from './check-files.ts';
import { type Finding, Findings, type Note, type Verdict, verdictOf } from './finding.ts';
import { LogFacts } from './log-facts.ts';
import { readTables, type TableAnswers, type TableQuestions } from './read-tables.ts';
import { RunFiles } from './run-files.ts';

const LOG = 'audit.jsonl';
const SEAL = 'seal.json';

export interface VerifyOptions {
  /** Hash of the log's last entry, from elsewhere. */
  readonly head?: string;
  /** Public keys, one of which must have signed; none: no signature is asked for. */
  readonly keys?: readonly VerifierKey[];
  /** Only the log and its seal: no other file is asked for. */
  readonly logOnly?: boolean;
  /** Every decision is made again, and the report drawn again. */
  readonly replay?: boolean;
  /** Answers what is asked of the Parquet files; for many verifications in one process. */
  readonly readTables?: (questions: TableQuestions) => Promise<TableAnswers>;
}

export interface VerifiedRun {
  readonly verdict: Verdict;
  readonly log: AuditVerdict;
  readonly seal: Seal | undefined;
  readonly checkpoint: CheckpointVerdict;
  /** The files whose bytes were as sealed. */
  readonly checked: readonly string[];
  readonly findings: readonly Finding[];
  readonly findingCount: number;
  readonly notes: readonly Note[];
}

/** `target` is the folder of a run, or its log. Throws an InputError where there is neither. */
export async function verifyRun(target: string, options: VerifyOptions = {}): Promise<VerifiedRun> {
  const folder = await folderOf(target);
  const findings = new Findings();
  const notes: Note[] = [];
  const listed = options.logOnly === true ? new Findings() : findings;
  const files = await RunFiles.list(folder, listed);
  for (const finding of options.logOnly === true ? listed.listed : [])
    if (finding.file === LOG || finding.file === SEAL)
      findings.add(finding.kind, finding.file, finding.message);
  if (files.count === 0 && findings.count === 0)
    throw new InputError(`${folder} holds no run: it has no ${LOG} (assay score writes one)`);
  const { seal, text: sealText } = await readSeal(files, findings, options.logOnly === true, notes);
  const { log, facts, tree } = await readLog(files, findings, seal, options.head);
  const domain = facts.started?.domain;
  const { keys = [] } = options;
  const checkpoint = await checkCheckpoint(files, { log, tree, domain, sealText, keys, findings });
  const checked: string[] = [];
  if (options.logOnly !== true && files.has(LOG)) {
    const soundness = await checkFiles(files, { log, facts, findings, notes });
    for (const [name, state] of soundness) if (state === 'as sealed') checked.push(name);
    await nameExplanations(files, facts, soundness, findings);
    const tables = options.readTables ?? readTables;
    await checkFacts(files, {
      redraws: options.replay === true,
      log: log.problemCount === 0 ? facts : null,
      soundness,
      findings,
      notes,
      tables,
    });
  }
  if (options.replay === true) await checkReplay(folder, findings, notes);
  const { listed: found, count: findingCount } = findings;
  return { verdict: verdictOf(found), log, seal, checkpoint, checked, findings: found, findingCount, notes };
}

async function folderOf(target: string): Promise<string> {
  const found = await lstat(target).catch(() => undefined);
  if (found === undefined)
    throw new InputError(`${target}: no such file or folder; expected a run or its ${LOG}`);
  if (basename(target) === LOG) return dirname(target);
  const isLink = found.isSymbolicLink();
  if (found.isDirectory() || isLink) return target;
  throw new InputError(`${target}: expected the folder of a run, or its ${LOG}`);
}

async function readSeal(
  files: RunFiles,
  findings: Findings,
  isOptional: boolean,
  notes: Note[],
): Promise<{ readonly seal: Seal | undefined; readonly text: string | undefined }> {
  if (!files.has(SEAL)) {
    if (isOptional) notes.push({ file: SEAL, message: 'not there: no one vouches for the end of the log' });
    else if (findings.listed.every(({ file }) => file !== SEAL))
      findings.add(
        'missing',
        SEAL,
        'the seal is gone: the log alone cannot show that it was rewritten to its end',
      );
    return { seal: undefined, text: undefined };
  }
  const text = await files.text(SEAL, findings);
  if (text === undefined) return { seal: undefined, text };
  try {
    const seal = parseSeal(text, SEAL);
    if (makeSeal(seal) !== text)
      findings.add(
        'unknown',
        SEAL,
        'not written as seals are: a member that seals do not have, or other spelling',
      );
    return { seal, text };
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    findings.add('malformed', SEAL, error.message);
    return { seal: undefined, text };
  }
}

const NOTHING: AuditVerdict = {
  entries: 0,
  head: '0'.repeat(64),
  sealed: false,
  files: {},
  problems: [],
  problemCount: 0,
};

async function readLog(
  files: RunFiles,
  findings: Findings,
  seal: Seal | undefined,
  head: string | undefined,
): Promise<{ readonly log: AuditVerdict; readonly facts: LogFacts; readonly tree: TreeHead }> {
  const own = new Findings();
  const facts = new LogFacts(own);
  const tree = new Frontier();
  if (!files.has(LOG)) {
    if (findings.listed.every(({ file }) => file !== LOG)) findings.add('missing', LOG, 'the log is gone');
    return { log: NOTHING, facts, tree: tree.head };
  }
  const log = await verifyAudit(growing(tree, files.lines(LOG)), {
    ...(head !== undefined && { expectedHead: head }),
    ...(seal !== undefined && { seal }),
    onEntry: (entry) => facts.add(entry),
  });
  for (const { line, kind, message } of log.problems) findings.add(kind, LOG, message, line);
  // Entries of a broken chain say what they like.
  if (log.problemCount === 0) {
    facts.finish();
    for (const { kind, file, message, line } of own.listed) findings.add(kind, file, message, line);
  }
  if (seal !== undefined && head !== undefined && seal.head !== head)
    findings.add('changed', SEAL, `it seals a log that ends in ${seal.head}, not in the hash given, ${head}`);
  checkRoot(seal, log, tree.head, findings);
  return { log, facts, tree: tree.head };
}

/** Where the log ends in another hash the chain itself says what happened. */
function checkRoot(seal: Seal | undefined, log: AuditVerdict, { root }: TreeHead, findings: Findings): void {
  if (seal?.root === undefined || seal.head !== log.head || log.problemCount > 0) return;
  const found = formatBase64(root);
  if (seal.root === found) return;
  findings.add('mismatch', SEAL, `it has the root ${seal.root}; the tree of the log's entries has ${found}`);
}

/** The lines as they are, each a leaf of the tree. One that is no text was never a leaf: any will do. */
async function* growing(tree: Frontier, lines: AsyncIterable<ByteLine>): AsyncGenerator<ByteLine> {
  for await (const line of lines) {
    tree.append(leafOf(line.text ?? ''));
    yield line;
  }
}

/** Only of files that are sound: of others it would say once more that they are not. */
async function checkReplay(folder: string, findings: Findings, notes: Note[]): Promise<void> {
  if (findings.count > 0) {
    notes.push({ file: LOG, message: 'not replayed: a replay takes files that are as they were sealed' });
    return;
  }
  const { decisions, differences } = await replayRun(folder, 1);
  for (const { file, line, message } of differences) findings.add('replay', file, message, line);
  if (differences.length > 0) return;
  notes.push({ file: 'decisions.parquet', message: `all ${decisions} decisions are what a replay gives` });
}

/** Of changed explanations, the lines that are not as recorded. */
async function nameExplanations(
  files: RunFiles,
  { flags }: LogFacts,
  soundness: ReadonlyMap<string, Soundness>,
  findings: Findings,
): Promise<void> {
  const file = 'explanations.jsonl';
  if (soundness.get(file) !== 'changed') return;
  const problems = await verifyExplanations(flags, files.lines(file));
  for (const { line, kind, message } of problems) findings.add(kind, file, message, line);
}
