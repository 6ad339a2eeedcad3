/**
 * Files that people attach to a case. What is taken is what its bytes show: its type stands in its name and is held against
 * its content. Nothing is opened or run here, and nothing is shown in a page: a file is downloaded.
 */
import { InputError } from '../errors.ts';

export interface Attachment {
  /** 24 hex digits. */
  readonly id: string;
  readonly caseId: string;
  readonly domain: string;
  readonly name: string;
  readonly type: AttachmentType;
  readonly bytes: number;
  /** Hex. */
  readonly sha256: string;
  readonly by: string;
  /** ISO 8601. */
  readonly at: string;
}

export type AttachmentType = 'pdf' | 'png' | 'jpeg' | 'csv' | 'txt';

export const MAX_ATTACHMENTS = 20;

export class AttachmentRefused extends InputError {}

const ENDINGS: Readonly<Record<string, AttachmentType>> = {
  pdf: 'pdf',
  png: 'png',
  jpg: 'jpeg',
  jpeg: 'jpeg',
  csv: 'csv',
  txt: 'txt',
};
export const ATTACHMENT_ENDINGS: readonly string[] = Object.keys(ENDINGS);

/** As the name says. Throws an AttachmentRefused for a name that ends otherwise. */
export function declaredType(name: string): AttachmentType {
  const ending = /\.([a-z]+)$/i.exec(name)?.[1]?.toLowerCase() ?? '';
  const type = ENDINGS[ending];
  if (type !== undefined) return type;
  const known = ATTACHMENT_ENDINGS.map((one) => `.${one}`).join(', ');
  throw new AttachmentRefused(`"${name}" is not of a type that is attached here: expected ${known}`);
}

/** Throws an AttachmentRefused for an empty file, or one of more bytes than that. */
export function expectSize(bytes: number, maxBytes: number): void {
  if (bytes === 0) throw new AttachmentRefused('the file is empty');
  if (bytes > maxBytes)
    throw new AttachmentRefused(
      `the file has ${bytes.toLocaleString('en-US')} bytes; at most ${maxBytes.toLocaleString('en-US')} are attached`,
    );
}

/** By the name and by the content, which must agree. Throws an AttachmentRefused that says what was found. */
export function checkAttachment(name: string, content: Uint8Array, maxBytes: number): AttachmentType {
  const type = declaredType(name);
  expectSize(content.length, maxBytes);
  const fault = FAULTS[type](content);
  if (fault !== null) throw new AttachmentRefused(`"${name}" is no ${NAMES[type]}: ${fault}`);
  return type;
}

const NAMES: Readonly<Record<AttachmentType, string>> = {
  pdf: 'PDF',
  png: 'PNG picture',
  jpeg: 'JPEG picture',
  csv: 'CSV text',
  txt: 'text',
};

/** What is wrong with the content; null: nothing. A file that goes on after its end could be two files in one. */
const FAULTS: Readonly<Record<AttachmentType, (content: Uint8Array) => string | null>> = {
  pdf: (content) =>
    startFault(content, [0x25, 0x50, 0x44, 0x46, 0x2d]) ??
    (/%%EOF\s*$/.test(Buffer.from(content.subarray(-64)).toString('latin1'))
      ? null
      : 'it does not end with %%EOF'),
  png: (content) =>
    startFault(content, [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]) ??
    endFault(content, [0x49, 0x45, 0x4e, 0x44, 0xae, 0x42, 0x60, 0x82]),
  jpeg: (content) => startFault(content, [0xff, 0xd8, 0xff]) ?? endFault(content, [0xff, 0xd9]),
  csv: textFault,
  txt: textFault,
};

function startFault(content: Uint8Array, expected: readonly number[]): string | null {
  const found = content.subarray(0, expected.length);
  return isSame(found, expected) ? null : `it begins with ${hex(found)}, expected ${hex(expected)}`;
}

function endFault(content: Uint8Array, expected: readonly number[]): string | null {
  const found = content.subarray(-expected.length);
  return isSame(found, expected) ? null : `it ends with ${hex(found)}, expected ${hex(expected)}`;
}

/** UTF-8 without control characters but tabs and ends of lines. */
function textFault(content: Uint8Array): string | null {
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(content);
  } catch {
    return 'it is not UTF-8';
  }
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is looked for
  const at = text.search(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f]/);
  return at < 0 ? null : `character ${at + 1} is the control character ${hex([text.charCodeAt(at)])}`;
}

function isSame(found: ArrayLike<number>, expected: readonly number[]): boolean {
  return found.length === expected.length && expected.every((byte, at) => found[at] === byte);
}

function hex(bytes: ArrayLike<number>): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join(' ');
}
