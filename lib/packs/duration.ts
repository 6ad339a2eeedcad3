/** Reads a duration of a pack as its length in the unit of the record's time, or says what is wrong with it. */
import type { Column } from './pack.ts';

export type TimeUnit = 'microseconds' | 'steps';

const MICROSECONDS: Readonly<Record<string, number>> = {
  second: 1e6,
  minute: 60e6,
  hour: 3600e6,
  day: 86_400e6,
  week: 604_800e6,
};

/** The longest first; weeks are read, and written as days. */
const UNITS = Object.entries(MICROSECONDS)
  .filter(([word]) => word !== 'week')
  .reverse();

/** `unit` is null where the time column itself is in doubt: then any duration will do. */
export function parseDuration(
  value: unknown,
  unit: TimeUnit | null,
): { readonly length: number } | { readonly problem: string } {
  const match = /^(\d+(?:\.\d+)?)(?:\s*([a-z]+?)s?)?$/i.exec(String(value).trim());
  if (match === null || (typeof value !== 'string' && typeof value !== 'number')) return expected(unit);
  const amount = Number(match[1]);
  const word = match[2]?.toLowerCase();
  if (word === 'month' || word === 'year') {
    return { problem: `a ${word} has no fixed length: write it in days, as 30 days` };
  }
  if (word === undefined || word === 'step') return unit === 'microseconds' ? expected(unit) : whole(amount);
  const microseconds = MICROSECONDS[word];
  if (microseconds === undefined || unit === 'steps') return expected(unit);
  return whole(amount * microseconds);
}

function whole(length: number): { readonly length: number } | { readonly problem: string } {
  return Number.isSafeInteger(length)
    ? { length }
    : { problem: 'expected a whole number of microseconds or steps below 2^53' };
}

function expected(unit: TimeUnit | null): { readonly problem: string } {
  return unit === 'steps'
    ? { problem: 'expected a number of steps, as 24 or "24 steps", since the time column is an integer' }
    : { problem: 'expected a duration: a number of seconds, minutes, hours, days or weeks, as 24 hours' };
}

/** A length as a pack writes it, in the largest unit that it is a whole number of. */
export function durationText(length: number, unit: TimeUnit): string {
  const [word, size] =
    unit === 'steps'
      ? ['step', 1]
      : (UNITS.find(([, microseconds]) => length % microseconds === 0) ?? ['second', 1e6]);
  const amount = length / size;
  return `${amount} ${word}${amount === 1 ? '' : 's'}`;
}

/** What durations are counted in; null where the column is no time. */
export function timeUnit(time: Column | undefined): TimeUnit | null {
  const kind = time?.type.kind;
  if (kind === 'integer') return 'steps';
  return kind === 'date' || kind === 'timestamp' ? 'microseconds' : null;
}
