/**
 * The proof of one entry as a file (C2SP tlog-proof): the entry itself, its way to the root, and the signed checkpoint. Of a flag in a
 * drop there are two ways: from the flag to the root of the drop's log, which an entry of the domain's log names, and from that one
 * to the checkpoint. `extra` has what the leaf is made of, as canonical JSON:
 *
 *     {"entry":"<line>"}
 *     {"entry":"<line of drop_sealed>","inner":{"entry":"<line>","hashes":["<base64>", …],"index":7}}
 */
import { z } from 'zod';
import { InputError } from '../errors.ts';
import { formatBase64, parseBase64 } from '../tlog/base64.ts';
import { type Checkpoint, parseCheckpoint } from '../tlog/checkpoint.ts';
import { type Hash, hashLeaf, isIncluded } from '../tlog/merkle.ts';
import type { VerifierKey } from '../tlog/note-key.ts';
import { parseNote } from '../tlog/signed-note.ts';
import { formatProof, parseProof } from '../tlog/tlog-proof.ts';
import { type AuditEntry, parseEntry } from './audit-entry.ts';
import { canonicalJson } from './canonical-json.ts';
import { type CheckpointVerdict, leafOf, verifyCheckpoint } from './log-tree.ts';

/** An entry and its way to the root of its log. */
export interface ProvenLine {
  /** As it stands in the log, without its line end. */
  readonly line: string;
  readonly index: number;
  readonly hashes: readonly Hash[];
}

/** `inner`: an entry of the drop whose log `outer` names. `checkpoint` is the signed note. */
export function formatEntryProof(outer: ProvenLine, checkpoint: string, inner?: ProvenLine): string {
  const of = inner && { entry: inner.line, hashes: inner.hashes.map(formatBase64), index: inner.index };
  const extra = canonicalJson({ entry: outer.line, ...(of !== undefined && { inner: of }) });
  return formatProof({ ...outer, extra: Buffer.from(extra), checkpoint });
}

const Extra = z.strictObject({
  entry: z.string(),
  inner: z
    .strictObject({ entry: z.string(), index: z.number().int().nonnegative(), hashes: z.array(z.string()) })
    .optional(),
});
const SealedDrop = z.object({ entries: z.number().int(), root: z.string() });

export interface ProofVerdict {
  /** What is proved. */
  readonly entry: AuditEntry;
  /** Of a flag: the drop in whose log it is. */
  readonly drop: string | null;
  readonly checkpoint: Checkpoint;
  readonly signature: CheckpointVerdict;
  readonly problems: readonly { readonly kind: string; readonly message: string }[];
}

/** Throws an InputError for what is no proof of an entry. `where` is the file's name, for messages. */
export function verifyEntryProof(text: string, keys: readonly VerifierKey[], where: string): ProofVerdict {
  const { extra, index, hashes, checkpoint: note } = parseProof(text, where);
  const { entry: line, inner } = parseExtra(extra, where);
  const checkpoint = parseCheckpoint(parseNote(note, where).text, where);
  const signature = verifyCheckpoint(note, checkpoint, keys);
  const problems: { readonly kind: string; readonly message: string }[] = [...signature.problems];
  if (!isIncluded(hashLeaf(leafOf(line)), index, checkpoint, hashes))
    problems.push({
      kind: 'not proved',
      message: 'its hashes do not lead from the entry to the root of the log',
    });
  const outer = entryOf(line, where);
  if (inner === undefined) return { entry: outer, drop: null, checkpoint, signature, problems };
  if (!isInDrop(outer, inner))
    problems.push({
      kind: 'not proved',
      message: 'its hashes do not lead from the entry to the root of the drop',
    });
  return { entry: entryOf(inner.entry, where), drop: outer.subject, checkpoint, signature, problems };
}

function isInDrop({ event, data }: AuditEntry, inner: NonNullable<z.output<typeof Extra>['inner']>): boolean {
  const sealed = SealedDrop.safeParse(data);
  const hashes = inner.hashes.map(parseBase64);
  if (event !== 'drop_sealed' || !sealed.success || hashes.includes(undefined)) return false;
  const root = parseBase64(sealed.data.root) ?? Buffer.alloc(0);
  const head = { size: sealed.data.entries, root };
  return isIncluded(hashLeaf(leafOf(inner.entry)), inner.index, head, hashes as Buffer[]);
}

function parseExtra(extra: Uint8Array, where: string): z.output<typeof Extra> {
  try {
    return Extra.parse(JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(extra)));
  } catch (cause) {
    throw new InputError(
      `${where}: its extra data is not the entry of an audit log, as assay proof writes it`,
      {
        cause,
      },
    );
  }
}

function entryOf(line: string, where: string): AuditEntry {
  const { entry, fault } = parseEntry(line);
  if (entry === undefined || fault !== undefined)
    throw new InputError(`${where}: what it proves is no entry of an audit log: ${fault}`);
  return entry;
}
