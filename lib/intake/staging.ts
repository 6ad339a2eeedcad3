/**
 * The one SQL statement that turns a table of texts into typed records: per row the values, what is wrong with it (its first column
 * that fails, and a reason that lists them all), its hash and its id.
 */

import { quoteText } from '../engine/session.ts';
import { CODE_LISTS } from '../packs/code-lists.ts';
import { sqlTypeOf } from '../packs/column-type.ts';
import { type Column, keyColumns, type Pack } from '../packs/pack.ts';
import { checkSql } from './check-sql.ts';
import { isNeeded } from './header.ts';
import type { Loaded } from './load.ts';
import { canonicalSql, presentSql, type TypedSql, typedSql } from './typing-sql.ts';

/** The value of the pack's n-th column in the staged table. */
export function stagedValue(at: number): string {
  return `v${at}`;
}

interface Doubtful {
  readonly sql: string;
  /** After the number of values. */
  readonly says: string;
}

/** What the statement reads of a file. */
export type StagedTexts = Pick<Loaded, 'table' | 'texts' | 'line' | 'fractions'>;

/** A statement, and which of its columns are true where a value is doubtful. */
export interface StagingSql {
  readonly sql: string;
  readonly doubts: readonly { readonly column: string; readonly says: string }[];
}

/**
 * Columns: `line` (if the table has it), v0, v1, … (values), `column` and `reason` (NULL for a record that is accepted), `record_hash`,
 * `record_id`, `unread`, d0, d1, … (doubts).
 *
 * `isQuick`: for a few records, which take DuckDB less time to read than what may be wrong with them takes to prepare. It reads those
 * with which nothing is, and whose codes are written as the lists have them; of others `unread` is true: then the whole is to be read
 * in full.
 */
export function stagingSql(pack: Pack, loaded: StagedTexts, isQuick = false): StagingSql {
  const { columns } = pack;
  const keys = keyColumns(pack);
  const all = (make: (column: Column, at: number) => string) => columns.map(make).join(', ');
  const line = loaded.line === null ? '' : `${loaded.line} AS line, `;
  const lineColumn = loaded.line === null ? '' : 'line, ';
  const fractions = columns.flatMap((_, at) => {
    const sql = loaded.fractions?.[at] ?? null;
    return sql === null ? [] : [{ at, sql }];
  });
  const isFraction = (at: number) => (fractions.some((one) => one.at === at) ? `r${at}` : null);
  const cellSql = all((_, at) => `${loaded.texts[at] ?? 'CAST(NULL AS VARCHAR)'} AS u${at}`);
  const cells = `SELECT ${line}${cellSql}${fractions.map(({ at, sql }) => `, ${sql} AS r${at}`).join('')} FROM ${loaded.table}`;
  const kept = fractions.map(({ at }) => `, r${at}`).join('');
  const texts = `SELECT ${lineColumn}${all((column, at) => `${presentSql(column, `u${at}`)} AS t${at}`)}${kept} FROM (${cells})`;
  const typed = columns.map((column, at) => cellSqlOf(column, at, loaded, isQuick));
  const stepped = withSteps(texts, typed);
  const valueSqlOf = (column: Column, at: number) =>
    column.derivedFrom === null ? typed[at]!.sql : sameCurrencySql(pack, column.derivedFrom);
  const values = `SELECT *, ${all((column, at) => `${valueSqlOf(column, at)} AS ${stagedValue(at)}`)} FROM (${stepped})`;
  const checked = columns.flatMap((column, at) => {
    const check = checkSql(column, {
      text: `t${at}`,
      value: stagedValue(at),
      typed: typed[at]!,
      isNeeded: isNeeded(pack, column),
      isKey: keys.has(column.name),
      isFraction: isFraction(at),
    });
    return check === null ? [] : [{ at, name: column.name, check }];
  });
  const goods = checked.map(({ at, check }) => `, ${check.isGood} AS g${at}`).join('');
  const judged = `SELECT *${goods} FROM (${values})`;
  const isGood = ['true', ...checked.map(({ at }) => `g${at}`)].join(' AND ');
  const firstBad = checked.map(({ at, name }) => `WHEN NOT g${at} THEN ${quoteText(name)}`).join(' ');
  const problems = checked.map(({ at, name, check }, place) => {
    const before = checked.slice(0, place).map((earlier) => `NOT g${earlier.at}`);
    const label =
      before.length === 0
        ? ''
        : `CASE WHEN ${before.join(' OR ')} THEN ${quoteText(`${name}: `)} ELSE '' END || `;
    return `CASE WHEN NOT g${at} THEN ${label}${check.problem} END`;
  });
  const reason =
    isQuick || checked.length === 0
      ? 'NULL'
      : `CASE WHEN ${isGood} THEN NULL ELSE concat_ws('; ', ${problems.join(', ')}) END`;
  const named = isQuick || checked.length === 0 ? 'NULL' : `CASE WHEN ${isGood} THEN NULL ${firstBad} END`;
  const unread = [`NOT (${isGood})`, ...typed.flatMap(({ isUnknown }) => isUnknown ?? [])].join(' OR ');
  const doubts = columns.flatMap((column, at) => doubtsOf(column, at, typed[at]!, keys.has(column.name)));
  const noted = doubts.map(({ sql }, at) => `, ${sql} AS d${at}`).join('');
  const found = `SELECT ${lineColumn}${all((_, at) => stagedValue(at))}${noted}, ${isQuick ? unread : 'false'} AS unread, CAST(${named} AS VARCHAR) AS "column", CAST(${reason} AS VARCHAR) AS reason FROM (${judged})`;
  const hashed = `SELECT *, CASE WHEN reason IS NULL THEN ${recordHashSql(pack, stagedValue)} END AS record_hash FROM (${found})`;
  return {
    sql: `SELECT *, CASE WHEN reason IS NULL THEN ${idSql(pack)} END AS record_id FROM (${hashed})`,
    doubts: doubts.map(({ says }, at) => ({ column: `d${at}`, says })),
  };
}

