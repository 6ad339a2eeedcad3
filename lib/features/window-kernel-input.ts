/**
 * What the window kernel reads of each record for an aggregate, as SQL, and how its numbers become the aggregate's own type
 * again. Null: the aggregate is left to DuckDB.
 */
import type { WindowUse } from '../packs/expression.ts';

/** A number of a record: SQL of type DOUBLE, NULL where it is missing. */
export interface NumberInput {
  readonly sql: string;
  /** What it is multiplied by to become an integer. */
  readonly scale: number;
  /** Larger ones may not come through a double unharmed. */
  readonly limit: number;
}

export type KernelAggregate =
  /** `present` is SQL that is not NULL where the record counts; null: every record does. */
  | { readonly kind: 'count'; readonly present: string | null }
  /** `text`: SQL of any type whose texts differ as its values do. */
  | { readonly kind: 'distinct'; readonly text: string }
  | { readonly kind: 'sum' | 'avg' | 'stddev'; readonly value: NumberInput }
  | { readonly kind: 'min' | 'max'; readonly value: NumberInput }
  | { readonly kind: 'lag' | 'first'; readonly value: NumberInput; readonly skipsMissing: boolean };

/** Integers up to here, scaled or not, are exact as doubles, and so is their way through a decimal's double. */
const MAX_EXACT = 2 ** 50;

const INTEGER = /^(TINYINT|SMALLINT|INTEGER|BIGINT)$/;
const DECIMAL = /^DECIMAL\((\d+),(\d+)\)$/;
const TEXT = /^(VARCHAR|BOOLEAN|DATE|TIMESTAMP|HUGEINT)$/;
const MAX_DECIMAL_DIGITS = 18;

/** `value` is SQL of the argument where the record counts, `type` the argument's type. */
export function kernelAggregate(
  { call, distinct }: Pick<WindowUse, 'call' | 'distinct'>,
  value: string,
  type: string,
  isConditional: boolean,
): KernelAggregate | null {
  if (call === 'count') return distinct ? distinctOf(value, type) : { kind: 'count', present: value };
  if (call === 'sum' || call === 'avg' || call === 'stddev') {
    const number = summedNumber(value, type);
    return number === null ? null : { kind: call, value: number };
  }
  const number = storedNumber(value, type);
  if (number === null) return null;
  if (call === 'min' || call === 'max') return { kind: call, value: number };
  return { kind: call, value: number, skipsMissing: isConditional };
}

function distinctOf(value: string, type: string): KernelAggregate | null {
  if (TEXT.test(type) || INTEGER.test(type) || DECIMAL.test(type)) return { kind: 'distinct', text: value };
  // Minus nothing is nothing, but not as a text.
  return type === 'DOUBLE' ? { kind: 'distinct', text: `(${value} + 0.0::DOUBLE)` } : null;
}

/** As sums take it: integers and decimals as they are, all else with nine decimals, as `exact` in window-sql.ts says. */
function summedNumber(value: string, type: string): NumberInput | null {
  if (type === 'DOUBLE') return { sql: value, scale: 1e9, limit: MAX_EXACT };
  if (type === 'BOOLEAN') return { sql: asDouble(`CAST(${value} AS INTEGER)`), scale: 1e9, limit: MAX_EXACT };
  return plainNumber(value, type);
}

function plainNumber(value: string, type: string): NumberInput | null {
  if (INTEGER.test(type)) return { sql: asDouble(value), scale: 1, limit: MAX_EXACT };
  const decimal = DECIMAL.exec(type);
  if (decimal === null || Number(decimal[1]) > MAX_DECIMAL_DIGITS) return null;
  return { sql: asDouble(value), scale: 10 ** Number(decimal[2]), limit: MAX_EXACT };
}

/** As it is given out again: `restoredSql` undoes it. */
function storedNumber(value: string, type: string): NumberInput | null {
  const unscaled = { scale: 1, limit: MAX_EXACT };
  switch (type) {
    // What is not a number would read as missing: it is made too large instead.
    case 'DOUBLE':
      return {
        sql: `CASE WHEN ${value} IS NOT NULL AND NOT isfinite(${value}) THEN 'infinity'::DOUBLE ELSE ${value} END`,
        scale: 1,
        limit: Number.MAX_VALUE,
      };
    case 'BOOLEAN':
      return { ...unscaled, sql: asDouble(`CAST(${value} AS INTEGER)`) };
    case 'TIMESTAMP':
      return { sql: asDouble(`epoch_us(${value})`), scale: 1, limit: Number.MAX_SAFE_INTEGER };
    case 'DATE':
      return { ...unscaled, sql: asDouble(`date_diff('day', DATE '1970-01-01', ${value})`) };
    default:
      return plainNumber(value, type);
  }
}

/** A result of the kernel, SQL of type DOUBLE with NaN for missing, as the aggregate's own type. */
export function restoredSql(result: string, type: string): string {
  const known = `CASE WHEN NOT isnan(${result}) THEN ${result} END`;
  switch (type) {
    case 'DOUBLE':
      return known;
    case 'BOOLEAN':
      return `CAST(CAST(${known} AS INTEGER) AS BOOLEAN)`;
    case 'TIMESTAMP':
      return `make_timestamp(CAST(${known} AS BIGINT))`;
    case 'DATE':
      return `(DATE '1970-01-01' + CAST(${known} AS INTEGER))`;
    default:
      return `CAST(${known} AS ${type})`;
  }
}

function asDouble(sql: string): string {
  return `CAST(${sql} AS DOUBLE)`;
}
