/**
 * Reads a format as `%d.%m.%Y %H:%M`, or `epoch` and `epoch_ms`, as a pattern that JavaScript and DuckDB (RE2) both read and the
 * fields that its groups hold, or says what cannot be right about it.
 *
 * Stricter than `strptime`: `%Y` takes four digits, two directives without anything between them take all their digits.
 */
import { monthOf } from './month-names.ts';

export type TimeField =
  | 'year'
  | 'short_year'
  | 'month'
  | 'name'
  | 'day'
  | 'year_day'
  | 'hour'
  | 'half_hour'
  | 'minute'
  | 'second'
  | 'fraction'
  | 'half'
  | 'offset';

export interface FieldsFormat {
  readonly kind: 'fields';
  /** As written, aliases of directives replaced. */
  readonly format: string;
  /** For the whole text; one group a field. */
  readonly pattern: string;
  readonly fields: readonly TimeField[];
  /** DuckDB's own `strptime` reads the same, and faster, from the year 1000 on. */
  readonly isPlain: boolean;
}

export type TimeFormat =
  | FieldsFormat
  | { readonly kind: 'epoch'; readonly format: string; readonly digits: 0 | 3 };

interface Directive {
  readonly field: TimeField | null;
  readonly pattern: string;
  /** Where its neighbour is a number too; null: it is none. */
  readonly whole: string | null;
}

const TWO: Pick<Directive, 'pattern' | 'whole'> = { pattern: '[0-9]{1,2}', whole: '[0-9]{2}' };
const WEEKDAY: Directive = { field: null, pattern: '\\p{L}+\\.?', whole: null };
const MONTH_NAME: Directive = { field: 'name', pattern: '[\\p{L}\\p{M}]+', whole: null };
const DIRECTIVES: Readonly<Record<string, Directive>> = {
  Y: { field: 'year', pattern: '[0-9]{4}', whole: '[0-9]{4}' },
  y: { field: 'short_year', pattern: '[0-9]{2}', whole: '[0-9]{2}' },
  m: { field: 'month', ...TWO },
  d: { field: 'day', ...TWO },
  j: { field: 'year_day', pattern: '[0-9]{1,3}', whole: '[0-9]{3}' },
  H: { field: 'hour', ...TWO },
  I: { field: 'half_hour', ...TWO },
  M: { field: 'minute', ...TWO },
  S: { field: 'second', ...TWO },
  f: { field: 'fraction', pattern: '[0-9]{1,9}', whole: '[0-9]{1,9}' },
  p: { field: 'half', pattern: '[AaPp]\\.? ?[Mm]\\.?', whole: null },
  z: { field: 'offset', pattern: 'Z|[+-][0-9]{2}(?::?[0-9]{2})?', whole: null },
  b: MONTH_NAME,
  B: MONTH_NAME,
  a: WEEKDAY,
  A: WEEKDAY,
};
const ALIASES: Readonly<Record<string, string>> = {
  '%e': '%d',
  '%F': '%Y-%m-%d',
  '%T': '%H:%M:%S',
  '%R': '%H:%M',
  '%h': '%b',
  '%D': '%m/%d/%y',
};
const PLAIN_FIELDS: readonly TimeField[] = ['year', 'month', 'day', 'hour', 'minute', 'second'];
export const EPOCH_FORMATS = ['epoch', 'epoch_ms'];

/** A text: what cannot be right about it. */
export function compileTimeFormat(text: string, kind: 'date' | 'timestamp'): TimeFormat | string {
  if (text === 'epoch' || text === 'epoch_ms') {
    if (kind === 'date') return 'expected on a timestamp: it holds a time of day';
    return { kind: 'epoch', format: text, digits: text === 'epoch' ? 0 : 3 };
  }
  const format = text.replace(/%-/g, '%').replace(/%[eFTRhD]/g, (directive) => ALIASES[directive]!);
  const tokens = format.match(/%.|[^%]+|%$/gs) ?? [];
  const names = tokens.filter((token) => token.startsWith('%') && token !== '%%');
  if (names.length === 0)
    return 'it has no directive: expected one as "%d.%m.%Y", where %d is the day, %m the month, %Y the year';
  const unknown = names.find((name) => DIRECTIVES[name.slice(1)] === undefined);
  if (unknown !== undefined)
    return `it has ${unknown}, expected ${Object.keys(DIRECTIVES)
      .map((name) => `%${name}`)
      .join(' ')}`;
  const directives = tokens.map((token) => (token === '%%' ? undefined : DIRECTIVES[token.slice(1)]));
  const isDirective = (at: number) => tokens[at]?.startsWith('%') === true && tokens[at] !== '%%';
  const numeric = (at: number) => isDirective(at) && directives[at]?.whole !== null;
  const fields: TimeField[] = [];
  let isPlain = true;
  const parts = tokens.map((token, at) => {
    if (!isDirective(at)) return literalPattern(token);
    const directive = directives[at]!;
    const touches = directive.whole !== null && (numeric(at - 1) || numeric(at + 1));
    const pattern = touches ? directive.whole! : directive.pattern;
    if (touches || directive.field === null || !PLAIN_FIELDS.includes(directive.field)) isPlain = false;
    if (directive.field === null) return `(?:${pattern})`;
    fields.push(directive.field);
    return `(${pattern})${directive.field === 'name' ? '\\.?' : ''}`;
  });
  const problem = fieldsProblem(fields);
  return problem ?? { kind: 'fields', format, pattern: `^${parts.join('')}$`, fields, isPlain };
}

