/**
 * An audit log as a tree (RFC 6962): each entry is a leaf, in order. Its checkpoint, a signed note, is what the log's keeper can't
 * make without the key; `docs/audit.md` says what it is checked for.
 */
import { hash } from 'node:crypto';
import { InputError } from '../errors.ts';
import { formatCheckpoint, parseCheckpoint } from '../tlog/checkpoint.ts';
import { isSameHash, type TreeHead } from '../tlog/merkle.ts';
import {
  type NoteSigner,
  signNote,
  type VerifiedSignature,
  type VerifierKey,
  verifyNote,
} from '../tlog/note-key.ts';
import { formatNote, parseNote, type SignedNote } from '../tlog/signed-note.ts';
import { MAX_ENTRY_BYTES } from '../tlog/tiles.ts';

/** The line of an entry, without its line end; of one too long for a bundle, its hash. */
export function leafOf(line: string): Uint8Array {
  const bytes = Buffer.from(line);
  return bytes.length <= MAX_ENTRY_BYTES ? bytes : Buffer.from(`sha256:${hash('sha256', bytes)}`);
}

/** The name of a run's log: another run is another log, the same run the same. `head` is the hash of its last entry. */
export function runOrigin(key: string, domain: string, head: string): string {
  return `${key}/runs/${domain}/${head.slice(0, 32)}`;
}

/** What begins the extension line of a run's checkpoint that vouches for its seal: the base64 of its sha256 follows. */
export const SEAL_LINE = 'seal ';

/** The signed note. `seal` is the text of the seal beside it, whose time and versions stand nowhere else. */
export async function signCheckpoint(
  signer: NoteSigner,
  origin: string,
  head: TreeHead,
  seal?: string,
): Promise<string> {
  const extension = seal === undefined ? '' : `${SEAL_LINE}${hash('sha256', seal, 'base64')}\n`;
  const text = `${formatCheckpoint({ origin, ...head })}${extension}`;
  return formatNote({ text, signatures: [await signNote(signer, text)] });
}

export interface CheckpointVerdict {
  /** `not checked`: it is signed, and no key was given. */
  readonly state: 'signed' | 'unsigned' | 'signed by another key' | 'not checked';
  /** Who says to have signed it: name and id of each key, checked or not. */
  readonly signers: readonly string[];
  /** By the keys that were given. */
  readonly valid: readonly VerifiedSignature[];
  readonly problems: readonly CheckpointProblem[];
}

export interface CheckpointProblem {
  readonly kind: 'duplicate' | 'forged' | 'malformed' | 'other key' | 'rewritten' | 'unsigned';
  readonly message: string;
}

const UNSIGNED: CheckpointVerdict = { state: 'unsigned', signers: [], valid: [], problems: [] };

/**
 * The checkpoint of a log against the log as it was found and the keys that are trusted; without keys nothing is said of who
 * signed it. `note` undefined: there is none. `head` undefined: the log has no tree, since it is damaged.
 */
export function verifyCheckpoint(
  note: string | Uint8Array | undefined,
  head: TreeHead | undefined,
  keys: readonly VerifierKey[],
): CheckpointVerdict {
  if (note === undefined) return keys.length === 0 ? UNSIGNED : { ...UNSIGNED, problems: [unsigned()] };
  try {
    const signed = parseNote(note, 'the checkpoint');
    const content = head === undefined ? [] : checkHead(signed, head);
    const { state, valid, problems } = checkSignatures(signed, keys);
    const signers = signed.signatures.map(({ name, keyId }) => `${name} (${keyId})`);
    return { state, signers, valid, problems: [...problems, ...repeatedSigners(signers), ...content] };
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    return { ...UNSIGNED, problems: [{ kind: 'malformed', message: error.message }] };
  }
}

/** Readers of notes pass over a second signature by one key, so that it would be a change that no one sees. */
function repeatedSigners(signers: readonly string[]): CheckpointProblem[] {
  const repeated = new Set(signers.filter((signer, at) => signers.indexOf(signer) < at));
  return [...repeated].map((signer) => ({ kind: 'duplicate', message: `${signer} has signed it twice` }));
}

function unsigned(): CheckpointProblem {
  return { kind: 'unsigned', message: 'the log has no checkpoint: no key has signed it' };
}

function checkHead({ text }: SignedNote, { size, root }: TreeHead): CheckpointProblem[] {
  const signed = parseCheckpoint(text, 'the checkpoint');
  if (signed.size !== size)
    return [{ kind: 'rewritten', message: `it is of a log of ${signed.size} entries; this one has ${size}` }];
  if (isSameHash(signed.root, root)) return [];
  return [
    { kind: 'rewritten', message: 'it is of another log: the root of the tree is not that of these entries' },
  ];
}

function checkSignatures(
  note: SignedNote,
  keys: readonly VerifierKey[],
): Pick<CheckpointVerdict, 'state' | 'valid' | 'problems'> {
  const { valid, broken } = verifyNote(note, keys);
  const problems = broken.map(({ name, keyId }): CheckpointProblem => {
    return {
      kind: 'forged',
      message: `it says that ${name} (${keyId}) signed it; the signature is not by that key`,
    };
  });
  if (keys.length === 0) return { state: 'not checked', valid, problems };
  // A witness vouches for a log beside its own key, not in place of it.
  if (valid.some(({ key }) => key.kind === 'ed25519')) return { state: 'signed', valid, problems };
  if (problems.length > 0) return { state: 'unsigned', valid, problems };
  const names = note.signatures.map(({ name, keyId }) => `${name} (${keyId})`).join(', ');
  const message = `it is signed by ${names}, none of the keys given`;
  return { state: 'signed by another key', valid, problems: [{ kind: 'other key', message }] };
}
