/** The CSV files of a run as records: a line end within quotes does not end one. Each file is written by `csvLine`, and read as strictly. */
import type { ByteLine } from '../audit/byte-lines.ts';

export interface CsvRecord {
  /** As written, without its line end. */
  readonly text: string;
  /** At which it begins, from 1. */
  readonly line: number;
  /** Why it is no record that `csvLine` writes; undefined: it is one. */
  readonly fault: string | undefined;
}

const MAX_RECORD_CHARACTERS = 1 << 26;

export async function* csvRecords(lines: AsyncIterable<ByteLine>): AsyncGenerator<CsvRecord> {
  let parts: string[] = [];
  let size = 0;
  let isOpen = false;
  let begin = 1;
  let number = 0;
  for await (const { text, ended } of lines) {
    number++;
    parts.push(text ?? '');
    size += parts.at(-1)!.length;
    isOpen = hasOddQuotes(parts.at(-1)!) !== isOpen;
    const fault = faultOf(text, ended, size, parts.length);
    if (isOpen && fault === undefined) continue;
    yield { text: parts.join('\n'), line: begin, fault };
    parts = [];
    size = 0;
    isOpen = false;
    begin = number + 1;
  }
  if (isOpen) yield { text: parts.join('\n'), line: begin, fault: 'a quote that is never closed' };
}

function faultOf(text: string | undefined, ended: boolean, size: number, lines: number): string | undefined {
  if (text === undefined) return 'not UTF-8 text';
  if (!ended) return 'no line end after it';
  if (size > MAX_RECORD_CHARACTERS) return 'a record without end';
  return text === '' && lines === 1 ? 'an empty line' : undefined;
}

/** Quotes within a quoted cell are doubled, so an odd number of them leaves one open. */
function hasOddQuotes(text: string): boolean {
  let quotes = 0;
  for (let at = text.indexOf('"'); at >= 0; at = text.indexOf('"', at + 1)) quotes++;
  return quotes % 2 === 1;
}

/** The texts of a record's cells; undefined: it is no CSV. */
export function cellsOf(text: string): string[] | undefined {
  const cells: string[] = [];
  for (let at = 0; ; at++) {
    const end = endOfCell(text, at);
    if (end === undefined) return undefined;
    const cell = text.slice(at, end);
    cells.push(cell.startsWith('"') ? cell.slice(1, -1).replaceAll('""', '"') : cell);
    if (end === text.length) return cells;
    at = end;
  }
}

/** The place of the comma after the cell that begins at `start`, or the end of the record; undefined: it is no cell. */
export function endOfCell(text: string, start: number): number | undefined {
  let end = start;
  if (text[start] === '"') {
    do {
      const close = text.indexOf('"', end + 1);
      if (close < 0) return undefined;
      end = close + 1;
    } while (text[end] === '"');
    return end === text.length || text[end] === ',' ? end : undefined;
  }
  const comma = text.indexOf(',', start);
  end = comma < 0 ? text.length : comma;
  return text.slice(start, end).includes('"') ? undefined : end;
}
