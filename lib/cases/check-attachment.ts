/**
 * Whether a file is what its name says, by its bytes. Pictures are read from part to part to their ends, and text whole; a workbook by
 * its parts (`check-workbook.ts`). A PDF is known by its beginning and its end alone, so that a second file inside one is not found. What a
 * picture's parts carry is not looked at.
 */
import { InputError } from '../errors.ts';
import { ATTACHMENT_ENDINGS, type AttachmentType, TYPE_OF_ENDING } from './attachment.ts';
import { workbookFault } from './check-workbook.ts';

export class AttachmentRefused extends InputError {}

/** As the name says. Throws an AttachmentRefused for a name that ends otherwise. */
export function declaredType(name: string): AttachmentType {
  const ending = /\.([a-z]+)$/i.exec(name)?.[1]?.toLowerCase() ?? '';
  const type = TYPE_OF_ENDING.get(ending);
  if (type !== undefined) return type;
  const known = ATTACHMENT_ENDINGS.join(', ');
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
  xlsx: 'Excel workbook',
};

/** What is wrong with the content; null: nothing. */
const FAULTS: Readonly<Record<AttachmentType, (content: Uint8Array) => string | null>> = {
  pdf: (content) =>
    startFault(content, [0x25, 0x50, 0x44, 0x46, 0x2d]) ??
    (/%%EOF\s*$/.test(Buffer.from(content.subarray(-64)).toString('latin1'))
      ? null
      : 'it does not end with %%EOF'),
  png: (content) => startFault(content, PNG_START) ?? endFault(content, endOfPng(content)),
  jpeg: (content) => startFault(content, [0xff, 0xd8, 0xff]) ?? endFault(content, endOfJpeg(content)),
  csv: textFault,
  txt: textFault,
  xlsx: (content) => startFault(content, [0x50, 0x4b, 0x03, 0x04]) ?? workbookFault(content),
};

const PNG_START = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a];

function startFault(content: Uint8Array, expected: readonly number[]): string | null {
  const found = content.subarray(0, expected.length);
  const isSame = found.length === expected.length && expected.every((byte, at) => found[at] === byte);
  return isSame ? null : `it begins with ${hex(found)}, expected ${hex(expected)}`;
}

/** Where a picture ends, or what is wrong before. */
type End = number | string;

function endFault(content: Uint8Array, end: End): string | null {
  if (typeof end === 'string') return end;
  const more = content.length - end;
  return more === 0 ? null : `it ends at byte ${end}, and ${more} more follow`;
}

/** Chunks: length, type, data, checksum (PNG specification, 5.3). */
function endOfPng(content: Uint8Array): End {
  const view = Buffer.from(content.buffer, content.byteOffset, content.byteLength);
  let at = PNG_START.length;
  let isFirst = true;
  while (at + 12 <= view.length) {
    const type = view.toString('latin1', at + 4, at + 8);
    if (!/^[A-Za-z]{4}$/.test(type)) return `no chunk of a picture stands at byte ${at}`;
    if (isFirst && type !== 'IHDR') return `it begins with the chunk ${type}, expected IHDR`;
    isFirst = false;
    at += 12 + view.readUInt32BE(at);
    if (type === 'IEND') return at <= view.length ? at : CUT_SHORT;
  }
  return CUT_SHORT;
}

const CUT_SHORT = 'it is cut short: its end is missing';
const END_OF_IMAGE = 0xd9;
const START_OF_SCAN = 0xda;

/** Segments, each with its length; those of a scan are followed by data up to the next marker (ITU-T T.81, annex B). */
function endOfJpeg(content: Uint8Array): End {
  let at = 2;
  while (at + 1 < content.length) {
    if (content[at] !== 0xff) return `no segment of a picture stands at byte ${at}`;
    const marker = content[at + 1]!;
    if (marker === END_OF_IMAGE) return at + 2;
    if (marker === 0xff) {
      // Padding before a marker.
      at++;
      continue;
    }
    const length = at + 3 < content.length ? content[at + 2]! * 256 + content[at + 3]! : 0;
    if (marker < 0xc0 || (marker >= 0xd0 && marker <= 0xd8) || length < 2)
      return `no segment of a picture stands at byte ${at}`;
    at += 2 + length;
    if (marker === START_OF_SCAN) at = endOfScan(content, at);
  }
  return CUT_SHORT;
}

/** Within a scan, ff stands before 00 (itself) and d0 to d7 (restarts). */
function endOfScan(content: Uint8Array, from: number): number {
  for (let at = from; at < content.length; at++) {
    const next = content[at + 1] ?? 0;
    if (content[at] === 0xff && next !== 0 && !(next >= 0xd0 && next <= 0xd7)) return at;
  }
  return content.length;
}

/** Readers of PDF look for its beginning so far into a file. */
const PDF_WITHIN = 1_024;

/** UTF-8 without characters that steer: control characters but tabs and ends of lines, and those that turn the direction of writing. */
function textFault(content: Uint8Array): string | null {
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(content);
  } catch {
    return 'it is not UTF-8';
  }
  if (text.slice(0, PDF_WITHIN).includes('%PDF-')) return 'it begins as a PDF does, with %PDF-';
  const at = text.search(/[^\P{Cc}\t\r\n]|\p{Bidi_Control}/u);
  if (at < 0) return null;
  const code = text.charCodeAt(at).toString(16).toUpperCase().padStart(4, '0');
  const kind = /\p{Cc}/u.test(text[at]!) ? 'a control character' : 'which turns the direction of writing';
  return `character ${at + 1} is U+${code}, ${kind}`;
}

function hex(bytes: ArrayLike<number>): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join(' ');
}
