/**
 * Looks at a delivered file once: its format, encoding, delimiter, header and hash, or an InputError that says what it looks like
 * and what is expected. The records themselves are read later, by what is found here.
 */

import { createHash } from 'node:crypto';
import { InputError } from '../errors.ts';
import { deliveredColumns, type Pack } from '../packs/pack.ts';
import { encodingOfHead, type Guess, toUtf8, Utf8Survey } from './encoding.ts';
import { packNames } from './header.ts';
import { isBinary, looksLike } from './looks-like.ts';
import type { Rates } from './rates.ts';
import type { ScanDialect } from './record-scanner.ts';
import { openSource, readBytes, readHead, type Source } from './source.ts';
import { findShape, QUOTE_BYTE, type ShapeOptions, type TableShape } from './table-shape.ts';

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
  /** False: a CSV without a header. The names are those of the pack's columns, by position. */
  readonly hasHeader: boolean;
  /** The header is known, but is not in the text at hand: a range of the whole. */
  readonly startsWithRecords?: true;
  readonly extraFields: TableShape['extraFields'];
  readonly hasComments: TableShape['hasComments'];
  readonly headerLooksLikeData?: boolean;
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
  /** Physical lines before the header of a CSV, or before its records if it has none; undefined: found, or said by the pack. */
  readonly skipLines?: number;
  /** False: the CSV has no header. */
  readonly header?: false;
  /** Of exchange, for amounts of money; null or undefined: none are known. */
  readonly rates?: Rates | null;
}

/** How the text files of a run are to be read, where that is not found right by itself. */
export type ReadingOptions = Pick<
  DeliveryOptions,
  'encoding' | 'delimiter' | 'skipLines' | 'header' | 'rates'
>;

/** What the columns are called is known from a pack, or not at all. */
type Wanted = Pick<ShapeOptions, 'wanted' | 'skipLines' | 'namesOf'>;

const HEAD_BYTES = 1 << 20;
const DEFAULT_MAX_RECORD_BYTES = 1 << 20;
const EXPECTED = 'CSV, JSONL or Parquet (each also compressed by gzip or zstd) is expected';

/** The whole file is read once, for its hash and its encoding. */
async function examineDelivery(path: string, wanted: Wanted, options: DeliveryOptions): Promise<Delivery> {
  const source = await openSource(path);
  const head = await readHead(source, HEAD_BYTES);
  refuseForeign(source, head.bytes);
  const hash = createHash('sha256');
  const survey = new Utf8Survey();
  for await (const chunk of readBytes(source, (delivered) => hash.update(delivered))) survey.push(chunk);
  return describe(source, head, wanted, options, survey, hash.digest('hex'));
}

/** As `examineDelivery`, delimiter and header found by the columns of `pack`, or as it says. */
export async function examineFor(path: string, pack: Pack, options: DeliveryOptions): Promise<Delivery> {
  const names = deliveredColumns(pack).flatMap((column) => [column.name, ...column.aliases]);
  const wanted = new Set(names.map((name) => name.toLowerCase()));
  const isBare = options.header === false || pack.header === 'none';
  const lines = options.skipLines ?? (typeof pack.header === 'number' ? pack.header - 1 : undefined);
  return examineDelivery(
    path,
    {
      wanted,
      ...(lines !== undefined && { skipLines: lines }),
      ...(isBare && { namesOf: (columns: number) => packNames(pack, columns) }),
    },
    options,
  );
}

/** Only the first megabyte is read. */
export async function glanceAtDelivery(path: string, options: DeliveryOptions): Promise<Delivery> {
  const source = await openSource(path);
  const head = await readHead(source, HEAD_BYTES);
  refuseForeign(source, head.bytes);
  const survey = new Utf8Survey();
  // The last character may be cut where the head ends.
  survey.push(head.isWhole ? head.bytes : head.bytes.subarray(0, head.bytes.lastIndexOf(10) + 1));
  const numbered = (columns: number) => Array.from({ length: columns }, (_, at) => `c${at + 1}`);
  const { skipLines, header } = options;
  const wanted = {
    wanted: new Set<string>(),
    ...(skipLines !== undefined && { skipLines }),
    ...(header === false && { namesOf: numbered }),
  };
  return describe(source, head, wanted, options, survey, '');
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
  wanted: Wanted,
  options: DeliveryOptions,
  survey: Utf8Survey,
  sha256: string,
): Promise<Delivery> {
  const maxRecordBytes = options.maxRecordBytes ?? DEFAULT_MAX_RECORD_BYTES;
  const lines: ScanDialect = { delimiter: -1, quote: -1, expectedFields: 0, maxRecordBytes };
  const plain = { hasHeader: true, extraFields: 0, hasComments: false };
  const base = { source, sha256, header: [], warnings: [], ...plain };
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
  if (options.delimiter !== undefined) checkDelimiter(options.delimiter);
  const {
    delimiter,
    skipLines,
    header,
    warnings: shapeWarnings,
    ...shape
  } = shapeOf(source.name, text, head.isWhole, {
    ...options,
    ...wanted,
    maxRecordBytes: Math.min(maxRecordBytes, HEAD_BYTES),
  });
  const dialect = {
    ...lines,
    delimiter: delimiter.charCodeAt(0),
    quote: QUOTE_BYTE,
    expectedFields: header.length,
    skipLines,
  };
  return {
    ...base,
    ...shape,
    format: 'csv',
    encoding,
    damage,
    dialect,
    header,
    warnings: [...warnings, ...shapeWarnings],
  };
}

function shapeOf(
  name: string,
  text: Uint8Array,
  isWhole: boolean,
  options: Omit<ShapeOptions, 'delimiter'> & { readonly delimiter?: string },
): TableShape {
  const shape = findShape(name, text, isWhole, options);
  if (shape !== null) return shape;
  throw new InputError(
    `${name}: none of its first lines can be read as a header (a quote is not closed, it holds NUL bytes, or it is too long); column names are expected`,
  );
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

function checkDelimiter(delimiter: string): void {
  const byte = delimiter.charCodeAt(0);
  const isPlain = delimiter.length === 1 && byte <= 126 && ![QUOTE_BYTE, 10, 13, 0].includes(byte);
  if (isPlain) return;
  throw new InputError(
    `the delimiter ${JSON.stringify(delimiter)} cannot be used; one ASCII character is expected`,
  );
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
