/**
 * Writes a window aggregate as SQL. A frame must hold the records of one key with time in [t − over − delay, t − delay] and, where
 * the delay is nothing, up to this record itself, ties in time by record id. SQL frames know one of the two: RANGE knows times, ROWS
 * knows ties. So records are ranked by (time, record id), and time and rank r become one number,
 *
 *     ord = time · 2³² + r        0 < r < 2³²
 *
 * over which a RANGE frame does both: everything from `(over + delay) · 2³² + r` before is everything from time t − over −
 * delay, and everything up to `delay · 2³² + r − (2³² − 1)` before is everything up to time t − delay, its ties included.
 *
 * No aggregate may depend on the order of its records, nor fail by overflow: sums are of integers and decimals, which
 * are exact; what is outside ±10¹⁹ (±10¹² for stddev), or not a number, counts as missing.
 */
import type { WindowUse } from '../packs/expression.ts';
import type { Frame } from './feature-plan.ts';
import { type KernelAggregate, kernelAggregate } from './window-kernel-input.ts';

const STEP = '4294967296::HUGEINT';

/** SQL over a table whose rows are in order of (time, record id), `t` the time. */
export const ORDINAL = `t::HUGEINT * ${STEP} + rowid + 1`;

/** Fixed point for stddev: six decimals, in 64 bits, so that squares fit in 128. */
const SCALE = 1_000_000;

/** An aggregate as SQL: columns prepared before, SQL over the frame, and an expression over its results. */
export interface FrameSql {
  /** Expressions over one record; `parts` refer to them by position. */
  readonly inputs: readonly string[];
  readonly parts: (inputs: readonly string[]) => readonly string[];
  readonly result: (parts: readonly string[]) => string;
}

/** How an aggregate is computed: by the window kernel where it takes it, else by DuckDB; the values are the same. */
export interface WindowSql extends FrameSql {
  readonly type: string;
  readonly kernel: KernelAggregate | null;
  /** As it was computed before averages were rounded once. */
  readonly roundedTwice?: FrameSql;
}

/** `argument` is SQL over one record (null: `count(*)`), `type` its type, `condition` what a record must meet to count. */
export function windowSql(
  use: WindowUse,
  argument: string | null,
  type: string,
  condition: string | null,
): WindowSql {
  const met = (sql: string) => (condition === null ? sql : `CASE WHEN ${condition} THEN ${sql} END`);
  if (argument === null && condition === null)
    return { ...simple([], () => 'count(*)'), type: 'BIGINT', kernel: { kind: 'count', present: null } };
  const value = met(argument ?? '1');
  const kernel = kernelAggregate(use, value, type, condition !== null);
  switch (use.call) {
    case 'count': {
      const sql = simple([value], (x) => `count(${use.distinct ? 'DISTINCT ' : ''}${x})`);
      return { ...sql, type: 'BIGINT', kernel };
    }
    case 'sum': {
      const sql = simple([exact(value, type)], (x) => `sum(${x})`);
      return { ...sql, result: ([sum]) => `CAST(${sum} AS DOUBLE)`, type: 'DOUBLE', kernel };
    }
    case 'avg': {
      const roundedTwice = simple([exact(value, type)], (x) => `avg(${x})`);
      return { ...averageSql(value, type), type: 'DOUBLE', kernel, roundedTwice };
    }
    case 'stddev':
      return { ...deviationSql(value, type), type: 'DOUBLE', kernel };
    case 'min':
    case 'max': {
      const isBoolean = type === 'BOOLEAN';
      const sql = simple([isBoolean ? `CAST(${value} AS INTEGER)` : value], (x) => `${use.call}(${x})`);
      return { ...sql, type: isBoolean ? 'INTEGER' : type, kernel };
    }
    case 'lag':
    case 'first': {
      const skip = condition === null ? '' : ' IGNORE NULLS';
      const call = use.call === 'lag' ? 'last_value' : 'first_value';
      return { ...simple([value], (x) => `${call}(${x}${skip})`), type, kernel };
    }
  }
}

function simple(inputs: readonly string[], part: (input: string) => string): FrameSql {
  return { inputs, parts: (names) => [part(names[0] ?? '')], result: (parts) => parts[0]! };
}

