/**
 * How a text looks that was expected to be a number and is none: what a person would say of it, so that a column of rejects names its
 * cause. The patterns are read by JavaScript and by DuckDB (RE2).
 */
import { MINUS_SIGNS } from './amount-notation.ts';

interface AmountHint {
  /** The text has it somewhere. */
  readonly pattern: string;
  readonly says: string;
}

const OTHER_MINUS = `[${MINUS_SIGNS.slice(1)}]`;
const ANY_MINUS = `[${MINUS_SIGNS.slice(1)}-]`;
/** Around the digits: signs, marks of currencies, words. */
const AROUND = '[^0-9.,]*(?:[A-Za-z]\\.)?[^0-9.,]*';
const OTHER_DIGITS =
  '\u0660-\u0669\u06F0-\u06F9\u07C0-\u07C9\u0966-\u096F\u09E6-\u09EF\u0A66-\u0A6F\u0AE6-\u0AEF\u0B66-\u0B6F\u0BE6-\u0BEF' +
  '\u0C66-\u0C6F\u0CE6-\u0CEF\u0D66-\u0D6F\u0E50-\u0E59\u0ED0-\u0ED9\u0F20-\u0F29\u1040-\u1049\u17E0-\u17E9\u1810-\u1819\uFF10-\uFF19';

export const AMOUNT_HINTS: readonly AmountHint[] = [
  {
    pattern: `^${AROUND}(?:[0-9]{1,3}(?:[. '\u2019\u00A0\u2009\u202F][0-9]{3})+,[0-9]+|[0-9]*,(?:[0-9]{1,2}|[0-9]{4,}))${AROUND}$`,
    says: 'looks like a decimal comma',
  },
  {
    pattern: `^${AROUND}[0-9]{1,3}(?:(?:,[0-9]{2,3})*,[0-9]{3}\\.[0-9]+|(?:,[0-9]{2,3})+,[0-9]{3})${AROUND}$`,
    says: 'looks like thousands grouped by commas',
  },
  {
    pattern: `^${AROUND}[0-9]{1,3},[0-9]{3}${AROUND}$`,
    says: 'has a comma that may group thousands or be a decimal comma',
  },
  {
    pattern: `^${AROUND}[0-9]{1,3}(?:\\.[0-9]{3}){2,}${AROUND}$`,
    says: 'looks like thousands grouped by points',
  },
  { pattern: '[0-9][ \u00A0\u2007\u2009\u202F][0-9]{3}', says: 'looks like thousands grouped by blanks' },
  { pattern: "[0-9]['\u2019\u2018\u02BC][0-9]{3}", says: 'looks like thousands grouped by apostrophes' },
  { pattern: '^[^0-9]*\\([^0-9]*[0-9].*\\)[^0-9]*$', says: 'looks like a negative amount in parentheses' },
  { pattern: `[0-9] ?${ANY_MINUS}[^0-9]*$`, says: 'has its sign behind' },
  { pattern: `^[^0-9]*${OTHER_MINUS}[^0-9]*[0-9]`, says: 'has a minus sign other than "-"' },
  {
    pattern: '[0-9][^0-9]*[^A-Za-z][CDcd][BRbr]?\\.?$|[0-9][CDcd][BRbr]?\\.?$',
    says: 'has a mark of debit or credit',
  },
  {
    pattern: '\\p{Sc}|^[+-]?[A-Z]{3} ?[(+-]?[.,]?[0-9]|[0-9)] ?[A-Z]{3}$',
    says: 'has a currency mark',
  },
  { pattern: '^(?:="|\'[^0-9A-Za-z]*[0-9])', says: 'is marked as text by a spreadsheet' },
  { pattern: '^[+-]?[0-9]+(?:\\.[0-9]*)?[eE][+-]?[0-9]+$', says: 'is in scientific notation' },
  { pattern: '[0-9] ?%$', says: 'has a percent sign' },
  { pattern: `[${OTHER_DIGITS}]`, says: 'has digits other than 0 to 9' },
];

const compiled = AMOUNT_HINTS.map(({ pattern, says }) => ({ pattern: new RegExp(pattern, 'u'), says }));

/** Empty: nothing is to be said. */
export function hintsOfAmount(text: string): string[] {
  return compiled.filter(({ pattern }) => pattern.test(text)).map(({ says }) => says);
}
