/**
 * How a text of records is laid out, judged by its first records with quotes respected: the delimiter, where the header is, and
 * whether rows end in a delimiter too many. What stands before the header (a title, `sep=;`, comments) is found, or said by
 * `skipLines`. What is not as expected becomes a warning.
 */
import { trimSpace } from '../packs/surrounding-space.ts';
import { FIRST_RECORDS, type FoundHeader, findHeader, type HeadRecord, modalFields } from './find-header.ts';
import { looksLikeData } from './looks-like-data.ts';
import { fieldTexts } from './record-fields.ts';
import { RecordScanner, type ScannedRecord } from './record-scanner.ts';

export const QUOTE_BYTE = 34;
const CANDIDATES = [',', ';', '\t', '|', ':'] as const;
const HASH = '#';

export interface ShapeOptions {
  /** Column names in lower case. */
  readonly wanted: ReadonlySet<string>;
  readonly maxRecordBytes: number;
  readonly delimiter?: string;
  /** Physical lines before the header, or of a text without one before the records; undefined: to be found. */
  readonly skipLines?: number;
  /** Of a text without a header: the names of so many columns. */
  readonly namesOf?: (columns: number) => readonly string[];
}

export interface TableShape {
  readonly delimiter: string;
  readonly skipLines: number;
  readonly hasHeader: boolean;
  /** Trimmed. */
  readonly header: readonly string[];
  /** Fields that a row may have beyond the header's, if they are empty. */
  readonly extraFields: number;
  /** Lines that begin with # and have not the header's number of fields are comments. */
  readonly hasComments: boolean;
  readonly headerLooksLikeData: boolean;
  readonly warnings: readonly string[];
}

interface Trial {
  readonly delimiter: string;
  readonly records: readonly HeadRecord[];
  /** Position among the records; -1: there is no header, or none that could be read. */
  readonly headerAt: number;
  readonly wanted: number;
  readonly agreement: number;
  readonly fields: number;
}

/** Null: no line could be read as a header. `text` is the beginning of the text, or all of it. */
export function findShape(
  name: string,
  text: Uint8Array,
  isWhole: boolean,
  options: ShapeOptions,
): TableShape | null {
  const separator = options.skipLines === undefined ? separatorLine(text) : null;
  const skipped = options.skipLines ?? (separator === null ? 0 : 1);
  const given = options.delimiter ?? separator;
  const rest = { text: afterLines(text, skipped), isWhole, skipped };
  const trials = (given === null ? CANDIDATES : [given]).map((delimiter) => tryOut(delimiter, rest, options));
  const best = trials.reduce((a, b) => (compareTrials(a, b) >= 0 ? a : b));
  const trial = best.fields > 1 || given !== null ? best : trials[0]!;
  if (trial.headerAt < 0 && options.namesOf === undefined) return null;
  return { ...shapeOf(name, trial, options, skipped), delimiter: trial.delimiter };
}

function compareTrials(a: Trial, b: Trial): number {
  if (a.fields > 1 !== b.fields > 1) return a.fields > 1 ? 1 : -1;
  return a.wanted - b.wanted || a.agreement - b.agreement || a.fields - b.fields;
}

/** `sep=;` as Excel writes it; the character. */
function separatorLine(text: Uint8Array): string | null {
  const line = Buffer.from(text.buffer, text.byteOffset, Math.min(text.length, 64)).toString('latin1');
  return /^"?sep=([^\w\r\n"])"?[;,\t |]*(?:[\r\n]|$)/i.exec(line)?.[1] ?? null;
}

function afterLines(text: Uint8Array, lines: number): Uint8Array {
  let at = 0;
  for (let left = lines; left > 0 && at < text.length; at++) {
    if (text[at] === 10 || (text[at] === 13 && text[at + 1] !== 10)) left--;
  }
  return text.subarray(at);
}

interface HeadText {
  readonly text: Uint8Array;
  readonly isWhole: boolean;
  readonly skipped: number;
}

function tryOut(delimiter: string, head: HeadText, { wanted, namesOf, ...options }: ShapeOptions): Trial {
  const records = firstRecords(delimiter, head, options.maxRecordBytes);
  if (namesOf !== undefined) {
    const fields = modalFields(records);
    return { delimiter, records, headerAt: -1, wanted: 0, agreement: shareWith(records, fields), fields };
  }
  // A line that was named holds the header, whatever it looks like.
  const { at: headerAt, certainty } =
    options.skipLines === undefined ? findHeader(records, wanted) : firstReadable(records);
  const names = records[headerAt]?.cells ?? [];
  const rows = records.slice(headerAt + 1);
  return {
    delimiter,
    records,
    headerAt,
    wanted: names.filter((cell) => wanted.has(plainName(cell).toLowerCase())).length,
    agreement: certainty * (rows.length === 0 ? 1 : shareWith(rows, names.length)),
    fields: names.length,
  };
}