/** Integers and decimals of up to 18 digits sum exactly as they are; the rest becomes a decimal first. */
function exact(sql: string, type: string): string {
  return ownDecimals(type) === null ? `TRY_CAST(${sql} AS DECIMAL(28,9))` : sql;
}

/** Decimals of what `exact` gives. */
function decimalsOf(type: string): number {
  return ownDecimals(type) ?? 9;
}

function ownDecimals(type: string): number | null {
  if (/^(TINYINT|SMALLINT|INTEGER|BIGINT)$/.test(type)) return 0;
  const decimal = /^DECIMAL\((\d+),(\d+)\)/.exec(type);
  return decimal !== null && Number(decimal[1]) <= 18 ? Number(decimal[2]) : null;
}

/** The sum as an integer, divided once by what it is the average of: DuckDB's own divides in the processor's long doubles. */
function averageSql(value: string, type: string): FrameSql {
  const scale = 10 ** decimalsOf(type);
  const decimal = `CAST(${exact(value, type)} AS DECIMAL(38,${decimalsOf(type)}))`;
  return {
    inputs: [`CAST(${decimal} * ${scale} AS HUGEINT)`],
    parts: ([x]) => [`sum(${x})`, `count(${x})`],
    result: ([sum, count]) =>
      `(((${sum} // ${STEP})::DOUBLE * 4294967296 + (${sum} % ${STEP})::DOUBLE) / nullif(${count}::DOUBLE * ${scale}, 0))`,
  };
}

/** √((n Σx² − (Σx)²) / n(n−1)), the numerator in integers unless it overflows even those. */
function deviationSql(value: string, type: string): FrameSql {
  const fixed = `CAST(CAST(TRY_CAST(${exact(value, type)} AS DECIMAL(18,6)) AS DECIMAL(38,6)) * ${SCALE} AS BIGINT)`;
  const square = `(${fixed}::HUGEINT * ${fixed}::HUGEINT)`;
  return {
    inputs: [fixed, `CAST(${square} // ${STEP} AS HUGEINT)`, `CAST(${square} % ${STEP} AS BIGINT)`],
    parts: ([x, high, low]) => [`count(${x})`, `sum(${x})`, `sum(${high})`, `sum(${low})`],
    result: ([n, sum, high, low]) => {
      const inIntegers = `TRY(${n}::HUGEINT * (${high} * ${STEP} + ${low}) - ${sum} * ${sum})::DOUBLE`;
      const inFloats = `${n}::DOUBLE * (${high}::DOUBLE * 4294967296 + ${low}::DOUBLE) - ${sum}::DOUBLE * ${sum}::DOUBLE`;
      const numerator = `greatest(0, coalesce(${inIntegers}, ${inFloats}))`;
      return `CASE WHEN ${n} > 1 THEN sqrt(${numerator} / (${SCALE ** 2}::DOUBLE * ${n} * (${n} - 1))) END`;
    },
  };
}

/** The OVER clause. The rows come from a table with the columns `ord`, `r` and one per key column, named by `keyName`. */
export function frameSql(
  frame: Frame,
  use: Pick<WindowUse, 'call' | 'usesLabel'>,
  keyName: (column: string) => string,
): string {
  const { by, over, delay } = frame;
  const partition = by.length === 0 ? '' : `PARTITION BY ${by.map(keyName).join(', ')} `;
  const from = over === null ? 'UNBOUNDED PRECEDING' : `(${over + delay}::HUGEINT * ${STEP} + r) PRECEDING`;
  const end = frameEndSql(delay, use);
  return `(${partition}ORDER BY ord RANGE BETWEEN ${from} AND ${end === '0' ? 'CURRENT ROW' : `${end} PRECEDING`})`;
}

/** How far before `ord` the last record lies that may be seen. */
export function frameEndSql(
  delay: number,
  { call, usesLabel }: Pick<WindowUse, 'call' | 'usesLabel'>,
): string {
  if (delay > 0) return `(${delay}::HUGEINT * ${STEP} + r - (${STEP} - 1))`;
  return usesLabel || call === 'lag' ? '1::HUGEINT' : '0';
}
