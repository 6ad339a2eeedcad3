/**
 * A pack's columns as SQL: the text of each cell in; its typed value, and what is wrong with it, out.
 *
 * Three expressions a column. `text`: the cell, NULL if it is a text that the pack calls missing. `value`: the text cast to the column's type, NULL if it is none; nothing is rounded, guessed or cut. `isGood`:
 * whether text and value satisfy the column. Only where they don't, `problem` puts it into words.
 */
import type { Column, ColumnType } from '../domain/pack.ts';
import { quoteText } from '../engine/session.ts';

/** How much of a cell a reason quotes. */
const SHOWN_CHARACTERS = 60;

export function sqlType(type: ColumnType): string {
  if (type.kind === 'decimal') return `DECIMAL(${type.precision}, ${type.scale})`;
  return {
    string: 'VARCHAR',
    integer: 'BIGINT',
    number: 'DOUBLE',
    boolean: 'BOOLEAN',
    date: 'DATE',
    timestamp: 'TIMESTAMP',
  }[type.kind];
}

/** A text without blank space around it, or NULL if it is one of those that mean "missing". */
export function presentSql(column: Column, text: string): string {
  if (column.missing.length === 0) return text;
  const missing = column.missing.map((word) => quoteText(word.trim())).join(', ');
  return `CASE WHEN ${text} IN (${missing}) THEN NULL ELSE ${text} END`;
}

/** The value of a text that is a column's name in the query. */
export function valueSql(type: ColumnType, text: string): string {
  switch (type.kind) {
    case 'string':
      return text;
    case 'integer':
      return guarded(text, '[+-]?[0-9]+(\\.0*)?', `TRY_CAST(${text} AS BIGINT)`);
    case 'decimal':
      return guarded(text, decimalPattern(type.scale), `TRY_CAST(${text} AS ${sqlType(type)})`);
    case 'number': {
      const value = `TRY_CAST(${text} AS DOUBLE)`;
      // + 0.0 makes -0 a 0. Inf, NaN and digits grouped by _ are no numbers here.
      return `CASE WHEN isfinite(${value}) AND NOT contains(${text}, '_') THEN ${value} + 0.0 END`;
    }
    case 'boolean':
      return (
        `CASE WHEN lower(${text}) IN ('1', 'true', 'yes', 'y', '1.0') THEN true ` +
        `WHEN lower(${text}) IN ('0', 'false', 'no', 'n', '0.0') THEN false END`
      );
    case 'date':
      return type.format === null
        ? guarded(text, `${DAY}([T ]00:00(:00(\\.0+)?)?)?`, `TRY_CAST(left(${text}, 10) AS DATE)`)
        : `TRY_CAST(try_strptime(${text}, ${quoteText(type.format)}) AS DATE)`;
    case 'timestamp':
      return timestampSql(type.format, type.timezone, text);
  }
}

const DAY = '[0-9]{4}-[0-9]{2}-[0-9]{2}';
const OFFSET = '(Z|[+-][0-9]{2}(:?[0-9]{2})?)';
const TIME = '[T ][0-9]{2}:[0-9]{2}(:[0-9]{2}(\\.[0-9]{1,9})?)?';

function guarded(text: string, pattern: string, value: string): string {
  return `CASE WHEN regexp_full_match(${text}, ${quoteText(pattern)}) THEN ${value} END`;
}

/** Digits beyond the scale are allowed only if they are zeros: the value must fit, not be rounded. */
function decimalPattern(scale: number): string {
  const fraction = (least: number) => `[0-9]{${least},${Math.max(scale, least)}}0*`;
  if (scale === 0) return '[+-]?[0-9]+(\\.0*)?';
  return `[+-]?([0-9]+(\\.${fraction(0)})?|\\.${fraction(1)})`;
}

/** UTC. A text with an offset says itself when it was; one without is local time in the column's timezone. */
function timestampSql(format: string | null, timezone: string | null, text: string): string {
  const toUtc = (local: string) =>
    timezone === null ? local : `CAST(timezone(${quoteText(timezone)}, ${local}) AS TIMESTAMP)`;
  if (format !== null) {
    const parsed = `try_strptime(${text}, ${quoteText(format)})`;
    // With %z or %Z DuckDB gives an instant, and the session's time zone is UTC.
    return /%[zZ]/.test(format) ? `CAST(${parsed} AS TIMESTAMP)` : toUtc(`CAST(${parsed} AS TIMESTAMP)`);
  }
  const local = toUtc(`TRY_CAST(${text} AS TIMESTAMP)`);
  // DuckDB reads an offset only right behind the seconds.
  const close = `regexp_replace(${text}, ' ([Z+-])', '\\1')`;
  const withSeconds = `regexp_replace(${close}, '^(.{16})([Z+-])', '\\1:00\\2')`;
  const instant = `CAST(TRY_CAST(${withSeconds} AS TIMESTAMPTZ) AS TIMESTAMP)`;
  return (
    `CASE WHEN regexp_full_match(${text}, '${DAY}(${TIME})?') THEN ${local} ` +
    `WHEN regexp_full_match(${text}, '${DAY}${TIME} ?${OFFSET}') THEN ${instant} END`
  );
}

export interface Check {
  /** True unless the cell is to be rejected; never NULL. */
  readonly isGood: string;
  /** What is wrong with it; NULL if nothing is. */
  readonly problem: string;
}

interface Limit {
  readonly holds: string;
  readonly says: string;
}

/** null: nothing can be wrong with the column. */
export function checkSql(column: Column, isNeeded: boolean, text: string, value: string): Check | null {
  const limits = limitsOf(column, text, value);
  const canFail = column.type.kind !== 'string';
  if (!isNeeded && !canFail && limits.length === 0) return null;
  const found = column.pii
    ? `'a value of ' || length(${text}) || ' characters'`
    : `'"' || left(${text}, ${SHOWN_CHARACTERS}) || CASE WHEN length(${text}) > ${SHOWN_CHARACTERS} THEN '…"' ELSE '"' END`;
  const rules: Limit[] = [
    ...(canFail ? [{ holds: `${value} IS NOT NULL`, says: typeInWords(column.type) }] : []),
    ...limits,
  ];
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

function limitsOf(column: Column, text: string, value: string): Limit[] {
  const limits: Limit[] = [];
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
  return type.kind === 'decimal' ? 'DECIMAL(38, 10)' : type.kind === 'integer' ? 'DOUBLE' : sqlType(type);
}

function typeInWords(type: ColumnType): string {
  if (type.kind === 'decimal') return `decimal(${type.precision},${type.scale})`;
  if (type.kind === 'boolean') return 'boolean (0/1, true/false, yes/no, Y/N)';
  if (type.kind === 'date') return `date (${type.format ?? 'YYYY-MM-DD'})`;
  if (type.kind === 'timestamp') return `timestamp (${type.format ?? 'YYYY-MM-DD HH:MM:SS'})`;
  return type.kind;
}

/**
 * The value as a text that is the same for the same value wherever it came from, and that can't run into its neighbour: strings
 * carry their length. NULL is the empty text.
 */
export function canonicalSql(type: ColumnType, value: string): string {
  return type.kind === 'string'
    ? `coalesce(length(${value}) || ':' || ${value}, '')`
    : `coalesce(CAST(${value} AS VARCHAR), '')`;
}
