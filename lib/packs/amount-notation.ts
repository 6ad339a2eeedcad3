/**
 * How amounts are written: the decimal mark and the grouping by an example, the words of the two sides of an account, the marks of
 * currencies to strip. It reads a text by a notation as plain digits (`-1234.56`), digit by digit and never through floating point.
 *
 * The patterns are read by JavaScript here and by DuckDB (RE2) in `lib/intake`; a test holds the two to each other.
 */
import { shiftPoint } from './plain-number.ts';
import { SPACE_CLASS, trimSpace } from './surrounding-space.ts';

export const AMOUNT_FORMS = [
  '1234.56',
  '1,234.56',
  '1234,56',
  '1.234,56',
  "1'234.56",
  '1 234,56',
  '1 234.56',
  '12,34,567.89',
  "1'234,56",
] as const;
export type AmountForm = (typeof AMOUNT_FORMS)[number];

export interface AmountNotation {
  /** Where two of them read a text as different amounts, it is not read. */
  readonly like: readonly AmountForm[];
  /** Symbols and codes that may stand before or behind the digits, whatever their case. */
  readonly currency: readonly string[];
  /** Words of the two sides, as CR and DR. */
  readonly positive: readonly string[];
  readonly negative: readonly string[];
}

export const MINUS_SIGNS = '-\u2010\u2011\u2012\u2013\u2212\uFE63\uFF0D';
/** Of a pattern's groups, in its order. */
export const AMOUNT_GROUPS = [
  'side_before',
  'sign_1',
  'currency_1',
  'sign_2',
  'opened',
  'currency_2',
  'digits',
  'exponent',
  'currency_3',
  'closed',
  'currency_4',
  'sign_3',
  'side_behind',
  'currency_5',
] as const;
export type AmountGroup = (typeof AMOUNT_GROUPS)[number];
/** Groups of which one at most may be there. */
export const SIGN_GROUPS: readonly AmountGroup[] = [
  'side_before',
  'sign_1',
  'sign_2',
  'opened',
  'sign_3',
  'side_behind',
];
export const CURRENCY_GROUPS: readonly AmountGroup[] = [
  'currency_1',
  'currency_2',
  'currency_3',
  'currency_4',
  'currency_5',
];

interface FormParts {
  readonly decimal: '.' | ',';
  /** Inside the brackets of a pattern; empty: nothing groups. */
  readonly group: string;
  readonly isIndian: boolean;
}

const GROUPS: Readonly<Record<string, string>> = {
  ',': ',',
  '.': '.',
  "'": "'\u2019\u2018\u02BC",
  ' ': ' \u00A0\u2007\u2009\u202F',
};

export function formParts(form: AmountForm): FormParts {
  const decimal = form.at(-3) as '.' | ',';
  const mark = /\D/.exec(form)![0];
  return {
    decimal,
    group: mark === decimal ? '' : GROUPS[mark]!,
    isIndian: form === '12,34,567.89',
  };
}

/** A pattern for the whole text, with the groups of AMOUNT_GROUPS. */
export function amountPattern(form: AmountForm, notation: AmountNotation): string {
  const space = `[${SPACE_CLASS}]*`;
  const sign = `([+${MINUS_SIGNS.slice(1)}-]?)`;
  const currency = `(${oneOf(notation.currency)})`;
  const side = `(${oneOf([...notation.positive, ...notation.negative])})`;
  const parts = [
    ...[side, sign, currency, sign, '(\\(?)', currency],
    `(${digitsPattern(formParts(form))})((?:[eE][+-]?[0-9]{1,2})?)`,
    ...[currency, '(\\)?)', currency, sign, side, currency],
  ];
  return `^${parts.join(space)}$`;
}

/** Digits in whole groups or in none; a decimal mark has digits behind it, or "5.-" would be minus five. */
function digitsPattern({ decimal, group, isIndian }: FormParts): string {
  const plain = '[0-9]+';
  const grouped = isIndian ? '[1-9][0-9]?(?:,[0-9]{2})*,[0-9]{3}' : `[1-9][0-9]{0,2}(?:[${group}][0-9]{3})+`;
  const whole = group === '' ? plain : `(?:${grouped}|${plain})`;
  const mark = decimal === '.' ? '\\.' : ',';
  return `${whole}(?:${mark}[0-9]+)?|${mark}[0-9]+`;
}

/** The longest first, in any case; none at all is always one of them. */
function oneOf(words: readonly string[]): string {
  const patterns = [...words].sort((a, b) => b.length - a.length).map(anyCase);
  return patterns.length === 0 ? '' : `(?:${patterns.join('|')})?`;
}

/** Not by a flag: JavaScript has none for a part of a pattern before Node 23. */
function anyCase(word: string): string {
  return Array.from(word, (character) => {
    const lower = character.toLowerCase();
    const upper = character.toUpperCase();
    if (lower !== upper) return `(?:${lower}|${upper})`;
    return character.replace(/[\\^$.*+?()[\]{}|/]/, '\\$&');
  }).join('');
}

const compiled = new WeakMap<AmountNotation, { form: AmountForm; pattern: RegExp }[]>();

/** Plain digits with at most a minus before and a point inside; null: no amount in this notation, or two different ones. */
export function readAmount(text: string, notation: AmountNotation): string | null {
  let patterns = compiled.get(notation);
  if (patterns === undefined) {
    patterns = notation.like.map((form) => ({
      form,
      pattern: new RegExp(amountPattern(form, notation), 'u'),
    }));
    compiled.set(notation, patterns);
  }
  const bare = withoutSpreadsheetMarks(trimSpace(text));
  let found: string | null = null;
  for (const { form, pattern } of patterns) {
    const amount = readAs(bare, form, pattern, notation);
    if (amount === null) continue;
    if (found !== null && found !== amount) return null;
    found = amount;
  }
  return found;
}

/** A spreadsheet writes a text that looks like a number as `="12.00"` or `'12.00`. */
function withoutSpreadsheetMarks(text: string): string {
  if (text.length > 3 && text.startsWith('="') && text.endsWith('"')) return text.slice(2, -1);
  return text.startsWith("'") ? text.slice(1) : text;
}

function readAs(text: string, form: AmountForm, pattern: RegExp, notation: AmountNotation): string | null {
  const match = pattern.exec(text);
  if (match === null) return null;
  const group = (name: AmountGroup) => match[1 + AMOUNT_GROUPS.indexOf(name)] ?? '';
  const count = (names: readonly AmountGroup[]) => names.filter((name) => group(name) !== '').length;
  if (count(SIGN_GROUPS) > 1 || count(CURRENCY_GROUPS) > 1) return null;
  if ((group('opened') === '') !== (group('closed') === '')) return null;
  const sign = group('sign_1') + group('sign_2') + group('sign_3');
  const side = (group('side_before') + group('side_behind')).toLowerCase();
  const isNegative =
    group('opened') !== '' ||
    (sign !== '' && sign !== '+') ||
    notation.negative.some((word) => word.toLowerCase() === side);
  const plain = plainDigits(group('digits'), group('exponent'), formParts(form));
  return isNegative ? `-${plain}` : plain;
}

function plainDigits(digits: string, exponent: string, { decimal }: FormParts): string {
  const [whole = '', fraction = ''] = digits.split(decimal).map((part) => part.replace(/[^0-9]/g, ''));
  if (exponent !== '') return shiftPoint(whole, fraction, Number(exponent.slice(1)));
  return fraction === '' ? whole : `${whole}.${fraction}`;
}
