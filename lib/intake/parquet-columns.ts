/**
 * The columns of a Parquet file as its schema says, each with the SQL of its text: what a CSV would hold. What DuckDB reads as another
 * value than was written is refused by the schema, before anything is read.
 */

import { parquetSql } from '../engine/parquet.ts';
import { quoteIdentifier, quotePath, type Session } from '../engine/session.ts';
import { InputError } from '../errors.ts';
import { plainFloatSql } from '../packs/plain-number.ts';

/** More digits than these DuckDB reads as floating point, and not as the number that was written. */
const MAX_PRECISION = 38;

export interface ParquetColumn {
  readonly name: string;
  readonly text: string;
  /** SQL that is true where it is floating point and no whole number, or one too large to be exact; null: no floating point. */
  readonly isFraction: string | null;
}

interface SchemaRow extends Record<string, unknown> {
  readonly name: string;
  readonly precision: number | null;
  readonly logical_type: string | null;
}

export async function parquetColumns(
  session: Session,
  path: string,
  fileName: string,
): Promise<ParquetColumn[]> {
  const schema = await session.rows<SchemaRow>(
    `SELECT name, precision::INTEGER AS precision, logical_type FROM parquet_schema(${quotePath(path)})`,
  );
  const wide = schema.find(({ precision }) => precision !== null && precision > MAX_PRECISION);
  if (wide !== undefined) {
    throw new InputError(
      `${fileName}: column "${wide.name}" is a decimal of precision ${wide.precision}; up to ${MAX_PRECISION} is read. ` +
        `Write it as decimal(${MAX_PRECISION}, …) or as text`,
    );
  }
  const described = await session.rows<{ column_name: string; column_type: string }>(
    `DESCRIBE SELECT * FROM ${parquetSql([path])}`,
  );
  return described.map(({ column_name, column_type }) => columnOf(column_name, column_type));
}

/** Of timestamps with a time zone DuckDB cuts nanoseconds as it reads them; without one the cell says that it was cut. */
export async function nanosecondWarnings(
  session: Session,
  path: string,
  fileName: string,
): Promise<string[]> {
  const rows = await session.rows<{ name: string }>(
    `SELECT name FROM parquet_schema(${quotePath(path)}) WHERE logical_type LIKE '%isAdjustedToUTC=1%NANOS=Nano%'`,
  );
  return rows.map(
    ({ name }) => `${fileName}: "${name}" is in nanoseconds; what is beyond microseconds is cut`,
  );
}

function columnOf(name: string, type: string): ParquetColumn {
  const sql = quoteIdentifier(name);
  // Its offset is always that of UTC, and would be no part of a time in a CSV.
  if (type === 'TIME WITH TIME ZONE')
    return { name, text: `CAST(CAST(${sql} AS TIME) AS VARCHAR)`, isFraction: null };
  const exact = { FLOAT: 2 ** 24, DOUBLE: 2 ** 53 }[type];
  if (exact === undefined) return { name, text: `CAST(${sql} AS VARCHAR)`, isFraction: null };
  const isWhole = `isfinite(${sql}) AND ${sql} = trunc(${sql}) AND abs(${sql}) <= ${exact}`;
  return { name, text: plainFloatSql(sql), isFraction: `(${sql} IS NOT NULL AND NOT (${isWhole}))` };
}
