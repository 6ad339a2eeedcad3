/**
 * The one SQL statement that turns a table of texts into typed records: per row the values, what is wrong with it (its first column
 * that fails, and a reason that lists them all), its hash and its id.
 */
import type { Column, Pack } from '../domain/pack.ts';
import { quoteText } from '../engine/session.ts';
import { isNeeded } from './header.ts';
import type { Loaded } from './load.ts';
import { canonicalSql, checkSql, presentSql, sqlType, valueSql } from './typing-sql.ts';

/** The value of the pack's n-th column in the staged table. */
export function stagedValue(at: number): string {
  return `v${at}`;
}

/**
 * Columns: `line` (if the table has it), v0, v1, … (values), `column` and `reason` (NULL for a record that is accepted), `record_hash`,
 * `record_id`.
 */
export function stagingSql(pack: Pack, loaded: Loaded): string {
  const { columns } = pack;
  const all = (make: (column: Column, at: number) => string) => columns.map(make).join(', ');
  const line = loaded.line === null ? '' : `${loaded.line} AS line, `;
  const keepLine = loaded.line === null ? '' : 'line, ';
  const cells = `SELECT ${line}${all((_, at) => `${loaded.texts[at] ?? 'CAST(NULL AS VARCHAR)'} AS u${at}`)} FROM ${loaded.table}`;
  const texts = `SELECT ${keepLine}${all((column, at) => `${presentSql(column, `u${at}`)} AS t${at}`)} FROM (${cells})`;
  const values = `SELECT *, ${all((column, at) => `${typedSql(column, at, loaded)} AS ${stagedValue(at)}`)} FROM (${texts})`;
  const checks = columns.map((column, at) =>
    checkSql(column, isNeeded(pack, column), `t${at}`, stagedValue(at)),
  );
  const checked = checks.flatMap((check, at) =>
    check === null ? [] : [{ at, name: columns[at]!.name, check }],
  );
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
    checked.length === 0
      ? 'NULL'
      : `CASE WHEN ${isGood} THEN NULL ELSE concat_ws('; ', ${problems.join(', ')}) END`;
  const named = checked.length === 0 ? 'NULL' : `CASE WHEN ${isGood} THEN NULL ${firstBad} END`;
  const found = `SELECT ${keepLine}${all((_, at) => stagedValue(at))}, CAST(${named} AS VARCHAR) AS "column", CAST(${reason} AS VARCHAR) AS reason FROM (${judged})`;
  const hashed = `SELECT *, CASE WHEN reason IS NULL THEN ${recordHashSql(pack, stagedValue)} END AS record_hash FROM (${found})`;
  return `SELECT *, CASE WHEN reason IS NULL THEN ${idSql(pack)} END AS record_id FROM (${hashed})`;
}

function typedSql(column: Column, at: number, loaded: Loaded): string {
  return loaded.texts[at] === null
    ? `CAST(NULL AS ${sqlType(column.type)})`
    : valueSql(column.type, `t${at}`);
}

/**
 * Over every column but the label, in the order of their names: the order in the pack and in the file doesn't matter.
 * `sqlOf` gives the SQL of the pack's n-th column, typed.
 */
export function recordHashSql(pack: Pack, sqlOf: (at: number) => string): string {
  const parts = pack.columns
    .map((column, at) => ({ column, at }))
    .filter(({ column }) => column.name !== pack.record.label)
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