function firstReadable(records: readonly HeadRecord[]): FoundHeader {
  return { at: (records[0]?.cells ?? null) === null ? -1 : 0, certainty: 1 };
}

function shareWith(records: readonly HeadRecord[], fields: number): number {
  return records.filter(({ cells }) => cells?.length === fields).length / Math.max(1, records.length);
}

function firstRecords(delimiter: string, { text, isWhole, skipped }: HeadText, maxRecordBytes: number) {
  const dialect = {
    delimiter: delimiter.charCodeAt(0),
    quote: QUOTE_BYTE,
    expectedFields: 0,
    maxRecordBytes,
  };
  const records: HeadRecord[] = [];
  const visit = (record: ScannedRecord): void => {
    const { bytes, start, end, line, fault, hasNul } = record;
    const isBroken = fault !== null || hasNul;
    if (records.length < FIRST_RECORDS)
      records.push({
        line: line + skipped,
        cells: isBroken ? null : fieldTexts(bytes, start, end, dialect).map((cell) => trimSpace(cell)),
        isComment: bytes[start] === HASH.charCodeAt(0),
      });
  };
  const scanner = new RecordScanner(dialect, visit);
  // In small pieces, so that no more is scanned than is looked at.
  for (let at = 0; at < text.length && records.length < FIRST_RECORDS; at += 1 << 16) {
    scanner.push(text.subarray(at, at + (1 << 16)));
  }
  if (isWhole && records.length < FIRST_RECORDS) scanner.end();
  return records;
}

function shapeOf(
  name: string,
  { records, headerAt }: Trial,
  { skipLines, namesOf }: ShapeOptions,
  skipped: number,
): Omit<TableShape, 'delimiter'> {
  if (namesOf !== undefined) {
    const header = namesOf(modalFields(records));
    const shape = { skipLines: skipped, hasHeader: false, header, extraFields: 0, hasComments: false };
    return { ...shape, headerLooksLikeData: false, warnings: [] };
  }
  const own = records[headerAt]!;
  const rows = records.slice(headerAt + 1);
  const { header, extraFields, warnings } = trailingFields(name, own.cells!.map(plainName), rows);
  const before = records.slice(0, headerAt);
  const lines = own.line - 1;
  if (lines > 0 && skipLines === undefined && (before.length > 0 || skipped > 0)) {
    warnings.unshift(
      `${name}: its header is on line ${own.line}; the ${lines === 1 ? 'line' : `${lines} lines`} before it ${lines === 1 ? 'is' : 'are'} not read`,
    );
  }
  return {
    skipLines: lines,
    hasHeader: true,
    header,
    extraFields,
    hasComments: before.some(({ isComment }) => isComment),
    headerLooksLikeData: looksLikeData(header, rows),
    warnings,
  };
}

/** A header that begins as a comment does: `#id,amount`. */
function plainName(cell: string, at = 0): string {
  return at === 0 && cell.startsWith(HASH) ? trimSpace(cell.slice(1)) : cell;
}

/** Rows, or the header, may all end in a delimiter too many. */
function trailingFields(
  name: string,
  header: readonly string[],
  rows: readonly HeadRecord[],
): { header: readonly string[]; extraFields: number; warnings: string[] } {
  const same = { header, extraFields: 0, warnings: [] };
  const fields = modalFields(rows);
  const extra = fields - header.length;
  if (extra === 0) return same;
  const usual = rows.flatMap(({ cells }) => (cells?.length === fields ? [cells] : []));
  if (usual.length * 2 <= rows.length) return same;
  const delimiters = Math.abs(extra) === 1 ? 'a delimiter' : `${Math.abs(extra)} delimiters`;
  const ended = usual.filter((cells) => cells.slice(header.length).every((cell) => cell === ''));
  if (extra > 0 && ended.length * 2 > usual.length) {
    const warning = `${name}: its rows end in ${delimiters} more than its header; nothing follows the last column, and a row where something does is rejected`;
    return { header, extraFields: extra, warnings: [warning] };
  }
  if (extra < 0 && header.slice(fields).every((cell) => cell === '')) {
    const warning = `${name}: its header ends in ${delimiters} more than its rows; the columns without a name are not read`;
    return { header: header.slice(0, fields), extraFields: 0, warnings: [warning] };
  }
  return same;
}
