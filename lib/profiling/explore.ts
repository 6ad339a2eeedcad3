/**
 * A file as a table of its columns: types, what is missing, distributions, class balance. Its figures are plain data, made of rows
 * of texts.
 */
import { readAmount } from '../packs/amount-notation.ts';
import { trimSpace } from '../packs/surrounding-space.ts';
import { guessRoles } from './guess-roles.ts';
import { timeOf } from './guess-time.ts';
import { nameColumns } from './name-columns.ts';
import { type ColumnProfile, profileColumn } from './profile-column.ts';
import type { Count } from './value-words.ts';

export interface ExploreInput {
  readonly file: string;
  readonly header: readonly string[];
  readonly rows: readonly (readonly string[])[];
  readonly total: number;
  readonly label: string | null;
  /** Whether values of columns that look personal are shown too. */
  readonly showsPersonal: boolean;
}

export interface Exploration {
  readonly file: string;
  readonly rows: number;
  /** Rows that the figures are of: all of them, or some spread over the file. */
  readonly sampled: number;
  readonly columns: readonly ExploredColumn[];
  /** The label's classes; null: none was found. */
  readonly balance: { readonly column: string; readonly classes: readonly Count[] } | null;
}

export interface ExploredColumn {
  readonly name: string;
  readonly type: string;
  /** id, time, entity, key, label or outcome; null: none of them. */
  readonly role: string | null;
  readonly missing: number;
  readonly distinct: number;
  readonly isPersonal: boolean;
  readonly numbers: NumberSummary | null;
  readonly range: { readonly first: string; readonly last: string } | null;
  /** The most frequent values; none of a column that looks personal or has a value of its own for every row. */
  readonly top: readonly Count[];
  /** Values that are not of the type. */
  readonly misfits: number;
}

export interface NumberSummary {
  readonly mean: number;
  readonly deviation: number;
  readonly min: number;
  readonly quarter: number;
  readonly median: number;
  readonly threeQuarters: number;
  readonly max: number;
  /** Counts of equally wide bins from min to max. */
  readonly histogram: readonly number[];
}

const MAX_TOP = 10;
const BINS = 20;

export function exploreRows({ file, header, rows, total, label, showsPersonal }: ExploreInput): Exploration {
  const profiles = nameColumns(header).map(({ name }, at) =>
    profileColumn(
      name,
      at + 1,
      rows.map((row) => row[at] ?? ''),
    ),
  );
  const roles = guessRoles(profiles, label === null ? {} : { label }, file);
  const roleOf = (column: ColumnProfile): string | null => {
    if (column === roles.id) return 'id';
    if (roles.time?.columns.includes(column)) return 'time';
    if (column === roles.entity) return 'entity';
    if (column === roles.second) return 'key';
    if (column === roles.label?.column) return 'label';
    return roles.outcomes.has(column) ? 'outcome' : null;
  };
  const columns = profiles.map((column, at) => {
    const texts = rows.map((row) => trimSpace(row[at] ?? ''));
    const isPersonal = roles.personal.has(column);
    const isHidden =
      (isPersonal && !showsPersonal) || column === roles.id || column.distinct === column.filled;
    return {
      name: column.name,
      type: column.type,
      role: roleOf(column),
      missing: rows.length - column.filled,
      distinct: column.distinct,
      isPersonal,
      numbers: summarize(numbersOf(column, texts)),
      range: rangeOf(column, texts),
      top: isHidden ? [] : column.top.slice(0, MAX_TOP),
      misfits: column.misfitCount,
    };
  });
  const found = roles.label?.column;
  return {
    file,
    rows: total,
    sampled: rows.length,
    columns,
    balance: found === undefined ? null : { column: found.name, classes: found.top },
  };
}

function numbersOf(column: ColumnProfile, texts: readonly string[]): Float64Array {
  if (!/^(integer|number|decimal)/.test(column.type)) return new Float64Array(0);
  const { notation, missing } = column;
  const skipped = new Set(['', ...missing]);
  const values = texts.flatMap((text) => {
    if (skipped.has(text)) return [];
    const value =
      notation === null ? Number(text) : Number(readAmount(text, notation.notation) ?? Number.NaN);
    return Number.isFinite(value) ? [value] : [];
  });
  return Float64Array.from(values).sort();
}

/** `sorted` ascending; quantiles by linear interpolation, as pandas has them. */
export function summarize(sorted: Float64Array): NumberSummary | null {
  const count = sorted.length;
  if (count === 0) return null;
  const quantile = (share: number) => {
    const place = share * (count - 1);
    const below = Math.floor(place);
    return sorted[below]! + (place - below) * (sorted[Math.min(count - 1, below + 1)]! - sorted[below]!);
  };
  const mean = sorted.reduce((sum, value) => sum + value, 0) / count;
  const squares = sorted.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  const [min, max] = [sorted[0]!, sorted[count - 1]!];
  const histogram = Array.from({ length: BINS }, () => 0);
  for (const value of sorted)
    histogram[max === min ? 0 : Math.min(BINS - 1, Math.floor(((value - min) / (max - min)) * BINS))]!++;
  return {
    mean,
    deviation: count < 2 ? 0 : Math.sqrt(squares / (count - 1)),
    min,
    quarter: quantile(0.25),
    median: quantile(0.5),
    threeQuarters: quantile(0.75),
    max,
    histogram,
  };
}

function rangeOf({ time }: ColumnProfile, texts: readonly string[]): ExploredColumn['range'] {
  if (time === null) return null;
  let [first, last] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const text of texts) {
    const micros = text === '' ? null : timeOf(text, time);
    if (micros === null) continue;
    first = Math.min(first, micros);
    last = Math.max(last, micros);
  }
  const shown = (micros: number) =>
    new Date(micros / 1000).toISOString().slice(0, time.kind === 'date' ? 10 : 19);
  return first > last ? null : { first: shown(first), last: shown(last) };
}
