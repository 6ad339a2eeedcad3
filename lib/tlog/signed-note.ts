/**
 * A text and who signed it (C2SP signed-note): read and written here, signed and verified by `note-key.ts`.
 *
 *     This is an example message.
 *
 *     — example.com/foo Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAlTgK7Ztg1ERYNZXsYjOBH3mFXmRKuwHjG1Yu72IneyaQM=
 */
import { InputError } from '../errors.ts';
import { formatBase64, parseBase64 } from './base64.ts';

export interface NoteSignature {
  /** Of the key. */
  readonly name: string;
  /** 8 hex digits. */
  readonly keyId: string;
  readonly signature: Uint8Array;
}

export interface SignedNote {
  /** With the line feed that ends it. */
  readonly text: string;
  readonly signatures: readonly NoteSignature[];
}

/** Post-quantum signatures take up to 5 kB. */
const MAX_NOTE_BYTES = 1 << 20;
const MAX_SIGNATURES = 100;
const SIGNATURE_LINE = /^— ([^\s+]+) ([A-Za-z0-9+/=]+)$/u;
const KEY_ID_BYTES = 4;

export function formatNote({ text, signatures }: SignedNote): string {
  return `${text}\n${signatures.map(formatSignature).join('')}`;
}

/** A signature's line. */
export function formatSignature({ name, keyId, signature }: NoteSignature): string {
  return `— ${name} ${formatBase64(Buffer.concat([Buffer.from(keyId, 'hex'), signature]))}\n`;
}

/** `where` is the file's name, for messages. */
export function parseNote(note: string | Uint8Array, where: string): SignedNote {
  const content = typeof note === 'string' ? note : decode(note, where);
  if (content.length > MAX_NOTE_BYTES)
    refuse(where, `${content.length} characters; at most 1 MB was expected`);
  // biome-ignore lint/suspicious/noControlCharactersInRegex: a note must hold none but line feeds.
  if (/[\u0000-\u0009\u000b-\u001f]/.test(content)) refuse(where, 'a control character in it');
  const cut = content.lastIndexOf('\n\n');
  if (cut < 0) refuse(where, 'no empty line before its signatures');
  const lines = content.slice(cut + 2).split('\n');
  if (lines.pop() !== '' || lines.length === 0)
    refuse(where, 'no signature, each a line of its own, at its end');
  if (lines.length > MAX_SIGNATURES) refuse(where, `${lines.length} signatures; at most ${MAX_SIGNATURES}`);
  return { text: content.slice(0, cut + 1), signatures: lines.map((line) => parseSignature(line, where)) };
}

function parseSignature(line: string, where: string): NoteSignature {
  const [, name, text] = SIGNATURE_LINE.exec(line) ?? [];
  const bytes = parseBase64(text ?? '');
  if (name === undefined || bytes === undefined || bytes.length <= KEY_ID_BYTES)
    refuse(
      where,
      `the signature line ${JSON.stringify(line.slice(0, 80))}; "— <key name> <base64>" was expected`,
    );
  const keyId = bytes.subarray(0, KEY_ID_BYTES).toString('hex');
  return { name, keyId, signature: bytes.subarray(KEY_ID_BYTES) };
}

function decode(bytes: Uint8Array, where: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    refuse(where, 'bytes that are not UTF-8');
  }
}

function refuse(where: string, found: string): never {
  throw new InputError(`${where} is not a signed note: it has ${found}`);
}
