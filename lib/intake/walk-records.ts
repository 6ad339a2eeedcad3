/**
 * Every record of a delivered text, the header left out, with what is wrong with its structure: a delivery in, a visit per record
 * out. Both the reading and the later fetching of original lines go through here, so they agree on what a record is.
 */
import { isUtf8 } from 'node:buffer';
import { type Delivery, readText } from './delivery.ts';
import { type ScannedRecord, type ScanSummary, scanRecords } from './record-scanner.ts';

export type WalkVisitor = (record: ScannedRecord, problem: string | null) => void;

const UNDEFINED_1252 = [0x81, 0x8d, 0x8f, 0x90, 0x9d];
const REPLACEMENT = Buffer.from('\ufffd', 'utf8');

/** What was scanned, header and blank lines of JSONL included. */
export async function walkRecords(
  delivery: Delivery,
  visit: WalkVisitor,
  onDelivered?: (chunk: Uint8Array) => void,
): Promise<ScanSummary> {
  const problemOf = structuralJudge(delivery);
  let isHeader = delivery.format === 'csv';
  const onRecord = (record: ScannedRecord): void => {
    if (isHeader) isHeader = false;
    else if (delivery.format === 'csv' || !isBlank(record)) visit(record, problemOf(record));
  };
  return scanRecords(readText(delivery, onDelivered), delivery.dialect, onRecord);
}

function structuralJudge(delivery: Delivery): (record: ScannedRecord) => string | null {
  const { dialect, damage, encoding, header } = delivery;
  const expected = dialect.expectedFields;
  const isTable = delivery.format === 'csv';
  const headerText = Buffer.from(header.join(String.fromCharCode(Math.max(0, dialect.delimiter))), 'utf8');
  return (record) => {
    if (record.fault !== null) return faultText(record.fault, dialect.maxRecordBytes);
    if (record.hasNul) return 'it holds a NUL byte';
    if (damage !== 'none' && isDamaged(record, delivery))
      return `it holds bytes that are not valid ${encoding}`;
    if (!isTable) return null;
    if (record.fields !== expected) {
      return `expected ${expected} ${expected === 1 ? 'field' : 'fields'}, found ${record.fields}`;
    }
    if (expected > 1 && isHeaderAgain(record, headerText)) return 'it is the header again';
    return null;
  };
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

function isBlank({ bytes, start, end }: ScannedRecord): boolean {
  for (let i = start; i < end; i++) if (bytes[i] !== 32 && bytes[i] !== 9) return false;
  return true;
}
