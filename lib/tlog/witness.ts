/**
 * What a witness does with a checkpoint: it signs one only where the log's key did, and the log only grew since the last one it signed.
 * A log that was rolled back, or that shows others another past, is found by that.
 */
import { InputError } from '../errors.ts';
import { parseBase64 } from './base64.ts';
import { parseCheckpoint } from './checkpoint.ts';
import { EMPTY_ROOT, HASH_BYTES, isConsistent, isSameHash, type TreeHead } from './merkle.ts';
import { type NoteSigner, signNote, type VerifierKey, verifyNote } from './note-key.ts';
import { formatNote, parseNote } from './signed-note.ts';
import { readConsistency, type TileReader } from './tile-reader.ts';

export interface Witnessing {
  /** The signed note. */
  readonly note: string;
  /** Of the log. */
  readonly logKey: VerifierKey;
  /** The last that was signed; null: none yet. */
  readonly before: TreeHead | null;
  readonly read: TileReader;
  readonly signer: NoteSigner;
  /** Now, since 1970. */
  readonly seconds: number;
}

export interface Witnessed extends TreeHead {
  readonly origin: string;
  /** With the cosignature, and no other. */
  readonly note: string;
}

/** Throws an InputError that says what is wrong with the log. */
export async function witness({
  note,
  logKey,
  before,
  read,
  signer,
  seconds,
}: Witnessing): Promise<Witnessed> {
  const signed = parseNote(note, 'the checkpoint');
  const { origin, size, root } = parseCheckpoint(signed.text, 'the checkpoint');
  const { valid, broken } = verifyNote(signed, [logKey]);
  if (valid.length === 0 || broken.length > 0)
    throw new InputError(`the checkpoint of ${origin} is not signed by ${logKey.name} (${logKey.keyId})`);
  if (size === 0 && !isSameHash(root, EMPTY_ROOT))
    throw new InputError(`the checkpoint of ${origin} is of no entries, and has a root`);
  if (before !== null) await expectGrown(before, { size, root }, { origin, read });
  const own = signed.signatures.filter(({ name, keyId }) => name === logKey.name && keyId === logKey.keyId);
  const signature = await signNote(signer, signed.text, seconds);
  return { origin, size, root, note: formatNote({ text: signed.text, signatures: [...own, signature] }) };
}

async function expectGrown(
  before: TreeHead,
  now: TreeHead,
  { origin, read }: { readonly origin: string; readonly read: TileReader },
): Promise<void> {
  if (now.size < before.size)
    throw new InputError(
      `${origin} was rolled back: its checkpoint has ${now.size} entries; one of ${before.size} was signed before`,
    );
  const proof =
    now.size === before.size || before.size === 0 ? [] : await readConsistency(read, before.size, now.size);
  if (isConsistent(before, now, proof)) return;
  throw new InputError(
    `${origin} was forked: its ${now.size} entries do not begin with the ${before.size} that were signed before`,
  );
}

export interface WitnessState {
  readonly size: number;
  /** Base64. */
  readonly root: string;
  readonly note: string;
}

/** `where` is the file's name, for messages. */
export function headOf({ size, root }: WitnessState, where: string): TreeHead {
  const bytes = parseBase64(root);
  if (bytes?.length !== HASH_BYTES || !Number.isSafeInteger(size) || size < 0)
    throw new InputError(`${where} is damaged: a witness that forgets what it signed is none`);
  return { size, root: bytes };
}
