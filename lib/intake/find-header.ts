/**
 * Which of the first records of a text is its header: the one with the most wanted column names; without any, the first that
 * has names where most records have fields. A title or a comment before it is not.
 */

/** Records that are looked at. */
export const FIRST_RECORDS = 264;
/** Records that a header may follow. */
const MAX_PREAMBLE = 64;
const MAX_NAME_CHARACTERS = 100;

export interface HeadRecord {
  /** Physical line in the text, from 1. */
  readonly line: number;
  /** Trimmed; null: its quotes do not match, it is too long, or it holds NUL. */
  readonly cells: readonly string[] | null;
  readonly isComment: boolean;
}

export interface FoundHeader {
  /** Its position among the records; -1: none. */
  readonly at: number;
  /** From 0 to 1. */
  readonly certainty: number;
}

export function findHeader(records: readonly HeadRecord[], wanted: ReadonlySet<string>): FoundHeader {
  const first = records.slice(0, MAX_PREAMBLE);
  const counts = first.map(({ cells }) => (cells ?? []).filter((cell) => isWanted(cell, wanted)).length);
  const most = Math.max(0, ...counts);
  if (most > 0) return { at: counts.indexOf(most), certainty: 1 };
  const fields = modalFields(records);
  const filled = first.findIndex(({ cells }) => cells === null || cells.some((cell) => cell !== ''));
  const opening = first[filled]?.cells ?? null;
  if (opening !== null && isHeaderRow(opening, fields, records)) return { at: filled, certainty: 1 };
  const named = first.findIndex(({ cells }) => cells !== null && isNamed(cells, fields));
  if (named >= 0) return { at: named, certainty: 0.9 };
  if (opening !== null && opening.length * 2 > fields) return { at: filled, certainty: 1 };
  const wide = first.findIndex(
    ({ cells }) => cells?.length === fields && isHeaderRow(cells, fields, records),
  );
  return wide >= 0 ? { at: wide, certainty: 0.5 } : { at: opening === null ? -1 : filled, certainty: 1 };
}

function isWanted(cell: string, wanted: ReadonlySet<string>): boolean {
  const name = cell.toLowerCase();
  return wanted.has(name) || (name.startsWith('#') && wanted.has(name.slice(1).trim()));
}

/** The number of fields that most records have; 0 without any. */
export function modalFields(records: readonly HeadRecord[]): number {
  const counts = new Map<number, number>();
  for (const { cells } of records) {
    if (cells === null || cells.every((cell) => cell === '')) continue;
    counts.set(cells.length, (counts.get(cells.length) ?? 0) + 1);
  }
  return [...counts].reduce((best, one) => (one[1] > best[1] ? one : best), [0, 0])[0];
}

/** As wide as most records, delimiters at the end apart, and at least half filled: what opens the text is its header then. */
function isHeaderRow(cells: readonly string[], fields: number, records: readonly HeadRecord[]): boolean {
  if (fields <= 1) return true;
  const named = cells.filter((cell) => cell !== '').length;
  if (named * 2 < fields) return false;
  if (cells.length >= fields) return cells.slice(fields).every((cell) => cell === '');
  const usual = records.flatMap((record) => (record.cells?.length === fields ? [record.cells] : []));
  return usual.every((row) => row.slice(cells.length).every((cell) => cell === ''));
}

/** A name, and no number or date, in every place where most records have a field; but for the last, which may be empty. */
function isNamed(cells: readonly string[], fields: number): boolean {
  if (fields < 2 || cells.length < fields - 1) return false;
  return cells.slice(0, fields).every((cell, at) => isName(cell) || (cell === '' && at === fields - 1));
}

function isName(cell: string): boolean {
  return cell.length <= MAX_NAME_CHARACTERS && /\p{L}/u.test(cell) && !/^[\d.,:/-]{6,}/.test(cell);
}
