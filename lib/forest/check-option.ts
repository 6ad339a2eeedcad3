/** Returns a trainer's option if it is in its range, and throws an InputError that names it if not. */
import { InputError } from '../errors.ts';

interface Range {
  readonly min: number;
  readonly max: number;
  /** Only whole numbers. */
  readonly whole?: boolean;
  /** `min` itself is not allowed. */
  readonly above?: boolean;
}

export function checkNumber(name: string, value: number, range: Range): number {
  const inRange = value <= range.max && (range.above ? value > range.min : value >= range.min);
  if (typeof value === 'number' && inRange && (!range.whole || Number.isInteger(value))) return value;
  throw new InputError(`Option ${name} is ${show(value)}; expected ${describeRange(range)}.`);
}

/** The same for one of a list. */
export function checkChoice<T extends string>(name: string, value: T, choices: readonly T[]): T {
  if (choices.includes(value)) return value;
  const list = choices.map((choice) => `'${choice}'`).join(' or ');
  throw new InputError(`Option ${name} is ${show(value)}; expected ${list}.`);
}

/** A limit that may be left out: null means none. */
export function checkLimit(name: string, value: number | null, min: number): number {
  if (value === null) return Number.POSITIVE_INFINITY;
  if (Number.isInteger(value) && value >= min) return value;
  throw new InputError(
    `Option ${name} is ${show(value)}; expected a whole number from ${min} up, or null for no limit.`,
  );
}

/** A whole number that a double holds exactly. */
export function checkSeed(seed: number): number {
  return checkNumber('seed', seed, { min: 0, max: Number.MAX_SAFE_INTEGER, whole: true });
}

function describeRange({ min, max, whole, above }: Range): string {
  const kind = whole ? 'a whole number' : 'a number';
  const from = above ? `above ${min}` : `from ${min}`;
  if (max === Number.MAX_SAFE_INTEGER) return `${kind} ${above ? from : `${from} up`}`;
  return `${kind} ${from} ${above ? 'and at most' : 'to'} ${max}`;
}

function show(value: unknown): string {
  return typeof value === 'string' ? `'${value}'` : String(value);
}
