/** What the pack wants seen first of a record, in one line: the amount before all, then what and how. */
import { nameOf } from '../state/pack-texts.ts';
import { moment, number } from '../words/format.ts';
import { isolate } from '../words/isolate.ts';

export interface Fact {
  readonly column: string;
  readonly value: string | number | boolean | null;
}

const MASKED = '[masked: pii]';
const MAX_LENGTH = 80;
const CURRENCY = /^[A-Z]{3}$/;
const TIME = /^\d{4}-\d\d-\d\d[T ]\d\d:\d\d/;

export function isMasked(value: unknown): boolean {
  return value === MASKED;
}

/** The first number is what it is about; what is said of it comes after. Times stand by themselves. */
export function headOf(facts: readonly Fact[]): {
  readonly amount: string | null;
  readonly rest: readonly string[];
} {
  const money = facts.find(({ column, value }) => typeof value === 'number' && isAmount(column));
  const currency = facts.find(({ value }) => typeof value === 'string' && CURRENCY.test(value));
  const rest = facts
    .filter((fact) => fact !== money && fact !== currency)
    .filter(({ value }) => value !== null && value !== '' && !isMasked(value))
    .filter(({ value }) => !(typeof value === 'string' && TIME.test(value)))
    .map(({ column, value }) => isolate(clip(sayValue(column, value))));
  if (money === undefined) return { amount: null, rest };
  const unit = currency === undefined ? '' : ` ${currency.value}`;
  return { amount: `${number(money.value as number, 2)}${unit}`, rest };
}

/** What a record is called: the amount and what it is about; where the pack names neither, its id. */
export function titleOf(facts: readonly Fact[], recordId: string): string {
  const { amount, rest } = headOf(facts);
  return [amount, rest[0] ?? recordId].filter((part) => part !== null).join(' ');
}

/** One line has room for so much; the record has all of it. */
function clip(text: string): string {
  return text.length > MAX_LENGTH ? `${text.slice(0, MAX_LENGTH)}…` : text;
}

function isAmount(column: string): boolean {
  return /amount|value|price|sum|total/i.test(column);
}

export function sayValue(column: string, value: unknown): string {
  if (typeof value === 'number') return isAmount(column) ? number(value, 2) : number(value);
  if (typeof value === 'boolean') return `${nameOf('columns', column)}: ${value ? '✓' : '✗'}`;
  const text = String(value);
  if (TIME.test(text)) return moment(asUtc(text));
  return nameOf('values', text, /^[a-z]+(_[a-z]+)+$/.test(text) ? text.replaceAll('_', ' ') : text);
}

/** The API writes a record's own times in UTC, not all of them with a zone. */
export function asUtc(text: string): string {
  const iso = text.replace(' ', 'T');
  return /(Z|[+-]\d\d:?\d\d)$/.test(iso) ? iso : `${iso}Z`;
}
