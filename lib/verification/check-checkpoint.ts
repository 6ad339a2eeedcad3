/** The checkpoint of a run: that it is of this log and this seal, and who signed it. */
import { hash } from 'node:crypto';
import { type CheckpointVerdict, runOrigin, SEAL_LINE, verifyCheckpoint } from '../audit/log-tree.ts';
import type { AuditVerdict } from '../audit/verify-audit.ts';
import { InputError } from '../errors.ts';
import type { TreeHead } from '../tlog/merkle.ts';
import type { VerifierKey } from '../tlog/note-key.ts';
import { parseNote } from '../tlog/signed-note.ts';
import type { Findings } from './finding.ts';
import type { RunFiles } from './run-files.ts';

const FILE = 'checkpoint';
const MAX_BYTES = 1 << 20;

export interface CheckpointContext {
  readonly log: AuditVerdict;
  readonly tree: TreeHead;
  readonly domain: string | undefined;
  readonly sealText: string | undefined;
  readonly keys: readonly VerifierKey[];
  readonly findings: Findings;
}

export async function checkCheckpoint(
  files: RunFiles,
  { log, tree, domain, sealText, keys, findings }: CheckpointContext,
): Promise<CheckpointVerdict> {
  const note = files.has(FILE) ? ((await files.bytes(FILE, MAX_BYTES)) ?? Buffer.alloc(0)) : undefined;
  const isSound = log.problemCount === 0;
  const verdict = verifyCheckpoint(note, isSound ? tree : undefined, keys);
  for (const { kind, message } of verdict.problems) findings.add(kind, FILE, message);
  // Of a checkpoint that is not of this log, or not by its key, no more is asked.
  const isForeign = verdict.problems.some(({ kind }) => kind !== 'other key' && kind !== 'unsigned');
  const signed = note === undefined || isForeign || !isSound ? undefined : readNote(note);
  if (signed === undefined) return verdict;
  const [origin, , , ...extensions] = signed.text.split('\n').slice(0, -1);
  const own = runOrigin('', domain ?? '', log.head);
  if (origin?.endsWith(own) !== true)
    findings.add('mismatch', FILE, `it is of the log "${origin}"; the name of this one ends in ${own}`);
  const said = extensions.find((line) => line.startsWith(SEAL_LINE))?.slice(SEAL_LINE.length);
  if (said !== undefined && sealText !== undefined && said !== hash('sha256', sealText, 'base64'))
    findings.add('changed', 'seal.json', 'it is not the seal that the checkpoint vouches for');
  return verdict;
}

function readNote(note: Uint8Array) {
  try {
    return parseNote(note, FILE);
  } catch (error) {
    if (error instanceof InputError) return undefined;
    throw error;
  }
}
