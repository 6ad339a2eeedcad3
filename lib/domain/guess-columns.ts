/**
 * The header of a file and some of its rows go in; for each column what it seems to be comes out. A guess is kept only if all
 * the sampled values agree with it.
 */
import { trimSpace } from './surrounding-space.ts';

export interface GuessedColumn {
  readonly name: string;
  /** As a pack writes it. */
  readonly type: string;
  /** Of a date or time that is not ISO: how it is written. */
  readonly format: string | null;
  readonly filled: number;
  readonly distinct: number;
  /** Texts that stand for "missing". */
  readonly missing: readonly string[];
  /** Share of true, where the type is boolean or the values are 0 and 1. */
  readonly positiveShare: number | null;
}

const MISSING = new Set(['na', 'n/a', 'nan', 'null', 'none', '?', '-', 'unknown']);

const DATE_FORMATS: readonly { readonly pattern: RegExp; readonly format: string | null }[] = [
  { pattern: /^\d{4}-\d{2}-\d{2}$/, format: null },
  { pattern: /^\d{1,2}\.\d{1,2}\.\d{4}$/, format: '%d.%m.%Y' },
  { pattern: /^(0?[1-9]|[12]\d|3[01])\/(0?[1-9]|1[0-2])\/\d{4}$/, format: '%d/%m/%Y' },
  { pattern: /^(0?[1-9]|1[0-2])\/(0?[1-9]|[12]\d|3[01])\/\d{4}$/, format: '%m/%d/%Y' },
];

const ISO_TIME = /^\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}(:?\d{2})?)?$/;

export function guessColumn(name: string, texts: readonly string[]): GuessedColumn {
  const missing = new Set<string>();
  const values = texts
    .map((text) => trimSpace(text))
    .filter((text) => {
      if (MISSING.has(text.toLowerCase())) missing.add(text);
      return text !== '' && !MISSING.has(text.toLowerCase());
    });
  return {
    name,
    ...guessType(name, values),
    filled: values.length,
    distinct: new Set(values).size,
    missing: [...missing].sort(),
    positiveShare: positiveShare(values),
  };
}

function guessType(name: string, values: readonly string[]): Pick<GuessedColumn, 'type' | 'format'> {
  const all = (pattern: RegExp) => values.length > 0 && values.every((value) => pattern.test(value));
  const plain = (type: string) => ({ type, format: null });
  if (all(/^(true|false|yes|no|y|n)$/i)) return plain('boolean');
  if (all(/^[01]$/) && namesALabel(name)) return plain('boolean');
  if (isIdentifier(values)) return plain('string');
  if (all(/^-?(0|[1-9]\d{0,14})$/)) return plain('integer');
  if (all(/^-?\d{1,15}(\.\d{1,2})?$/) && values.some((value) => value.includes('.')))
    return plain('decimal(18,2)');
  if (all(/^-?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i) && !values.some((value) => /^-?0\d/.test(value)))
    return plain('number');
  if (all(ISO_TIME)) return plain('timestamp');
  for (const { pattern, format } of DATE_FORMATS) {
    if (all(pattern)) return { type: 'date', format };
    const withTime = new RegExp(`${pattern.source.slice(0, -1)} \\d{1,2}:\\d{2}(?<seconds>:\\d{2})?$`);
    if (format !== null && all(withTime)) {
      const seconds = values.every((value) => withTime.exec(value)?.groups?.seconds !== undefined);
      const none = values.every((value) => withTime.exec(value)?.groups?.seconds === undefined);
      if (seconds || none) return { type: 'timestamp', format: `${format} %H:%M${seconds ? ':%S' : ''}` };
    }
  }
  return plain('string');
}

/**
 * Whether whole numbers name things rather than count: with leading zeros, or with more digits than floating point holds, which
 * account and card numbers have and amounts don't.
 */
function isIdentifier(values: readonly string[]): boolean {
  return (
    values.length > 0 &&
    values.every((value) => /^-?\d+(\.0*)?$/.test(value)) &&
    values.some((value) => /^-?(\d{16,}|0\d+)(\.0*)?$/.test(value))
  );
}

/** Whether a column's name alone suggests that it is what a model should foretell. */
export function namesALabel(name: string): boolean {
  return /label|fraud|flag|deviat|suspicious|anomal|default|laundering|outlier|^is_|^target$|^class$|^y$/i.test(
    name,
  );
}

function positiveShare(values: readonly string[]): number | null {
  if (values.length === 0 || !values.every((value) => /^(0|1|true|false|yes|no|y|n)$/i.test(value)))
    return null;
  return values.filter((value) => /^(1|true|yes|y)$/i.test(value)).length / values.length;
}
