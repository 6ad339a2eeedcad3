/** The SQL twin of `readTime`: a cell as a time in UTC, step by step, by the formats and the time zone of its column. */

import { quoteText } from '../engine/session.ts';
import { monthSql } from '../packs/month-names.ts';
import type { ColumnType } from '../packs/pack.ts';
import {
  compileTimeFormat,
  epochPattern,
  type FieldsFormat,
  type TimeField,
  type TimeFormat,
} from '../packs/time-format.ts';
import { onlySql, type Step, type SteppedSql } from './amount-sql.ts';

export type TimeType = Extract<ColumnType, { kind: 'date' | 'timestamp' }>;

export interface TimeSql extends SteppedSql {
  /** Where the text is a local time that the clocks skipped; null: none is. */
  readonly isSkipped: string | null;
  readonly isTwice: string | null;
  /** Where the text says more than microseconds. */
  readonly isCut: string | null;
}

const DAY = '[0-9]{4}-[0-9]{2}-[0-9]{2}';
const OFFSET = '(Z|[+-][0-9]{2}(:?[0-9]{2})?)';
const TIME = '[T ][0-9]{2}:[0-9]{2}(:[0-9]{2}(\\.[0-9]{1,9})?)?';
const BEYOND_MICROSECONDS = `'[.][0-9]{6}[0-9]*[1-9]'`;

export function timeSql(type: TimeType, text: string, prefix: string): TimeSql {
  if (type.kind === 'date') return dateSql(type, text, prefix);
  if (type.formats.length === 0) return isoTimeSql(type, text, prefix);
  const readings = type.formats.map((format, at) =>
    readingSql(compiledOf(format, type), text, `${prefix}_f${at}`),
  );
  const locals = readings.filter(({ isUtc }) => !isUtc).map(({ sql }) => sql);
  const instants = readings.filter(({ isUtc }) => isUtc).map(({ sql }) => sql);
  const steps = mergeSteps(readings);
  const zoned = zonedSql(type, only(locals), `${prefix}_z`);
  const value =
    instants.length === 0
      ? zoned.sql
      : locals.length === 0
        ? onlySql(instants)
        : onlySql([`(${zoned.sql})`, `(${onlySql(instants)})`]);
  const cuts = readings.flatMap(({ isCut }) => (isCut === null ? [] : [isCut]));
  return {
    ...zoned,
    steps: [...steps, ...zoned.steps],
    sql: value,
    isCut: cuts.length === 0 ? null : `(${cuts.join(' OR ')})`,
  };
}

function only(readings: readonly string[]): string {
  return readings.length === 0 ? 'CAST(NULL AS TIMESTAMP)' : onlySql(readings);
}

/** A text with an offset says itself when it was; one without is local time in the column's time zone. */
function isoTimeSql(type: TimeType, text: string, prefix: string): TimeSql {
  const local = `${guarded(text, `${DAY}(${TIME})?`, `TRY_CAST(${text} AS TIMESTAMP)`)}`;
  // DuckDB reads an offset only right behind the seconds.
  const close = `regexp_replace(${text}, ' ([Z+-])', '\\1')`;
  const withSeconds = `regexp_replace(${close}, '^(.{16})([Z+-])', '\\1:00\\2')`;
  const offset = `CAST(TRY_CAST(${withSeconds} AS TIMESTAMPTZ) AS TIMESTAMP)`;
  // Most instants end in Z: without it they are cast at a tenth of the cost.
  const withoutZ = `TRY_CAST(rtrim(${text}, 'Z') AS TIMESTAMP)`;
  const endsInZ = `ends_with(${text}, 'Z') AND NOT ends_with(${text}, ' Z')`;
  const instant = `CASE WHEN ${endsInZ} THEN ${withoutZ} ELSE ${offset} END`;
  const isCut = `CASE WHEN length(${text}) > 26 THEN regexp_matches(${text}, ${BEYOND_MICROSECONDS}) ELSE false END`;
  const isInstant = `regexp_full_match(${text}, '${DAY}${TIME} ?${OFFSET}')`;
  if (type.timezone === null) {
    const sql =
      `CASE WHEN regexp_full_match(${text}, '${DAY}(${TIME}Z?)?') THEN ${withoutZ} ` +
      `WHEN ${isInstant} THEN ${instant} END`;
    return { steps: [], sql, isSkipped: null, isTwice: null, isCut };
  }
  const zoned = zonedSql(type, `${prefix}_l`, `${prefix}_z`);
  return {
    ...zoned,
    steps: [[{ name: `${prefix}_l`, sql: local }], ...zoned.steps],
    sql: `CASE WHEN ${prefix}_l IS NOT NULL THEN ${zoned.sql} WHEN ${isInstant} THEN ${instant} END`,
    isCut,
  };
}

