/** A file signed apart from it: a note over its format and hash, so that the file stays as it is. */
import { type NoteSigner, signNote, type VerifierKey, verifyNote } from './note-key.ts';
import { formatNote, parseNote } from './signed-note.ts';

export interface FileToSign {
  /** What kind of file it is, such as `assay-dossier/1`. */
  readonly format: string;
  /** In hex. */
  readonly sha256: string;
}

/** The signed note. */
export async function signFile(signer: NoteSigner, file: FileToSign): Promise<string> {
  const text = textOf(file);
  return formatNote({ text, signatures: [await signNote(signer, text)] });
}

/** Why the file is not one that one of the keys has signed; null: it is. Without keys only what the note says of the file counts. */
export function verifySignedFile(
  note: string,
  file: FileToSign,
  keys: readonly VerifierKey[],
  where: string,
): string | null {
  const signed = parseNote(note, where);
  if (signed.text !== textOf(file)) return 'it is a signature of another file';
  if (keys.length === 0) return null;
  const { valid, broken } = verifyNote(signed, keys);
  if (broken.length > 0) return `it says that ${broken[0]!.name} signed it; the signature is not by that key`;
  return valid.length > 0 ? null : 'none of the keys given has signed it';
}

function textOf({ format, sha256 }: FileToSign): string {
  return `${format}\nsha256 ${sha256}\n`;
}
