/**
 * A pack's columns as SQL: of the text of each cell its typed value, and what is wrong with it.
 *
 * `text`: the cell, NULL if it is a text that the pack calls missing. Steps that a notation or a format needs, each over those
 * before. `value`: the text in the column's type, NULL if it is none; nothing is rounded, guessed or cut. What is wrong with it is
 * in `check-sql.ts`.
 */

import { quoteText } from '../engine/session.ts';
import { sqlTypeOf } from '../packs/column-type.ts';
import type { CodeList, Column, ColumnType } from '../packs/pack.ts';
import { trimSpace } from '../packs/surrounding-space.ts';
import { plainDigitsSql, type Step, type SteppedSql } from './amount-sql.ts';
import { codeSql } from './code-sql.ts';
import { type TimeSql, timeSql } from './time-sql.ts';

export interface TypedSql extends SteppedSql {
  /** Of a date or timestamp. */
  readonly time: TimeSql | null;
  /** Of a code: SQL that is true where the list does not know the text, or has it otherwise (`asListed`). */
  readonly isUnknown: string | null;
}

/** `text` is a column's name in the query; the names of the steps begin with `prefix`. `asListed`: of codes, see `codeSql`. */
export function typedSql(column: Column, text: string, prefix: string, asListed = false): TypedSql {
  const { type, notation } = column;
  if (type.kind === 'date' || type.kind === 'timestamp') {
    const time = timeSql(type, text, prefix);
    return { steps: time.steps, sql: time.sql, time, isUnknown: null };
  }
  if (type.kind === 'boolean')
    return { steps: [], sql: booleanSql(column, text), time: null, isUnknown: null };
  if (column.codes !== null) return codedSql(column, column.codes, text, prefix, asListed);
  if (notation === null) return { steps: [], sql: plainSql(type, text), time: null, isUnknown: null };
  const digits = plainDigitsSql(notation, text, prefix);
  const plain: Step = { name: `${prefix}_plain`, sql: digits.sql };
  return { steps: [...digits.steps, [plain]], sql: plainSql(type, plain.name), time: null, isUnknown: null };
}

/** An unknown text is NULL, or itself where the pack only warns of it: then it is equal to no code. */
function codedSql(
  { unknown }: Column,
  list: CodeList,
  text: string,
  prefix: string,
  asListed: boolean,
): TypedSql {
  const found = codeSql(list, text, prefix, asListed);
  const code: Step = { name: `${prefix}_code`, sql: found.sql };
  const sql = unknown === 'warn' ? `coalesce(${code.name}, ${text})` : code.name;
  const isUnknown = `(${text} IS NOT NULL AND ${code.name} IS NULL)`;
  return { steps: [...found.steps, [code]], sql, time: null, isUnknown };
}

/** A text or one of those that mean "missing", then NULL. */
export function presentSql(column: Column, text: string): string {
  if (column.missing.length === 0) return text;
  const missing = column.missing.map((word) => quoteText(trimSpace(word))).join(', ');
  return `CASE WHEN ${text} IN (${missing}) THEN NULL ELSE ${text} END`;
}

function plainSql(type: ColumnType, text: string): string {
  switch (type.kind) {
    case 'integer':
      return guarded(text, '[+-]?[0-9]+(\\.0*)?', `TRY_CAST(${text} AS BIGINT)`);
    case 'decimal':
      return guarded(text, decimalPattern(type.scale), `TRY_CAST(${text} AS ${sqlTypeOf(type)})`);
    case 'number': {
      const value = `TRY_CAST(${text} AS DOUBLE)`;
      // + 0.0 makes -0 a 0. Inf, NaN and digits grouped by _ are no numbers here.
      return `CASE WHEN isfinite(${value}) AND NOT contains(${text}, '_') THEN ${value} + 0.0 END`;
    }
    default:
      return text;
  }
}

const TRUE_WORDS = ['1', 'true', 'yes', 'y', '1.0'];
const FALSE_WORDS = ['0', 'false', 'no', 'n', '0.0'];

/** The column's own words first: they may say that N is yes. */
function booleanSql({ yes, no }: Column, text: string): string {
  const own = [...yes, ...no].map((word) => word.toLowerCase());
  const isOneOf = (words: readonly string[], usual: readonly string[]) => {
    const all = [
      ...words.map((word) => trimSpace(word).toLowerCase()),
      ...usual.filter((word) => !own.includes(word)),
    ];
    return `lower(${text}) IN (${all.map(quoteText).join(', ')})`;
  };
  return `CASE WHEN ${isOneOf(yes, TRUE_WORDS)} THEN true WHEN ${isOneOf(no, FALSE_WORDS)} THEN false END`;
}

function guarded(text: string, pattern: string, value: string): string {
  return `CASE WHEN regexp_full_match(${text}, ${quoteText(pattern)}) THEN ${value} END`;
}

/** Digits beyond the scale are allowed only if they are zeros: the value must fit, not be rounded. */
function decimalPattern(scale: number): string {
  const fraction = (least: number) => `[0-9]{${least},${Math.max(scale, least)}}0*`;
  if (scale === 0) return '[+-]?[0-9]+(\\.0*)?';
  return `[+-]?([0-9]+(\\.${fraction(0)})?|\\.${fraction(1)})`;
}

/**
 * The value as a text that is the same for the same value wherever it came from, and that can't run into its neighbour: strings
 * carry their length. NULL is the empty text.
 */
export function canonicalSql(type: ColumnType, value: string): string {
  return type.kind === 'string'
    ? `CASE WHEN ${value} IS NULL THEN '' ELSE concat(length(${value}), ':', ${value}) END`
    : `coalesce(CAST(${value} AS VARCHAR), '')`;
}