/** Blanks stand for any number of them. */
function literalPattern(text: string): string {
  return (text === '%%' ? '%' : text).replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&').replace(
    /\s+/g,
    '[ \\x{a0}\\x{202f}]+'.replace(/\\x\{(\w+)\}/g, (_, code) =>
      String.fromCharCode(Number.parseInt(code, 16)),
    ),
  );
}

function fieldsProblem(fields: readonly TimeField[]): string | null {
  const has = (...wanted: readonly TimeField[]) => wanted.some((field) => fields.includes(field));
  const rivals: readonly (readonly TimeField[])[] = [
    ['year', 'short_year'],
    ['month', 'name'],
    ['day', 'year_day'],
    ['hour', 'half_hour'],
  ];
  const twice = fields.find((field, at) => fields.indexOf(field) < at);
  if (twice !== undefined) {
    const minutes = twice === 'month' ? ' (minutes are %M)' : twice === 'minute' ? ' (months are %m)' : '';
    return `it has the ${inWords(twice)} twice${minutes}`;
  }
  for (const pair of rivals) {
    if (pair.every((field) => fields.includes(field)))
      return `it has ${pair.map(inWords).join(' and ')}, expected one of them`;
  }
  if (!has('year', 'short_year')) return 'it has no year (%Y)';
  if (!has('year_day')) {
    if (!has('month', 'name')) return 'it has no month (%m)';
    if (!has('day')) return 'it has no day (%d)';
  }
  if (has('half_hour') && !has('half')) return 'it has an hour of twelve (%I) without AM or PM (%p)';
  if (has('half') && !has('half_hour')) return 'it has AM or PM (%p) without an hour of twelve (%I)';
  if (has('minute', 'half', 'offset') && !has('hour', 'half_hour')) return 'it has no hour (%H)';
  if (has('second') && !has('minute')) return 'it has no minute (%M)';
  if (has('fraction') && !has('second')) return 'it has no second (%S)';
  return null;
}

function inWords(field: TimeField): string {
  return field.replaceAll('_', ' ');
}

/** A time of day and a calendar date as written, before any time zone; microseconds. */
export interface WrittenTime {
  readonly micros: number;
  /** Its offset from UTC was written with it, and is taken away. */
  readonly isUtc: boolean;
}

const compiled = new WeakMap<TimeFormat, RegExp>();

/** null: it is not written so. The naive twin of the SQL. */
export function readTime(text: string, format: TimeFormat): WrittenTime | null {
  if (format.kind === 'epoch') return readEpoch(text, format.digits);
  const pattern = compiled.get(format) ?? new RegExp(format.pattern, 'u');
  compiled.set(format, pattern);
  const match = pattern.exec(text);
  if (match === null) return null;
  const field = (name: TimeField) => {
    const at = format.fields.indexOf(name);
    return at < 0 ? null : match[1 + at]!;
  };
  const number = (name: TimeField, otherwise: number) => Number(field(name) ?? otherwise);
  const short = field('short_year');
  const year = short === null ? number('year', 0) : Number(short) + (Number(short) < 69 ? 2000 : 1900);
  const name = field('name');
  const month = name === null ? number('month', 1) : (monthOf(name) ?? 0);
  const day = number('year_day', number('day', 1));
  const half = field('half')?.toLowerCase().startsWith('p');
  const hour = half === undefined ? number('hour', 0) : (number('half_hour', 0) % 12) + (half ? 12 : 0);
  const [minute, second] = [number('minute', 0), number('second', 0)];
  const halfHour = number('half_hour', 1);
  if (month < 1 || month > 12 || hour > 23 || minute > 59 || second > 59 || halfHour < 1 || halfHour > 12)
    return null;
  const millis = utcMillis(year, month, day);
  const date = new Date(millis);
  const isDate =
    field('year_day') === null
      ? date.getUTCMonth() === month - 1 && day >= 1
      : date.getUTCFullYear() === year && day >= 1;
  if (!isDate) return null;
  const fraction = Number((field('fraction') ?? '').padEnd(6, '0').slice(0, 6));
  const offset = field('offset');
  const seconds = (hour * 60 + minute) * 60 + second - offsetSeconds(offset ?? 'Z');
  return { micros: (millis + seconds * 1000) * 1000 + fraction, isUtc: offset !== null };
}

/** Years below 100 are not of the twentieth century. */
function utcMillis(year: number, month: number, day: number): number {
  const date = new Date(0);
  date.setUTCFullYear(year, month - 1, day);
  return date.getTime();
}

function readEpoch(text: string, digits: 0 | 3): WrittenTime | null {
  const match = epochPattern(digits).exec(text);
  if (match === null) return null;
  const fraction = (match[3] ?? '').padEnd(6 - digits, '0').slice(0, 6 - digits);
  const size = Number(match[2]! + fraction);
  return { micros: match[1] === '-' ? -size : size, isUtc: true };
}

/** A time in seconds (`digits` 0) or milliseconds (3) since 1970: sign, whole part and fraction. */
export function epochPattern(digits: 0 | 3): RegExp {
  return digits === 0 ? /^(-?)([0-9]{1,11})(?:\.([0-9]{1,9}))?$/ : /^(-?)([0-9]{1,14})(?:\.([0-9]{1,6}))?$/;
}

function offsetSeconds(offset: string): number {
  if (offset === 'Z') return 0;
  const digits = offset.slice(1).replace(':', '').padEnd(4, '0');
  const size = Number(digits.slice(0, 2)) * 3600 + Number(digits.slice(2)) * 60;
  return offset.startsWith('-') ? -size : size;
}
