/**
 * A delivered file, looked at once: its path in; its format, encoding, delimiter, header and hash out, or an InputError that says
 * what it looks like and what is expected. The records themselves are read later, by what is found here.
 */
import { createHash } from 'node:crypto';
import type { Pack } from '../domain/pack.ts';
import { InputError } from '../errors.ts';
import { QUOTE_BYTE, sniffDelimiter } from './delimiter.ts';
import { encodingOfHead, type Guess, toUtf8, Utf8Survey } from './encoding.ts';
import { listed } from './header.ts';
import { isBinary, looksLike } from './looks-like.ts';
import { fieldTexts } from './record-fields.ts';
import { RecordScanner, type ScanDialect, type ScannedRecord } from './record-scanner.ts';
import { openSource, readBytes, readHead, type Source } from './source.ts';

export type Format = 'csv' | 'jsonl' | 'parquet';

/** Whether bytes that mean nothing in the encoding may occur, and how they show. */
type Damage = 'none' | 'invalid utf-8' | 'replacement characters';

export interface Delivery {
  readonly source: Source;
  readonly format: Format;
  /** sha256 of the bytes as delivered, hex; empty when it was only looked at. */
  readonly sha256: string;
  readonly encoding: string;
  /** The encoding of the text at hand, where it was written anew since it was delivered. */
  readonly storedAs?: 'utf-8';
  readonly damage: Damage;
  /** How to scan its text; of a Parquet file it means nothing. */
  readonly dialect: ScanDialect;
  /** The names as delivered, trimmed; empty for JSONL and Parquet, whose records bring theirs. */
  readonly header: readonly string[];
  readonly warnings: readonly string[];
}

/** A delivery once it has been read: its header is known for Parquet, too. */
export interface ReadDelivery extends Delivery {
  /** Its records are only there as the past of others. */
  readonly isHistory: boolean;
}

export interface DeliveryOptions {
  readonly delimiter?: string;
  readonly encoding?: string;
  readonly maxRecordBytes?: number;
}

const HEAD_BYTES = 1 << 20;
const DEFAULT_MAX_RECORD_BYTES = 1 << 20;
const EXPECTED = 'CSV, JSONL or Parquet (each also compressed by gzip or zstd) is expected';

/** The whole file is read once, for its hash and its encoding. */
async function examineDelivery(
  path: string,
  wanted: ReadonlySet<string>,
  options: DeliveryOptions,
): Promise<Delivery> {
  const source = await openSource(path);
  const head = await readHead(source, HEAD_BYTES);
  refuseForeign(source, head.bytes);
  const hash = createHash('sha256');
  const survey = new Utf8Survey();
  for await (const chunk of readBytes(source, (delivered) => hash.update(delivered))) survey.push(chunk);
  return describe(source, head, wanted, options, survey, hash.digest('hex'));
}

/** As `examineDelivery`, the delimiter found by the columns of `pack`. */
export async function examineFor(path: string, pack: Pack, options: DeliveryOptions): Promise<Delivery> {
  const names = pack.columns.flatMap((column) => [column.name, ...column.aliases]);
  return examineDelivery(path, new Set(names.map((name) => name.toLowerCase())), options);
}

/** Only the first megabyte is read. */
export async function glanceAtDelivery(path: string, options: DeliveryOptions): Promise<Delivery> {
  const source = await openSource(path);
  const head = await readHead(source, HEAD_BYTES);
  refuseForeign(source, head.bytes);
  const survey = new Utf8Survey();
  // The last character may be cut where the head ends.
  survey.push(head.isWhole ? head.bytes : head.bytes.subarray(0, head.bytes.lastIndexOf(10) + 1));
  return describe(source, head, new Set(), options, survey, '');
}

/** The text of a delivery as UTF-8 without a byte order mark. */
export function readText(
  delivery: Delivery,
  onDelivered?: (chunk: Uint8Array) => void,
): AsyncGenerator<Uint8Array> {
  return toUtf8(readBytes(delivery.source, onDelivered), delivery.storedAs ?? delivery.encoding);
}