function cellSqlOf(column: Column, at: number, loaded: StagedTexts, isQuick: boolean): TypedSql {
  if (loaded.texts[at] !== null) return typedSql(column, `t${at}`, `p${at}`, isQuick);
  const nothing = `CAST(NULL AS ${sqlTypeOf(column.type)})`;
  return {
    steps: [],
    sql: nothing,
    time: { steps: [], sql: nothing, isSkipped: null, isTwice: null, isCut: null },
    isUnknown: null,
  };
}

/** An amount in the base currency where it is in that already; the others wait for a rate. */
function sameCurrencySql(pack: Pack, amount: string): string {
  const at = (name: string) => pack.columns.findIndex((column) => column.name === name);
  const { currency } = pack.columns[at(amount)]!.money!;
  const place = at(currency);
  const code = place < 0 ? quoteText(currency) : stagedValue(place);
  return `CASE WHEN ${code} = ${quoteText(pack.baseCurrency ?? '')} THEN ${stagedValue(at(amount))} END`;
}

/** The steps that the columns need, one select over the other. */
function withSteps(texts: string, typed: readonly TypedSql[]): string {
  const most = Math.max(0, ...typed.map(({ steps }) => steps.length));
  let sql = texts;
  for (let level = 0; level < most; level++) {
    const steps = typed.flatMap((column) => column.steps[level] ?? []);
    sql = `SELECT *, ${steps.map((step) => `${step.sql} AS ${step.name}`).join(', ')} FROM (${sql})`;
  }
  return sql;
}

/** As spreadsheets and floating point spoil what distinguishes accounts. */
function keyDoubts(name: string, text: string): Doubtful[] {
  return [
    {
      sql: `coalesce(ends_with(${text}, '.0'), false)`,
      says: `of "${name}" end in ".0", as floating point writes them: "2.0" and "2" are different keys`,
    },
    {
      sql: `CASE WHEN contains(${text}, 'E+') THEN regexp_full_match(${text}, '[0-9]([.,][0-9]+)?E[+][0-9]+') ELSE false END`,
      says: `of "${name}" are in scientific notation, as a spreadsheet writes long numbers: their last digits may be lost`,
    },
    {
      sql: `coalesce(starts_with(${text}, '="'), false)`,
      says: `of "${name}" are marked as text by a spreadsheet (="…"): with the mark and without are different keys`,
    },
  ];
}

/** What was read, but may not be what was meant. */
function doubtsOf(column: Column, at: number, { time, isUnknown }: TypedSql, isKey: boolean): Doubtful[] {
  const { name, type } = column;
  if (isUnknown !== null && column.unknown === 'warn') {
    const kept = 'it stays as it is and is equal to no code';
    return [{ sql: isUnknown, says: `of "${name}" are no ${CODE_LISTS[column.codes!].plural}; ${kept}` }];
  }
  if (column.codes !== null) return [];
  if (type.kind === 'string' && isKey) return keyDoubts(name, `t${at}`);
  if (time === null || (type.kind !== 'date' && type.kind !== 'timestamp')) return [];
  const doubts: Doubtful[] = [];
  if (time.isTwice !== null && type.overlap === null)
    doubts.push({
      sql: time.isTwice,
      says: `of "${name}" are times that the clocks of ${type.timezone} show twice; the later one is taken (overlap: says otherwise)`,
    });
  if (time.isCut !== null)
    doubts.push({ sql: time.isCut, says: `of "${name}" say more than microseconds; what is beyond is cut` });
  return doubts;
}

/**
 * Over every column but the label, in the order of their names: the order in the pack and in the file doesn't matter.
 * `sqlOf` gives the SQL of the pack's n-th column, typed.
 */
export function recordHashSql(pack: Pack, sqlOf: (at: number) => string): string {
  const parts = pack.columns
    .map((column, at) => ({ column, at }))
    .filter(({ column }) => column.name !== pack.record.label && column.derivedFrom === null)
    .sort((a, b) => (a.column.name < b.column.name ? -1 : 1))
    .map(({ column, at }) => canonicalSql(column.type, sqlOf(at)));
  return `sha256(concat_ws(chr(31), ${['', ...parts].map((part) => part || "''").join(', ')}))`;
}

/** In an id of several columns, `|` within a part is escaped, so that different parts never make the same id. */
function idSql(pack: Pack): string {
  const { id } = pack.record;
  if (id.length === 0) return 'left(record_hash, 16)';
  const parts = id.map((name) => {
    const at = pack.columns.findIndex((column) => column.name === name);
    const text = `CAST(${stagedValue(at)} AS VARCHAR)`;
    if (id.length === 1 || pack.columns[at]!.type.kind !== 'string') return text;
    return `replace(replace(${text}, '\\', '\\\\'), '|', '\\|')`;
  });
  return parts.join(" || '|' || ");
}
