/**
 * A value as a person reads it: English text by a format ("9,800.00", "12 %", "3 h 20 min", "yes"). Written by hand rather than by
 * Intl: a stored sentence must come out the same on every machine, for ever.
 */

import { countryName } from './country.ts';
import type { ValueFormat } from './pack.ts';
import type { Shown } from './shown-value.ts';

export const VALUE_FORMATS: readonly ValueFormat[] = [
  'number',
  'integer',
  'money',
  'percent',
  'duration',
  'yesno',
  'text',
  'country',
];

const MAX_TEXT = 200;
/** Nothing that would have to be cleaned. */
const PLAIN = /^[ -~]*$/;
const NUMERIC = /^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$/;

/** `value` in words; null is "missing". Without a format its type decides. */
export function formatValue(value: Shown, format?: ValueFormat): string {
  if (value === null) return 'missing';
  if (format === 'yesno') return yesNo(value);
  if (typeof value === 'boolean') return value ? 'yes' : 'no';
  if (format === 'country') return cleanText(countryName(String(value)));
  if (format === 'text' || (format === undefined && typeof value === 'string'))
    return cleanText(String(value));
  const number = toNumber(value);
  if (number === undefined) return cleanText(String(value));
  return formatNumber(number, format ?? 'number');
}

/** The number that a value is: an exact decimal may come as text. */
function toNumber(value: Shown): number | undefined {
  if (typeof value === 'number') return value;
  return typeof value === 'string' && NUMERIC.test(value) ? Number(value) : undefined;
}

function formatNumber(x: number, format: ValueFormat): string {
  if (!Number.isFinite(x)) return x > 0 ? 'infinite' : x < 0 ? 'minus infinite' : 'missing';
  switch (format) {
    case 'money':
      return group(fixed(x, 2));
    case 'percent':
      return `${roughly(x * 100, 1)} %`;
    case 'duration':
      return formatDuration(x);
    case 'integer':
      // What is usual of a count is often a fraction: "it usually makes 0.4", not 0.
      return Math.abs(x) < 10 ? significant(x, 2) : group(fixed(x, 0));
    default:
      return roughly(x, 2);
  }
}

/** At most `decimals` decimals from 1 on, three digits that count below it. */
function roughly(x: number, decimals: number): string {
  return Math.abs(x) < 1 ? significant(x, 3) : group(trimZeros(fixed(x, decimals)));
}

function significant(x: number, digits: number): string {
  if (x !== 0 && Math.abs(x) < 1e-6) return x.toPrecision(digits);
  const text = x.toExponential();
  const exponent = Number(text.slice(text.indexOf('e') + 1));
  return trimZeros(fixed(x, Math.max(0, digits - 1 - exponent)));
}

/** `toFixed` without a "-0.00"; from 1e21 on it has an exponent. */
function fixed(x: number, decimals: number): string {
  const text = x.toFixed(decimals);
  return text.startsWith('-0') && /^-0(\.0+)?$/.test(text) ? text.slice(1) : text;
}

function trimZeros(text: string): string {
  if (!text.includes('.') || text.includes('e')) return text;
  let end = text.length;
  while (text[end - 1] === '0') end--;
  return text.slice(0, text[end - 1] === '.' ? end - 1 : end);
}

function group(text: string): string {
  if (text.includes('e')) return text;
  const point = text.indexOf('.');
  let grouped = point < 0 ? '' : text.slice(point);
  let end = point < 0 ? text.length : point;
  const first = text.startsWith('-') ? 1 : 0;
  for (; end - first > 3; end -= 3) grouped = `,${text.slice(end - 3, end)}${grouped}`;
  return `${text.slice(0, end)}${grouped}`;
}

const UNITS: readonly (readonly [seconds: number, name: (count: number) => string])[] = [
  [86_400, (count) => `${group(String(count))} ${count === 1 ? 'day' : 'days'}`],
  [3_600, (count) => `${count} h`],
  [60, (count) => `${count} min`],
  [1, (count) => `${count} s`],
];

/** The two largest units: "2 days 4 h", "3 h 20 min", "45 s". */
function formatDuration(seconds: number): string {
  const size = Math.abs(seconds);
  const sign = seconds < 0 ? '-' : '';
  if (size < 10) return `${sign}${significant(size, 2)} s`;
  const first = UNITS.findIndex(([unit]) => size >= unit);
  const step = UNITS[Math.min(first + 1, UNITS.length - 1)]![0];
  let rest = Math.round(size / step) * step;
  const parts: string[] = [];
  for (const [unit, name] of UNITS) {
    const count = Math.floor(rest / unit);
    if (count > 0) parts.push(name(count));
    rest -= count * unit;
  }
  return sign + parts.join(' ');
}

function yesNo(value: string | number | boolean): string {
  if (typeof value === 'boolean') return value ? 'yes' : 'no';
  const number = toNumber(value);
  // What is usual of a yes or no is a share.
  if (number !== undefined) return number >= 0.5 ? 'yes' : 'no';
  return cleanText(String(value));
}

/** One line, not too long, without control characters or marks that turn the direction of the text around. */
function cleanText(text: string): string {
  if (text.length <= MAX_TEXT && PLAIN.test(text)) return text;
  const plain = text
    .slice(0, 4 * MAX_TEXT)
    .replace(/[\p{Cc}\u2028\u2029]+/gu, ' ')
    .replace(/[\u200E\u200F\u061C\u202A-\u202E\u2066-\u2069]/g, '');
  const letters = [...plain];
  return letters.length > MAX_TEXT ? `${letters.slice(0, MAX_TEXT - 1).join('')}…` : plain;
}