function dateSql({ formats }: TimeType, text: string, prefix: string): TimeSql {
  const none = { isSkipped: null, isTwice: null, isCut: null };
  if (formats.length === 0) {
    const sql = guarded(text, `${DAY}([T ]00:00(:00(\\.0+)?)?)?`, `TRY_CAST(left(${text}, 10) AS DATE)`);
    return { ...none, steps: [], sql };
  }
  const type: TimeType = { kind: 'date', formats, timezone: null, overlap: null };
  const readings = formats.map((format, at) =>
    readingSql(compiledOf(format, type), text, `${prefix}_f${at}`),
  );
  const dates = readings.map(({ sql }) => `CAST(${sql} AS DATE)`);
  return { ...none, steps: mergeSteps(readings), sql: onlySql(dates) };
}

function compiledOf(format: string, type: TimeType): TimeFormat {
  const compiled = compileTimeFormat(format, type.kind);
  if (typeof compiled === 'string') throw new Error(`the format ${format} was not checked: ${compiled}`);
  return compiled;
}

interface Reading extends SteppedSql {
  readonly isUtc: boolean;
  readonly isCut: string | null;
}

function readingSql(format: TimeFormat, text: string, prefix: string): Reading {
  const reading =
    format.kind === 'epoch' ? epochSql(format.digits, text, prefix) : formatSql(format, text, prefix);
  const result: Step = { name: `${prefix}_r`, sql: reading.sql };
  return { ...reading, steps: [...reading.steps, [result]], sql: result.name };
}

function formatSql(format: FieldsFormat, text: string, prefix: string): Reading {
  const { fields, pattern, isPlain } = format;
  const names = fields.map((field) => `'${field}'`).join(', ');
  const match = `regexp_extract(${text}, ${quoteText(pattern)}, [${names}])`;
  if (isPlain) {
    // DuckDB's own is three times as fast, but takes years of one to three digits, too: those are left to the pattern.
    const own: Step = {
      name: `${prefix}_v`,
      sql: `CAST(try_strptime(${text}, ${quoteText(format.format)}) AS TIMESTAMP)`,
    };
    const sql = `CASE WHEN ${own.name} >= TIMESTAMP '1000-01-01' THEN ${own.name} ELSE ${fieldsSql(fields, match)} END`;
    return { steps: [[own]], sql, isUtc: false, isCut: null };
  }
  const step: Step = { name: `${prefix}_m`, sql: match };
  const hasFraction = fields.includes('fraction');
  return {
    steps: [[step]],
    sql: fieldsSql(fields, step.name),
    isUtc: fields.includes('offset'),
    isCut: hasFraction
      ? `coalesce(regexp_matches(${step.name}.fraction, '^[0-9]{6}[0-9]*[1-9]'), false)`
      : null,
  };
}

function fieldsSql(fields: readonly TimeField[], match: string): string {
  const text = (field: TimeField) => `${match}.${field}`;
  const number = (field: TimeField, otherwise: number) =>
    fields.includes(field) ? `CAST(${text(field)} AS BIGINT)` : `${otherwise}`;
  const short = number('short_year', 0);
  const year = fields.includes('short_year')
    ? `(${short} + CASE WHEN ${short} < 69 THEN 2000 ELSE 1900 END)`
    : number('year', 0);
  const month = fields.includes('name') ? `(${monthSql(text('name'))})` : number('month', 1);
  const half = number('half_hour', 1);
  const hour = fields.includes('half_hour')
    ? `(${half} % 12 + CASE WHEN lower(${text('half')}) LIKE 'p%' THEN 12 ELSE 0 END)`
    : number('hour', 0);
  const parts = [
    year,
    month,
    number('day', 1),
    hour,
    number('minute', 0),
    `CAST(${number('second', 0)} AS DOUBLE)`,
  ];
  let time = `make_timestamp(${parts.join(', ')})`;
  if (fields.includes('year_day')) time += ` + to_days(CAST(${text('year_day')} AS INTEGER) - 1)`;
  if (fields.includes('fraction'))
    time += ` + to_microseconds(CAST(left(rpad(${text('fraction')}, 6, '0'), 6) AS BIGINT))`;
  if (fields.includes('offset')) time += ` - ${offsetSql(text('offset'))}`;
  const possible = [
    `${hour} < 24`,
    `${half} BETWEEN 1 AND 12`,
    `${number('minute', 0)} < 60`,
    `${number('second', 0)} < 60`,
  ];
  if (fields.includes('year_day'))
    possible.push(`${text('year_day')}::INTEGER BETWEEN 1 AND dayofyear(make_date(${year}, 12, 31))`);
  return `CASE WHEN ${text(fields[0]!)} <> '' THEN TRY(CASE WHEN ${possible.join(' AND ')} THEN ${time} END) END`;
}

