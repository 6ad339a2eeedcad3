/** What is wrong with a typed cell, as SQL: whether it is good at all, and only where it isn't, the problem in words. */

import { quoteText } from '../engine/session.ts';
import { sqlTypeOf } from '../packs/column-type.ts';
import type { CodeList, Column, ColumnType } from '../packs/pack.ts';
import type { TypedSql } from './typing-sql.ts';

/** How much of a cell a reason quotes. */
const SHOWN_CHARACTERS = 60;
/** What a file says a time is beyond these is a mistake more often than a time; a pack's own min or max takes their place. */
const EARLIEST = '1900-01-01';
const LATEST = '2100-12-31 23:59:59.999999';

export interface Check {
  /** True unless the cell is to be rejected; never NULL. */
  readonly isGood: string;
  /** What is wrong with it; NULL if nothing is. */
  readonly problem: string;
}

interface Rule {
  readonly holds: string;
  readonly says: string;
}

export interface Cell {
  /** Names of columns in the query. */
  readonly text: string;
  readonly value: string;
  readonly typed: TypedSql;
  /** It must be there. */
  readonly isNeeded: boolean;
  /** Part of what distinguishes records or puts them together. */
  readonly isKey: boolean;
  /** SQL that is true where the file holds floating point that is no whole number; null: it doesn't. */
  readonly isFraction: string | null;
}

/** null: nothing can be wrong with the column. */
export function checkSql(column: Column, cell: Cell): Check | null {
  const { text, isNeeded } = cell;
  const rules = rulesOf(column, cell);
  if (!isNeeded && rules.length === 0) return null;
  const found = column.pii
    ? `'a value of ' || length(${text}) || ' characters'`
    : `'"' || left(${text}, ${SHOWN_CHARACTERS}) || CASE WHEN length(${text}) > ${SHOWN_CHARACTERS} THEN '…"' ELSE '"' END`;
  const holds = ['true', ...rules.map((rule) => `coalesce(${rule.holds}, false)`)].join(' AND ');
  const cases = rules
    .map(
      (rule) =>
        `WHEN NOT coalesce(${rule.holds}, false) THEN ${quoteText(`expected ${rule.says}, found `)} || ${found}`,
    )
    .join(' ');
  const missing = isNeeded ? `'it is missing and must not be'` : 'NULL';
  return {
    isGood: `CASE WHEN ${text} IS NULL THEN ${!isNeeded} ELSE ${holds} END`,
    problem: `CASE WHEN ${text} IS NULL THEN ${missing} ${cases} END`,
  };
}

function rulesOf(column: Column, cell: Cell): Rule[] {
  const { text, value, isKey, isFraction } = cell;
  const rules: Rule[] = [];
  if (isFraction !== null)
    rules.push({ holds: `NOT ${isFraction}`, says: 'text or a whole number, as it is part of a key' });
  if (column.type.kind === 'string') {
    // What could not be decoded stands for many characters: two accounts would be one.
    if (isKey)
      rules.push({
        holds: `NOT contains(${text}, '\ufffd')`,
        says: 'text in which no character was lost (U+FFFD)',
      });
    if (column.codes !== null && column.unknown === 'reject')
      rules.push({ holds: `${value} IS NOT NULL`, says: CODE_TEXTS[column.codes] });
  } else rules.push(...typeRules(column, cell));
  rules.push(...limitsOf(column, text, value));
  return rules;
}

const CODE_TEXTS: Readonly<Record<CodeList, string>> = {
  country: 'a country (ISO 3166-1 code or name of one country)',
  currency: 'a currency (ISO 4217 code, or a sign that only one has)',
};

function typeRules({ type, notation, yes, no, min, max }: Column, { value, typed }: Cell): Rule[] {
  if (type.kind !== 'date' && type.kind !== 'timestamp') {
    const words = type.kind === 'boolean' ? booleanWords(yes, no) : sqlName(type);
    const like = notation === null ? '' : ` as ${notation.like.map((form) => `"${form}"`).join(' or ')}`;
    return [{ holds: `${value} IS NOT NULL`, says: `${words}${like}` }];
  }
  const { isSkipped, isTwice } = typed.time!;
  const rules: Rule[] = [];
  if (isSkipped !== null)
    rules.push({
      holds: `NOT ${isSkipped}`,
      says: `a time that the clocks of ${type.timezone} showed (they skip this one)`,
    });
  if (isTwice !== null && type.overlap === 'reject')
    rules.push({ holds: `NOT ${isTwice}`, says: `a time that the clocks of ${type.timezone} showed once` });
  const iso = type.kind === 'date' ? 'YYYY-MM-DD' : 'YYYY-MM-DD HH:MM:SS';
  const forms = type.formats.length === 0 ? iso : type.formats.join(' or ');
  rules.push({ holds: `${value} IS NOT NULL`, says: `${type.kind} (${forms})` });
  const bounds = [
    ...(min === null ? [`${value} >= ${sqlTypeOf(type)} '${EARLIEST}'`] : []),
    ...(max === null
      ? [`${value} <= ${sqlTypeOf(type)} '${type.kind === 'date' ? LATEST.slice(0, 10) : LATEST}'`]
      : []),
  ];
  const years = [min === null ? 'from 1900' : '', max === null ? 'to 2100' : ''].filter(
    (part) => part !== '',
  );
  if (bounds.length > 0)
    rules.push({
      holds: bounds.join(' AND '),
      says: `a time ${years.join(' ')} (or the column's own min and max)`,
    });
  return rules;
}

function booleanWords(yes: readonly string[], no: readonly string[]): string {
  const own = yes.length + no.length === 0 ? '' : `${yes.join(', ')} / ${no.join(', ')}; `;
  return `boolean (${own}0/1, true/false, yes/no, Y/N)`;
}

function sqlName(type: ColumnType): string {
  return type.kind === 'decimal' ? `decimal(${type.precision},${type.scale})` : type.kind;
}

function limitsOf(column: Column, text: string, value: string): Rule[] {
  const limits: Rule[] = [];
  const literal = (limit: number | string) =>
    column.type.kind === 'string'
      ? quoteText(String(limit))
      : `CAST(${quoteText(String(limit))} AS ${limitType(column.type)})`;
  if (column.min !== null)
    limits.push({ holds: `${value} >= ${literal(column.min)}`, says: `at least ${column.min}` });
  if (column.max !== null)
    limits.push({ holds: `${value} <= ${literal(column.max)}`, says: `at most ${column.max}` });
  if (column.allowed !== null) {
    const shown = column.allowed.slice(0, 12).join(', ');
    const more = column.allowed.length > 12 ? ` or ${column.allowed.length - 12} others` : '';
    limits.push({
      holds: `${value} IN (${column.allowed.map(literal).join(', ')})`,
      says: `one of ${shown}${more}`,
    });
  }
  if (column.pattern !== null) {
    limits.push({
      holds: `regexp_full_match(${text}, ${quoteText(column.pattern)})`,
      says: `a text of the form ${column.pattern}`,
    });
  }
  return limits;
}

/** A limit may have more digits than the column: amounts at least 0.001. */
function limitType(type: ColumnType): string {
  return type.kind === 'decimal' ? 'DECIMAL(38, 10)' : type.kind === 'integer' ? 'DOUBLE' : sqlTypeOf(type);
}
