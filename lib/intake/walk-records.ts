/**
 * Visits every record of a delivered text, the header left out, with what is wrong with its structure. Both the reading and the
 * later fetching of original lines go through here, so they agree on what a record is.
 */
import { isUtf8 } from 'node:buffer';
import { type Delivery, readText } from './delivery.ts';
import { eachField, isEmptyRecord, isSeparatorLost } from './record-fields.ts';
import { type ScanDialect, type ScannedRecord, type ScanSummary, scanRecords } from './record-scanner.ts';
import { NO_COUNTS, type ShapeCounts } from './shape-counts.ts';

export type WalkVisitor = (record: ScannedRecord, problem: string | null) => void;

const UNDEFINED_1252 = [0x81, 0x8d, 0x8f, 0x90, 0x9d];
const REPLACEMENT = Buffer.from('\ufffd', 'utf8');

/** What was scanned, header, blank lines and what is no record included. */
export interface WalkSummary extends ScanSummary {
  readonly counts: ShapeCounts;
  /** Ctrl-Z at the end, as DOS programs leave it. */
  readonly hasEndMark: boolean;
}

export async function walkRecords(
  delivery: Delivery,
  visit: WalkVisitor,
  onDelivered?: (chunk: Uint8Array) => void,
): Promise<WalkSummary> {
  const isTable = delivery.format === 'csv';
  const problemOf = structuralJudge(delivery);
  const counts = { ...NO_COUNTS };
  let isHeader = isTable && delivery.hasHeader && delivery.startsWithRecords !== true;
  const onRecord = (record: ScannedRecord): void => {
    if (isHeader) isHeader = false;
    else if (!isTable) {
      if (!isBlank(record)) visit(record, problemOf(record));
    } else if (isEmptyRow(record, delivery)) {
      counts.emptyRows++;
      counts.firstEmptyRow ??= record.line;
    } else if (isComment(record, delivery)) {
      counts.comments++;
      counts.firstComment ??= record.line;
    } else visit(record, problemOf(record));
  };
  const text = new EndMarkFilter();
  const summary = await scanRecords(text.filter(readText(delivery, onDelivered)), delivery.dialect, onRecord);
  return { ...summary, counts, hasEndMark: text.found };
}

/** Of a table of one column it is a missing value. */
function isEmptyRow({ bytes, start, end, fault }: ScannedRecord, { dialect }: Delivery): boolean {
  return fault === null && dialect.expectedFields > 1 && isEmptyRecord(bytes, start, end, dialect);
}

function isComment(record: ScannedRecord, { hasComments, dialect }: Delivery): boolean {
  return hasComments && record.bytes[record.start] === 35 && record.fields !== dialect.expectedFields;
}

const END_MARK = 0x1a;

/** Passes a text on without the Ctrl-Z that it ends in. */
class EndMarkFilter {
  found = false;

  async *filter(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
    let held = 0;
    for await (const chunk of chunks) {
      if (held > 0) yield new Uint8Array(held).fill(END_MARK);
      held = 0;
      while (held < chunk.length && chunk[chunk.length - 1 - held] === END_MARK) held++;
      yield held === 0 ? chunk : chunk.subarray(0, chunk.length - held);
    }
    this.found = held > 0;
  }
}

function structuralJudge(delivery: Delivery): (record: ScannedRecord) => string | null {
  const { dialect, damage, encoding, header, hasHeader, extraFields } = delivery;
  const expected = dialect.expectedFields;
  const isTable = delivery.format === 'csv';
  const headerText = Buffer.from(header.join(String.fromCharCode(Math.max(0, dialect.delimiter))), 'utf8');
  return (record) => {
    if (record.fault !== null) return faultText(record.fault, dialect.maxRecordBytes);
    if (record.hasNul) return 'it holds a NUL byte';
    if (damage !== 'none' && isDamaged(record, delivery))
      return `it holds bytes that are not valid ${encoding}`;
    if (!isTable) return null;
    if (record.fields !== expected && !endsInDelimiters(record, dialect, extraFields)) {
      return `expected ${expected} ${expected === 1 ? 'field' : 'fields'}, found ${record.fields}`;
    }
    const { bytes, start, end } = record;
    if (record.hasLooseQuote && isSeparatorLost(bytes, start, end, dialect))
      return 'a quote opens inside a field and closes at the end of a later one; the delimiter before it may be missing';
    if (expected > 1 && hasHeader && isHeaderAgain(record, headerText)) return 'it is the header again';
    return null;
  };
}

/** Whether it has as many fields more as the rows of its file do, and these are empty. */
function endsInDelimiters(record: ScannedRecord, dialect: ScanDialect, extraFields: number): boolean {
  const { bytes, start, end, fields } = record;
  if (fields !== dialect.expectedFields + extraFields) return false;
  let isEmpty = true;
  eachField(bytes, start, end, dialect, (index, from, to) => {
    if (index >= dialect.expectedFields && to > from) isEmpty = false;
  });
  return isEmpty;
}

function faultText(fault: NonNullable<ScannedRecord['fault']>, maxRecordBytes: number): string {
  if (fault === 'too long') return `it is longer than ${maxRecordBytes} bytes`;
  if (fault === 'unterminated quote') return 'a quote opens in this line and is not closed';
  return 'text follows a closing quote';
}

function isDamaged(record: ScannedRecord, { damage, encoding }: Delivery): boolean {
  const bytes = record.bytes.subarray(record.start, record.end);
  if (damage === 'invalid utf-8') return !isUtf8(bytes);
  if (encoding === 'windows-1252' && holdsUndefined(bytes)) return true;
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).includes(REPLACEMENT);
}

/** The five bytes that Windows-1252 gives no character (0x81, 0x8D, …), as they look in UTF-8. */
function holdsUndefined(bytes: Uint8Array): boolean {
  for (let i = 0; i + 1 < bytes.length; i++) {
    if (bytes[i] === 0xc2 && UNDEFINED_1252.includes(bytes[i + 1]!)) return true;
  }
  return false;
}

/** Quotes and blank space apart. */
function isHeaderAgain(record: ScannedRecord, headerText: Buffer): boolean {
  const { bytes, start, end } = record;
  let at = 0;
  for (let i = start; i < end; i++) {
    const byte = bytes[i]!;
    if (at < headerText.length && byte === headerText[at]) at++;
    else if (byte !== 34 && byte !== 32) return false;
  }
  return at === headerText.length;
}

/** A blank line of JSONL. */
function isBlank({ bytes, start, end }: ScannedRecord): boolean {
  for (let i = start; i < end; i++) if (bytes[i] !== 32 && bytes[i] !== 9) return false;
  return true;
}
