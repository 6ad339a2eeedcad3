/**
 * An audit log checked offline, with all that lies beside it: its seal, the files it vouches for, and the explanations
 * line by line. What comes out is every problem, by name.
 */
import { createReadStream } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { type ByteLine, splitLines } from '../audit/byte-lines.ts';
import { type CheckpointVerdict, leafOf, verifyCheckpoint } from '../audit/log-tree.ts';
import { parseSeal, type Seal } from '../audit/seal.ts';
import { type AuditVerdict, verifyAudit } from '../audit/verify-audit.ts';
import { type RecordedFlag, recordedFlag, verifyExplanations } from '../audit/verify-explanations.ts';
import { verifyFiles } from '../audit/verify-files.ts';
import { InputError } from '../errors.ts';
import { formatBase64 } from '../tlog/base64.ts';
import { Frontier } from '../tlog/frontier.ts';
import type { TreeHead } from '../tlog/merkle.ts';
import type { VerifierKey } from '../tlog/note-key.ts';
import { hashFile } from './hash-files.ts';

export interface RunProblem {
  /** A line of the log, or a file (and its line). */
  readonly where: string;
  readonly kind: string;
  readonly message: string;
}

export interface VerifiedRun {
  readonly verdict: AuditVerdict;
  readonly seal: Seal | undefined;
  /** Who signed the log, against the keys given. */
  readonly checkpoint: CheckpointVerdict;
  readonly problems: readonly RunProblem[];
  /** How many of the files that the log vouches for are there and were checked. */
  readonly filesChecked: number;
}

/**
 * `expectedHead` is the hash of the last entry where it was kept elsewhere; one of `keys` must have signed the log, where there are
 * any. Throws an InputError if there is no log.
 */
export async function verifyRun(
  file: string,
  expectedHead: string | undefined,
  keys: readonly VerifierKey[] = [],
): Promise<VerifiedRun> {
  if (await isFolder(file)) {
    throw new InputError(`${file} is a folder; an audit log is expected: ${join(file, 'audit.jsonl')}`);
  }
  if ((await hashFile(file)) === undefined) {
    throw new InputError(`${file}: no such file; expected an audit log (audit.jsonl of a run)`);
  }
  const folder = dirname(file);
  const seal = await readSeal(join(folder, 'seal.json'));
  const flags: RecordedFlag[] = [];
  const tree = new Frontier();
  const verdict = await verifyAudit(growing(tree, splitLines(createReadStream(file))), {
    ...(expectedHead === undefined ? {} : { expectedHead }),
    ...(seal === undefined ? {} : { seal }),
    onEntry(entry) {
      const flag = recordedFlag(entry);
      if (flag !== undefined) flags.push(flag);
    },
  });
  const files = await checkFiles(folder, verdict.files, flags);
  const lines = verdict.problems.map(({ line, kind, message }) => ({ where: `line ${line}`, kind, message }));
  const checkpoint = verifyCheckpoint(await readCheckpoint(folder), tree.head, keys);
  const signing = checkpoint.problems.map((problem) => ({ where: 'checkpoint', ...problem }));
  const problems = [
    ...lines,
    ...checkSeal(seal, expectedHead, { ...tree.head, hash: verdict.head }),
    ...signing,
    ...files.problems,
  ];
  return { verdict, seal, checkpoint, problems, filesChecked: files.checked };
}

/** A seal that lies beside the log can be changed with it; a hash that was kept elsewhere cannot. */
function checkSeal(
  seal: Seal | undefined,
  expectedHead: string | undefined,
  log: TreeHead & { readonly hash: string },
): RunProblem[] {
  if (seal === undefined) return [];
  const problems: RunProblem[] = [];
  const add = (message: string) => problems.push({ where: 'seal.json', kind: 'changed', message });
  if (expectedHead !== undefined && seal.head !== expectedHead)
    add(`it seals a log that ends in ${seal.head}, not in the hash given, ${expectedHead}`);
  const root = formatBase64(log.root);
  // Where it ends in another hash the chain itself says what happened.
  if (seal.root !== undefined && seal.head === log.hash && seal.root !== root)
    add(`it has the root ${seal.root}; the tree of the log's entries has ${root}`);
  return problems;
}

/** The lines as they are, each a leaf of the tree. One that is no text was never a leaf: any will do. */
async function* growing(tree: Frontier, lines: AsyncIterable<ByteLine>): AsyncGenerator<ByteLine> {
  for await (const line of lines) {
    tree.append(leafOf(line.text ?? ''));
    yield line;
  }
}

async function readCheckpoint(folder: string): Promise<Buffer | undefined> {
  const path = join(folder, 'checkpoint');
  return (await hashFile(path)) === undefined ? undefined : await readFile(path);
}

/** A log that lies alone is checked alone: files are missed only where some of them are there. */
async function checkFiles(
  folder: string,
  sealed: Readonly<Record<string, string>>,
  flags: readonly RecordedFlag[],
): Promise<{ problems: RunProblem[]; checked: number }> {
  const hashes = new Map<string, string>();
  for (const name of Object.keys(sealed)) {
    const hash = await hashFile(join(folder, name));
    if (hash !== undefined) hashes.set(name, hash);
  }
  if (hashes.size === 0) return { problems: [], checked: 0 };
  const problems: RunProblem[] = await verifyFiles(sealed, async (name) => hashes.get(name));
  const explanations = 'explanations.jsonl';
  if (problems.some(({ where, kind }) => where === explanations && kind === 'changed')) {
    problems.push(
      ...(await verifyExplanations(
        flags,
        splitLines(createReadStream(join(folder, explanations))),
        explanations,
      )),
    );
  }
  return { problems, checked: hashes.size };
}

async function isFolder(path: string): Promise<boolean> {
  return stat(path).then(
    (found) => found.isDirectory(),
    () => false,
  );
}

async function readSeal(path: string): Promise<Seal | undefined> {
  const found = await hashFile(path);
  return found === undefined ? undefined : parseSeal(await readFile(path, 'utf8'), path);
}
