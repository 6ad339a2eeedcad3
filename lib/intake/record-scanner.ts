/**
 * Finds where the records of a delimited text begin and end, in chunks of UTF-8 bytes of any size: one visit per record, with its
 * byte offset, its first line and its number of fields. One pass, memory bounded by `maxRecordBytes`.
 *
 * RFC 4180: a quote is special only as the first byte of a field; `""` inside a quoted field is one quote; a quoted field may
 * hold line ends. Beyond it, blanks may stand around the quotes: `1, "a, b" ,2`. LF, CRLF and CR all end a record, also mixed.
 * Blank lines are skipped and are no records.
 *
 * A quote that is never closed must not swallow the rest of the file. Where the quotes of a record don't work out
 * (unterminated, text after a closing quote, longer than allowed), only its first physical line is given up, and the scan
 * goes on with the next line. A record on several lines with far more fields than expected counts as such, too: without
 * that, lines like `a",,"b` would each be read again up to the limit.
 *
 * What is visited depends on the bytes alone, never on how they were cut into chunks.
 */

import { spaceBytesAt, spaceBytesBefore } from '../packs/surrounding-space.ts';

export interface ScanDialect {
  /** The byte between fields; -1: records are whole lines. */
  readonly delimiter: number;
  /** The quoting byte; -1: none. */
  readonly quote: number;
  /** How many fields a record should have; 0: not known. */
  readonly expectedFields: number;
  readonly maxRecordBytes: number;
  /** Physical lines at the beginning that hold no records. */
  readonly skipLines?: number;
}

export type ScanFault = 'unterminated quote' | 'text after a closing quote' | 'too long';

/** One record, valid during the visit only: the object and the bytes are used again. */
export interface ScannedRecord {
  /** Holds the record at [start, end), without its line end. A record that is too long is cut. */
  readonly bytes: Uint8Array;
  readonly start: number;
  readonly end: number;
  /** Of `start`, in the whole stream. */
  readonly offset: number;
  /** Physical line of its first byte, counted from 1. */
  readonly line: number;
  /** How many physical lines it covers. */
  readonly lines: number;
  readonly fields: number;
  readonly fault: ScanFault | null;
  readonly hasNul: boolean;
  /** A quote inside an unquoted field, where it is text. */
  readonly hasLooseQuote: boolean;
  /** A field may begin or end with blank space. */
  readonly hasPadding: boolean;
}

export interface ScanSummary {
  readonly records: number;
  readonly blankLines: number;
  /** How many records and blank lines ended in which way. */
  readonly lf: number;
  readonly crlf: number;
  readonly cr: number;
}

export type RecordVisitor = (record: ScannedRecord) => void;

/** Visits every record of the chunks, in order. */
export async function scanRecords(
  chunks: AsyncIterable<Uint8Array>,
  dialect: ScanDialect,
  visit: RecordVisitor,
): Promise<ScanSummary> {
  const scanner = new RecordScanner(dialect, visit);
  for await (const chunk of chunks) scanner.push(chunk);
  return scanner.end();
}

const LF = 10;
const CR = 13;
const NUL = 0;
const SPACE = 32;
const TAB = 9;
const NEED_MORE = -1;
const MARK_BYTES = 3;
const FIRST_BEYOND_ASCII = 0x80;
const EMPTY = new Uint8Array(0);

/** Classes of bytes; 0 is ordinary, so that the inner loops run over text with one look-up a byte. */
const LINE_END = 1;
const ZERO = 2;
const QUOTE = 3;
const DELIMITER = 4;

type Mutable<T> = { -readonly [Key in keyof T]: T[Key] };

/** Scans a text that arrives in chunks: `push` each, then `end`. */
export class RecordScanner {
  readonly #dialect: ScanDialect;
  readonly #visit: RecordVisitor;
  readonly #classes = new Uint8Array(256);
  /** 1: beside a delimiter, the byte may belong to white space or be a quote. Most fields begin and end with none of them. */
  readonly #edges = new Uint8Array(256);
  readonly #record: Mutable<ScannedRecord>;
  readonly #summary: Mutable<ScanSummary> = { records: 0, blankLines: 0, lf: 0, crlf: 0, cr: 0 };
  readonly #fieldLimit: number;
  #tail: Uint8Array = EMPTY;
  #tailOffset = 0;
  #line = 1;
  /** Inside the rest of a line that was too long. */
  #skipping = false;
  #linesToSkip: number;