function offsetSql(offset: string): string {
  const digits = `rpad(replace(substr(${offset}, 2), ':', ''), 4, '0')`;
  const minutes = `(CAST(left(${digits}, 2) AS INTEGER) * 60 + CAST(right(${digits}, 2) AS INTEGER))`;
  return `CASE WHEN ${offset} = 'Z' THEN to_minutes(0) WHEN starts_with(${offset}, '-') THEN to_minutes(-${minutes}) ELSE to_minutes(${minutes}) END`;
}

function epochSql(digits: 0 | 3, text: string, prefix: string): Reading {
  const match = `${prefix}_m`;
  const step: Step = {
    name: match,
    sql: `regexp_extract(${text}, ${quoteText(epochPattern(digits).source)}, ['sign', 'whole', 'part'])`,
  };
  const places = 6 - digits;
  const size = `CAST(${match}.whole || left(rpad(${match}.part, ${places}, '0'), ${places}) AS BIGINT)`;
  const micros = `CASE WHEN ${match}.sign = '-' THEN -${size} ELSE ${size} END`;
  return {
    steps: [[step]],
    sql: `CASE WHEN ${match}.whole <> '' THEN TRY(make_timestamp(${micros})) END`,
    isUtc: true,
    isCut: `coalesce(regexp_matches(${match}.part, '^[0-9]{${places}}[0-9]*[1-9]'), false)`,
  };
}

/**
 * Local times in UTC by what the clocks showed a day before and a day after: where both agree, which is nearly always, that is the
 * offset. Where they don't, a time may fit both (the clocks show it twice) or neither (they skip it).
 */
function zonedSql(type: TimeType, local: string, prefix: string): TimeSql {
  const { timezone, overlap } = type;
  if (timezone === null) return { steps: [], sql: local, isSkipped: null, isTwice: null, isCut: null };
  const [at, before, after, early, late] = ['at', 'before', 'after', 'early', 'late'].map(
    (name) => `${prefix}_${name}`,
  );
  const zone = quoteText(timezone);
  const shown = (micros: string) => `epoch_us(timezone(${zone}, make_timestamptz(${micros})))`;
  const offset = (micros: string) => `(${shown(micros)} - ${micros})`;
  const day = 86_400_000_000;
  const changes = `${before} <> ${after}`;
  const fits = (instant: string) => `CASE WHEN ${changes} AND ${shown(instant)} = ${at} THEN ${instant} END`;
  const steps: Step[][] = [
    [{ name: at!, sql: `epoch_us(${local})` }],
    [
      { name: before!, sql: offset(`(${at} - ${day})`) },
      { name: after!, sql: offset(`(${at} + ${day})`) },
    ],
    [
      { name: early!, sql: fits(`(${at} - ${before})`) },
      { name: late!, sql: fits(`(${at} - ${after})`) },
    ],
  ];
  const isTwice = `coalesce(${early} <> ${late}, false)`;
  const chosen = {
    earlier: `coalesce(${early}, ${late})`,
    later: `coalesce(${late}, ${early})`,
    reject: `CASE WHEN NOT ${isTwice} THEN coalesce(${early}, ${late}) END`,
  }[overlap ?? 'later'];
  return {
    steps,
    sql: `make_timestamp(CASE WHEN ${changes} THEN ${chosen} ELSE ${at} - ${before} END)`,
    isSkipped: `coalesce(${changes} AND ${early} IS NULL AND ${late} IS NULL, false)`,
    isTwice,
    isCut: null,
  };
}

function mergeSteps(readings: readonly SteppedSql[]): Step[][] {
  const most = Math.max(...readings.map(({ steps }) => steps.length));
  return Array.from({ length: most }, (_, at) => readings.flatMap(({ steps }) => steps[at] ?? []));
}

function guarded(text: string, pattern: string, value: string): string {
  return `CASE WHEN regexp_full_match(${text}, ${quoteText(pattern)}) THEN ${value} END`;
}
