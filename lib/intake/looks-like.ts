/**
 * Files that hold no CSV, JSONL or Parquet, detected by their first bytes: what one looks like, and what to do about it; null if
 * nothing speaks against text.
 */

interface Kind {
  readonly magic: string;
  readonly says: string;
}

/** Of control characters; compressed data have fewer, but are no valid text in any encoding that is guessed. */
const BINARY_SHARE = 0.3;
const AS_CSV = 'save or export it as CSV';
/** Magic numbers as Latin-1 text. */
const KINDS: readonly Kind[] = [
  { magic: '\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1', says: `an old Excel workbook (.xls): ${AS_CSV}` },
  { magic: '%PDF', says: `a PDF: ${AS_CSV} where it came from` },
  { magic: 'BZh', says: 'data compressed by bzip2: gzip and zstd are read' },
  { magic: '\xfd7zXZ\0', says: 'data compressed by xz: gzip and zstd are read' },
  { magic: '\x04\x22\x4d\x18', says: 'data compressed by lz4: gzip and zstd are read' },
  { magic: "7z\xbc\xaf'\x1c", says: 'a 7-Zip archive: unpack it first' },
  { magic: 'Rar!', says: 'a RAR archive: unpack it first' },
  { magic: '\x1f\x8b', says: 'data compressed twice: unpack it once' },
  { magic: '\x28\xb5\x2f\xfd', says: 'data compressed twice: unpack it once' },
  { magic: 'SQLite format 3\0', says: `an SQLite database: ${AS_CSV}` },
  { magic: 'Obj\x01', says: 'an Avro file: convert it to Parquet' },
  { magic: 'ORC', says: 'an ORC file: convert it to Parquet' },
  { magic: 'ARROW1\0\0', says: 'an Arrow file: convert it to Parquet' },
  { magic: '\x89PNG', says: 'a picture' },
  { magic: '\xff\xd8\xff', says: 'a picture' },
  { magic: 'GIF8', says: 'a picture' },
  { magic: '\x7fELF', says: 'a program' },
  { magic: '{\\rtf', says: `a rich-text document: ${AS_CSV}` },
];

export function looksLike(head: Uint8Array): string | null {
  const start = Buffer.from(head.buffer, head.byteOffset, Math.min(head.length, 4096)).toString('latin1');
  if (start.startsWith('PK\x03\x04')) return zipContent(start);
  const known = KINDS.find(
    (kind) => start.startsWith(kind.magic) && (kind.magic !== 'ORC' || start[3]! < ' '),
  );
  if (known !== undefined) return known.says;
  const text = start.replace(/^\xef\xbb\xbf/, '').trimStart();
  if (/^<(!doctype html|html|head|body|table|div)\b/i.test(text)) return `an HTML page: ${AS_CSV}`;
  if (/^<(\?xml|[a-z][\w:.-]*(\s[^>]*)?>)/i.test(text)) return `an XML document: ${AS_CSV}`;
  return null;
}

/** Whether a text without an encoding of two bytes a character holds more control characters than any text would. */
export function isBinary(head: Uint8Array): boolean {
  const looked = Math.min(head.length, 4096);
  let controls = 0;
  for (let i = 0; i < looked; i++) {
    const byte = head[i]!;
    if (byte < 32 && byte !== 9 && byte !== 10 && byte !== 12 && byte !== 13) controls++;
  }
  return controls > BINARY_SHARE * looked;
}

function zipContent(start: string): string {
  if (start.includes('opendocument')) return `an OpenDocument spreadsheet: ${AS_CSV}`;
  if (/\[Content_Types\]\.xml|xl\/|docProps\//.test(start)) return `an Excel workbook: ${AS_CSV}`;
  return 'a ZIP archive: unpack it first';
}