async function describe(
  source: Source,
  head: { bytes: Uint8Array; isWhole: boolean },
  wanted: ReadonlySet<string>,
  options: DeliveryOptions,
  survey: Utf8Survey,
  sha256: string,
): Promise<Delivery> {
  const maxRecordBytes = options.maxRecordBytes ?? DEFAULT_MAX_RECORD_BYTES;
  const lines: ScanDialect = { delimiter: -1, quote: -1, expectedFields: 0, maxRecordBytes };
  const base = { source, sha256, header: [], warnings: [] };
  if (Buffer.from(head.bytes.subarray(0, 4)).toString('latin1') === 'PAR1') {
    return { ...base, format: 'parquet', encoding: 'binary', damage: 'none', dialect: lines };
  }
  const { encoding, damage, warnings } = chooseEncoding(source.name, head.bytes, options.encoding, survey);
  const text = await decodedHead(head.bytes, encoding, head.isWhole);
  const start = text.toString('utf8', 0, 4096).trimStart();
  if (start === '' && head.isWhole) {
    throw new InputError(`${source.name} holds nothing but blank space; a header and records are expected`);
  }
  // A header may begin with a bracket, too: [id],[amount]
  if (/^\[\s*([{[\]]|$)/.test(start)) {
    throw new InputError(`${source.name} looks like a JSON array; one object a line is expected`);
  }
  if (/^\{\s*["}]/.test(start)) {
    if (/^\{\s*[\r\n]/.test(start)) {
      throw new InputError(
        `${source.name} looks like a JSON document on several lines; one object a line is expected`,
      );
    }
    return { ...base, format: 'jsonl', encoding, damage, dialect: lines, warnings };
  }
  const delimiter =
    options.delimiter ?? sniffDelimiter(text, head.isWhole, wanted, Math.min(maxRecordBytes, HEAD_BYTES));
  const dialect = { ...lines, delimiter: delimiterByte(delimiter), quote: QUOTE_BYTE };
  const header = readHeader(source.name, text, dialect, head.isWhole);
  return {
    ...base,
    format: 'csv',
    encoding,
    damage,
    dialect: { ...dialect, expectedFields: header.length },
    header,
    warnings,
  };
}

function refuseForeign(source: Source, head: Uint8Array): void {
  if (head.length === 0) throw new InputError(`${source.name} is empty once decompressed; ${EXPECTED}`);
  const kind = looksLike(head);
  if (kind !== null) throw new InputError(`${source.name} looks like ${kind}; ${EXPECTED}`);
  const encoding = encodingOfHead(head);
  if (encoding === 'utf-32le') throw new InputError(`${source.name} is UTF-32; save it as UTF-8`);
  const isParquet = Buffer.from(head.subarray(0, 4)).toString('latin1') === 'PAR1';
  if (!isParquet && (encoding === null || encoding === 'utf-8') && isBinary(head)) {
    throw new InputError(`${source.name} looks like a binary file; ${EXPECTED}`);
  }
}

function chooseEncoding(
  name: string,
  head: Uint8Array,
  asked: string | undefined,
  survey: Utf8Survey,
): { encoding: string; damage: Damage; warnings: string[] } {
  const warnings: string[] = [];
  const surveyed = survey.end();
  const marked = encodingOfHead(head);
  const encoding = asked === undefined ? (marked ?? guessed(name, surveyed, warnings)) : canonical(asked);
  if (encoding !== 'utf-8') return { encoding, damage: 'replacement characters', warnings };
  return { encoding, damage: surveyed === 'utf-8' ? 'none' : 'invalid utf-8', warnings };
}

function guessed(name: string, surveyed: Guess, warnings: string[]): string {
  if (surveyed === 'utf-8') return 'utf-8';
  if (surveyed === 'unknown') {
    throw new InputError(`${name} is neither UTF-8 nor a western text in Windows-1252; name its encoding`);
  }
  if (surveyed === 'damaged utf-8') {
    warnings.push(`${name} is UTF-8 with damaged characters; the records that hold one are rejected`);
    return 'utf-8';
  }
  warnings.push(
    `${name} is not UTF-8; it is read as Windows-1252 (Latin-1). If that is wrong, name its encoding`,
  );
  return 'windows-1252';
}

function canonical(label: string): string {
  try {
    return new TextDecoder(label).encoding;
  } catch {
    throw new InputError(
      `there is no encoding "${label}"; utf-8, utf-16le, windows-1252 or gb18030 are examples`,
    );
  }
}

function delimiterByte(delimiter: string): number {
  const byte = delimiter.charCodeAt(0);
  if (
    delimiter.length !== 1 ||
    byte > 126 ||
    byte === QUOTE_BYTE ||
    byte === 10 ||
    byte === 13 ||
    byte === 0
  ) {
    throw new InputError(
      `the delimiter ${JSON.stringify(delimiter)} won't do; one ASCII character is expected`,
    );
  }
  return byte;
}

async function decodedHead(head: Uint8Array, encoding: string, isWhole: boolean): Promise<Buffer> {
  async function* once(): AsyncGenerator<Uint8Array> {
    yield head;
  }
  const parts: Uint8Array[] = [];
  for await (const part of toUtf8(once(), encoding)) parts.push(part);
  // What the decoder made of a character that is cut by the end of the head is no part of the text.
  return Buffer.concat(isWhole ? parts : parts.slice(0, 1));
}

function readHeader(name: string, text: Uint8Array, dialect: ScanDialect, isWhole: boolean): string[] {
  let header: string[] | null = null;
  let fault: string | null = null;
  const visit = (record: ScannedRecord): void => {
    if (header !== null || fault !== null) return;
    fault = record.hasNul ? 'NUL bytes' : record.fault;
    if (fault === null) header = fieldTexts(record.bytes, record.start, record.end, dialect);
  };
  const scanner = new RecordScanner(dialect, visit);
  for (let at = 0; at < text.length && header === null && fault === null; at += 1 << 16) {
    scanner.push(text.subarray(at, at + (1 << 16)));
  }
  if (isWhole && header === null && fault === null) scanner.end();
  if (header === null) {
    throw new InputError(
      `${name}: its first line is no header (${fault ?? 'too long'}); column names are expected`,
    );
  }
  const names = (header as string[]).map((field) => field.trim());
  const twice = names.filter((field, at) => field !== '' && names.indexOf(field) < at);
  if (twice.length > 0) {
    throw new InputError(`${name}: its header has ${listed([...new Set(twice)])} more than once`);
  }
  return names;
}