  constructor(dialect: ScanDialect, visit: RecordVisitor) {
    this.#dialect = dialect;
    this.#visit = visit;
    this.#linesToSkip = dialect.skipLines ?? 0;
    this.#classes[LF] = LINE_END;
    this.#classes[CR] = LINE_END;
    this.#classes[NUL] = ZERO;
    if (dialect.quote >= 0) this.#classes[dialect.quote] = QUOTE;
    if (dialect.delimiter >= 0) this.#classes[dialect.delimiter] = DELIMITER;
    this.#edges.fill(1, 0, SPACE + 1).fill(1, FIRST_BEYOND_ASCII);
    if (dialect.quote >= 0) this.#edges[dialect.quote] = 1;
    if (dialect.delimiter >= 0) this.#edges[dialect.delimiter] = 0;
    this.#fieldLimit =
      dialect.expectedFields > 0 ? 2 * dialect.expectedFields + 16 : Number.POSITIVE_INFINITY;
    this.#record = {
      bytes: EMPTY,
      start: 0,
      end: 0,
      offset: 0,
      line: 1,
      lines: 1,
      fields: 1,
      fault: null,
      hasNul: false,
      hasLooseQuote: false,
      hasPadding: false,
    };
  }

  push(chunk: Uint8Array): void {
    const buffer = this.#tail.length === 0 ? chunk : Buffer.concat([this.#tail, chunk]);
    this.#consume(buffer, false);
  }

  end(): ScanSummary {
    this.#consume(this.#tail, true);
    return this.#summary;
  }

  #consume(buffer: Uint8Array, isLast: boolean): void {
    this.#record.bytes = buffer;
    let position = 0;
    while (position < buffer.length) {
      const next =
        this.#skipping || this.#linesToSkip > 0
          ? this.#skip(buffer, position, isLast)
          : this.#scan(buffer, position, isLast);
      if (next === NEED_MORE) break;
      position = next;
    }
    this.#tail = buffer.subarray(position);
    this.#tailOffset += position;
  }

  /** To the next line end, whatever stands before it. */
  #skip(buffer: Uint8Array, from: number, isLast: boolean): number {
    const at = findLineEnd(buffer, from, buffer.length);
    if (at === buffer.length) return buffer.length;
    const next = this.#afterLineEnd(buffer, at, isLast);
    if (next === NEED_MORE) return at === from ? NEED_MORE : at;
    this.#countLineEnd(buffer, at, next);
    if (this.#skipping) this.#skipping = false;
    else this.#linesToSkip--;
    return next;
  }

  /** One record from `start` on; the position after it, or NEED_MORE if the buffer ends before the record does. */
  #scan(buffer: Uint8Array, start: number, isLast: boolean): number {
    const classes = this.#classes;
    const edges = this.#edges;
    const { quote, maxRecordBytes } = this.#dialect;
    const length = buffer.length;
    const limit = Math.min(length, start + maxRecordBytes + 1);
    const record = this.#record;
    // A byte order mark inside a file, where files were put one after the other, is no part of a record.
    const hasMark = buffer[start] === 0xef && buffer[start + 1] === 0xbb && buffer[start + 2] === 0xbf;
    record.start = hasMark ? start + MARK_BYTES : start;
    record.offset = this.#tailOffset + start;
    record.hasNul = false;
    record.hasLooseQuote = false;
    record.hasPadding = hasMark;
    let i = record.start;
    let fields = 1;
    let innerLineEnds = 0;
    let firstLineEnd = -1;
    let isFieldStart = true;

    for (;;) {
      const atEdge = i < limit && edges[buffer[i]!] !== 0;
      let opening = i;
      if (atEdge && isFieldStart && quote >= 0)
        while (opening < limit && buffer[opening]! <= SPACE && this.#isBlank(buffer[opening]!)) opening++;
      if (atEdge && isFieldStart && opening < limit && buffer[opening] === quote) {
        if (opening > i) record.hasPadding = true;
        i = opening + 1;
        if (i < limit && this.#startsWithSpace(buffer, i, length)) record.hasPadding = true;
        for (;;) {
          let kind = 0;
          while (i < limit) {
            kind = classes[buffer[i]!]!;
            if (kind !== 0 && kind !== DELIMITER) break;
            i++;
          }
          if (i >= limit) {
            if (i - start > maxRecordBytes)
              return this.#giveUp(buffer, start, firstLineEnd, isLast, 'too long');
            if (!isLast) return NEED_MORE;
            return this.#giveUp(buffer, start, firstLineEnd, isLast, 'unterminated quote');
          }
          if (kind === QUOTE) {
            if (i + 1 >= length && !isLast) return NEED_MORE;
            if (buffer[i + 1] === quote && i + 1 < length) {
              i += 2;
              continue;
            }
            if (this.#endsWithSpace(buffer, start, i)) record.hasPadding = true;
            i++;
            while (i < limit && this.#isBlank(buffer[i]!)) {
              record.hasPadding = true;
              i++;
            }
            break;
          }
          if (kind === ZERO) {
            record.hasNul = true;
            i++;
            continue;
          }
          if (firstLineEnd < 0) firstLineEnd = i;
          innerLineEnds++;
          i = this.#afterLineEnd(buffer, i, isLast);
          if (i === NEED_MORE) return NEED_MORE;
        }
        if (i >= length && !isLast) return NEED_MORE;
        if (i < length) {
          const kind = classes[buffer[i]!]!;
          if (kind !== DELIMITER && kind !== LINE_END) {
            return this.#giveUp(buffer, start, firstLineEnd, isLast, 'text after a closing quote');
          }
        }
      } else if (atEdge && classes[buffer[i]!] === 0 && this.#startsWithSpace(buffer, i, length)) {
        record.hasPadding = true;
      }
      let kind = 0;
      while (i < limit) {
        kind = classes[buffer[i]!]!;
        if (kind !== 0) break;
        i++;
      }
      isFieldStart = false;
      if (i - start > maxRecordBytes) return this.#giveUp(buffer, start, firstLineEnd, isLast, 'too long');
      if (i > start && edges[buffer[i - 1]!] !== 0 && this.#endsWithSpace(buffer, start, i))
        record.hasPadding = true;
      if (i >= limit) {
        if (!isLast) return NEED_MORE;
        return this.#finish(buffer, i, i, fields, innerLineEnds);
      }
      if (kind === DELIMITER) {
        fields++;
        i++;
        isFieldStart = true;
        if (fields > this.#fieldLimit && firstLineEnd >= 0) {
          return this.#giveUp(buffer, start, firstLineEnd, isLast, 'unterminated quote');
        }
      } else if (kind === LINE_END) {
        const next = this.#afterLineEnd(buffer, i, isLast);
        if (next === NEED_MORE) return NEED_MORE;
        return this.#finish(buffer, i, next, fields, innerLineEnds);
      } else {
        if (kind === ZERO) record.hasNul = true;
        else record.hasLooseQuote = true;
        i++;
      }
    }
  }

  /** A record that is what it seems: [start, end), the next one at `next`. */
  #finish(buffer: Uint8Array, end: number, next: number, fields: number, innerLineEnds: number): number {
    if (end === this.#record.start) this.#summary.blankLines++;
    else this.#emit(end, fields, 1 + innerLineEnds, null);
    this.#line += innerLineEnds;
    this.#countLineEnd(buffer, end, next);
    return next;
  }

  /** Only the first physical line of the record is given up; the scan goes on with the line after it. */
  #giveUp(
    buffer: Uint8Array,
    start: number,
    firstLineEnd: number,
    isLast: boolean,
    fault: ScanFault,
  ): number {
    const { maxRecordBytes } = this.#dialect;
    const limit = Math.min(buffer.length, start + maxRecordBytes + 1);
    const end = firstLineEnd >= 0 ? firstLineEnd : findLineEnd(buffer, start, limit);
    if (end - start > maxRecordBytes) {
      this.#emit(start + maxRecordBytes, 0, 1, 'too long');
      this.#skipping = true;
      return start + maxRecordBytes;
    }
    if (end === buffer.length && !isLast) return NEED_MORE;
    const next = this.#afterLineEnd(buffer, end, isLast);
    if (next === NEED_MORE) return NEED_MORE;
    // A line that fits, of a record that doesn't: its quote was not closed in time.
    this.#emit(end, 0, 1, fault === 'too long' ? 'unterminated quote' : fault);
    this.#countLineEnd(buffer, end, next);
    return next;
  }

  #emit(end: number, fields: number, lines: number, fault: ScanFault | null): void {
    const record = this.#record;
    record.end = end;
    record.line = this.#line;
    record.lines = lines;
    record.fields = fields;
    record.fault = fault;
    this.#summary.records++;
    this.#visit(record);
  }

  #startsWithSpace(buffer: Uint8Array, at: number, length: number): boolean {
    const byte = buffer[at]!;
    return byte <= SPACE || (byte >= FIRST_BEYOND_ASCII && spaceBytesAt(buffer, at, length) > 0);
  }

  #endsWithSpace(buffer: Uint8Array, start: number, end: number): boolean {
    const byte = buffer[end - 1]!;
    return byte <= SPACE || (byte >= FIRST_BEYOND_ASCII && spaceBytesBefore(buffer, start, end) > 0);
  }

  #isBlank(byte: number): boolean {
    return (byte === SPACE || byte === TAB) && byte !== this.#dialect.delimiter;
  }

  #afterLineEnd(buffer: Uint8Array, at: number, isLast: boolean): number {
    if (at >= buffer.length) return buffer.length;
    if (buffer[at] === LF) return at + 1;
    if (at + 1 < buffer.length) return buffer[at + 1] === LF ? at + 2 : at + 1;
    return isLast ? at + 1 : NEED_MORE;
  }

  #countLineEnd(buffer: Uint8Array, at: number, next: number): void {
    if (next === at) return;
    this.#line++;
    if (next - at === 2) this.#summary.crlf++;
    else if (buffer[at] === LF) this.#summary.lf++;
    else this.#summary.cr++;
  }
}

/** The first LF or CR in [from, to), or `to`. */
function findLineEnd(buffer: Uint8Array, from: number, to: number): number {
  let i = from;
  while (i < to && buffer[i] !== LF && buffer[i] !== CR) i++;
  return i;
}
