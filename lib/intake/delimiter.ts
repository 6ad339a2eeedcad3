/**
 * Which byte stands between the fields of a text, judged by its first records with quotes respected: the one under which the
 * header holds most of the wanted column names; then the one that most records agree with the header on; then the one
 * that makes most fields. A text in which none of them stands has one column.
 */
import { fieldTexts } from './record-fields.ts';
import { RecordScanner, type ScannedRecord } from './record-scanner.ts';

export const QUOTE_BYTE = 34;
const CANDIDATES = [',', ';', '\t', '|', ':'] as const;
const RECORDS_LOOKED_AT = 200;

interface Trial {
  readonly delimiter: string;
  readonly wanted: number;
  readonly agreement: number;
  readonly fields: number;
}

/** `wanted` are names in lower case. */
export function sniffDelimiter(
  head: Uint8Array,
  isWhole: boolean,
  wanted: ReadonlySet<string>,
  maxRecordBytes: number,
): string {
  const trials = CANDIDATES.map((delimiter) =>
    tryDelimiter(delimiter, head, isWhole, wanted, maxRecordBytes),
  );
  const best = trials.reduce((a, b) => (compareTrials(a, b) >= 0 ? a : b));
  return best.fields > 1 ? best.delimiter : ',';
}

function compareTrials(a: Trial, b: Trial): number {
  if (a.fields > 1 !== b.fields > 1) return a.fields > 1 ? 1 : -1;
  return a.wanted - b.wanted || a.agreement - b.agreement || a.fields - b.fields;
}

function tryDelimiter(
  delimiter: string,
  head: Uint8Array,
  isWhole: boolean,
  wanted: ReadonlySet<string>,
  maxRecordBytes: number,
): Trial {
  const dialect = {
    delimiter: delimiter.charCodeAt(0),
    quote: QUOTE_BYTE,
    expectedFields: 0,
    maxRecordBytes,
  };
  let header: string[] | null = null;
  let seen = 0;
  let agreeing = 0;
  const visit = (record: ScannedRecord): void => {
    if (header === null) {
      header = record.fault === null ? fieldTexts(record.bytes, record.start, record.end, dialect) : [];
    } else if (seen < RECORDS_LOOKED_AT) {
      seen++;
      if (record.fault === null && record.fields === header.length) agreeing++;
    }
  };
  const scanner = new RecordScanner(dialect, visit);
  // In small pieces, so that no more is scanned than is looked at.
  for (let at = 0; at < head.length && seen < RECORDS_LOOKED_AT; at += 1 << 16) {
    scanner.push(head.subarray(at, at + (1 << 16)));
  }
  if (isWhole && seen < RECORDS_LOOKED_AT) scanner.end();
  const names: string[] = header ?? [];
  return {
    delimiter,
    wanted: names.filter((name) => wanted.has(name.trim().toLowerCase())).length,
    agreement: seen === 0 ? 1 : agreeing / seen,
    fields: names.length,
  };
}
