/** What a column of a file seems to be, guessed from its name and texts: its type as a pack writes it, and what would not be read. */
import { readAmount } from '../packs/amount-notation.ts';
import { type DetectedNotation, detectNotation } from '../packs/detect-notation.ts';
import { trimSpace } from '../packs/surrounding-space.ts';
import { namesAmount, namesCounter, namesTime } from './column-words.ts';
import { type GuessedTime, guessClock, guessTime } from './guess-time.ts';
import { type Count, isMissingWord, WORD_PAIRS } from './value-words.ts';

export interface ColumnProfile {
  readonly name: string;
  /** From 1, among the columns of the file. */
  readonly position: number;
  /** As a pack writes it. */
  readonly type: string;
  readonly time: GuessedTime | null;
  /** Where amounts are not plain digits. */
  readonly notation: DetectedNotation | null;
  /** Words of a boolean beside the ones that are always read. */
  readonly yes: readonly string[];
  readonly no: readonly string[];
  /** The format of a time of day alone. */
  readonly clock: string | null;
  readonly rows: number;
  readonly filled: number;
  readonly distinct: number;
  /** Texts that stand for "missing". */
  readonly missing: readonly string[];
  /** Of the filled texts, those that are not of the type. */
  readonly misfits: readonly Count[];
  readonly misfitCount: number;
  /** The most frequent texts. */
  readonly top: readonly Count[];
  /** Share of yes, where the column is yes and no or 1 and 0. */
  readonly positiveShare: number | null;
  /** Whole numbers that never fall from row to row, as a clock's. */
  readonly isAscending: boolean;
  /** Of a text column, the share that are numbers, if it is most of them: why it is no number is worth a word. */
  readonly numberShare: number;
}

export type Typed = Pick<ColumnProfile, 'type'> &
  Partial<Pick<ColumnProfile, 'time' | 'notation' | 'yes' | 'no'>> & {
    readonly reads: (text: string) => boolean;
  };

/** Of the values, those that have to be of a type for it to be the column's. */
export const ACCEPTED_SHARE = 0.95;
const MAX_TOP = 50;
/** Distinct texts that a notation is looked for in; all of them are then read by it. */
const MAX_TRIED = 400;
const ALWAYS_READ = /^(1|0|true|false|yes|no|y|n|1\.0|0\.0)$/i;
const NUMBER = /^[-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d{1,3})?$/;

export function profileColumn(name: string, position: number, texts: readonly string[]): ColumnProfile {
  const all = countTexts(texts);
  const { values, missing } = withoutMissing(all);
  const typed = guessType(name, values);
  const present = typed.type === 'string' ? withoutMissing(all, true) : { values, missing };
  const misfits = [...present.values]
    .filter(([text]) => !typed.reads(text))
    .map(([text, count]) => ({ text, count }));
  const byCount = (a: Count, b: Count) => b.count - a.count || (a.text < b.text ? -1 : 1);
  const counts = [...present.values].map(([text, count]) => ({ text, count })).sort(byCount);
  const filled = counts.reduce((sum, { count }) => sum + count, 0);
  return {
    name,
    position,
    type: typed.type,
    time: typed.time ?? null,
    notation: typed.notation ?? null,
    yes: typed.yes ?? [],
    no: typed.no ?? [],
    clock: guessClock(present.values),
    rows: texts.length,
    filled,
    distinct: counts.length,
    missing: present.missing,
    misfits: misfits.sort(byCount).slice(0, MAX_TOP),
    misfitCount: misfits.reduce((sum, { count }) => sum + count, 0),
    top: counts.slice(0, MAX_TOP),
    positiveShare: positiveShare(present.values, typed),
    isAscending: isAscending(texts),
    numberShare: numberShare(present.values, filled),
  };
}

function countTexts(texts: readonly string[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const raw of texts) {
    const text = trimSpace(raw);
    if (text !== '') counts.set(text, (counts.get(text) ?? 0) + 1);
  }
  return counts;
}

/** A text column may mean something by "none" or "unknown"; a number cannot. */
function withoutMissing(
  all: ReadonlyMap<string, number>,
  isText = false,
): { values: Map<string, number>; missing: string[] } {
  const values = new Map(all);
  const missing = [...all.keys()].filter((text) => isMissingWord(text, isText)).sort();
  for (const text of missing) values.delete(text);
  return { values, missing };
}

function shareOf(values: ReadonlyMap<string, number>, test: (text: string) => boolean): number {
  let total = 0;
  let holds = 0;
  for (const [text, count] of values) {
    total += count;
    if (test(text)) holds += count;
  }
  return total === 0 ? 0 : holds / total;
}

function guessType(name: string, values: ReadonlyMap<string, number>): Typed {
  const text: Typed = { type: 'string', reads: () => true };
  if (values.size === 0) return text;
  const words = guessWords(values);
  if (words !== null) return words;
  const isNumeric = shareOf(values, (value) => NUMBER.test(value)) >= ACCEPTED_SHARE;
  const isDigits = shareOf(values, (value) => /^\d+$/.test(value)) >= ACCEPTED_SHARE;
  const time = isNumeric && !isDigits ? null : guessTime(values, namesTime(name) && !namesCounter(name));
  if (time !== null) return { type: time.kind, time, reads: timeReader(time, values) };
  if (isIdentifier(values)) return text;
  if (isNumeric) return plainNumbers(values);
  return guessNotated(name, values) ?? text;
}

function timeReader(time: GuessedTime, values: ReadonlyMap<string, number>): (text: string) => boolean {
  return (text) => guessTime(new Map([[text, values.get(text) ?? 1]]), true) !== null || time.share === 1;
}

function guessWords(values: ReadonlyMap<string, number>): Typed | null {
  const lower = (text: string) => text.toLowerCase();
  for (const [yes, no] of WORD_PAIRS) {
    const all = new Set([...yes, ...no]);
    const present = [...values.keys()].map(lower);
    if (!present.some((text) => yes.includes(text)) && !present.some((text) => no.includes(text))) continue;
    if (shareOf(values, (text) => all.has(lower(text))) < ACCEPTED_SHARE) continue;
    // "s" alone may be a size, "o" a zero.
    if (values.size === 1 && lower([...values.keys()][0]!).length === 1) continue;
    const own = (words: readonly string[]) => [
      ...new Set(present.filter((text) => words.includes(text) && !ALWAYS_READ.test(text))),
    ];
    return { type: 'boolean', yes: own(yes), no: own(no), reads: (text) => all.has(lower(text)) };
  }
  return null;
}

/** Whole numbers that name things rather than count: with leading zeros, or with more digits than floating point holds. */
function isIdentifier(values: ReadonlyMap<string, number>): boolean {
  const texts = [...values.keys()];
  return (
    shareOf(values, (text) => /^-?\d+(\.0*)?$/.test(text)) >= ACCEPTED_SHARE &&
    texts.some((text) => /^-?(\d{16,}|0\d+)(\.0*)?$/.test(text))
  );
}

function plainNumbers(values: ReadonlyMap<string, number>): Typed {
  const numbers = [...values.keys()].filter((value) => NUMBER.test(value));
  const all = (pattern: RegExp) => numbers.every((value) => pattern.test(value));
  if (all(/^[-+]?\d{1,15}(\.0*)?$/))
    return { type: 'integer', reads: (text) => /^[-+]?\d{1,15}(\.0*)?$/.test(text) };
  if (all(/^[-+]?\d{1,15}(\.\d{0,2}0*)?$/))
    return { type: 'decimal(18,2)', reads: (text) => NUMBER.test(text) };
  // 1e+05 among whole numbers is a whole number, and among amounts an amount.
  const isWhole = numbers.every((value) => Number.isSafeInteger(Number(value)));
  return isWhole
    ? {
        type: 'integer',
        notation: {
          notation: { like: ['1234.56'], currency: [], positive: [], negative: [] },
          share: 1,
          isCertain: true,
        },
        reads: (text) => NUMBER.test(text),
      }
    : { type: 'number', reads: (text) => NUMBER.test(text) };
}

function notationOf(counts: readonly (readonly [string, number])[]): DetectedNotation | null {
  const texts = counts.flatMap(([text, count]) => Array.from({ length: Math.min(count, 20) }, () => text));
  return detectNotation(texts)[0] ?? null;
}

/** C127 is no credit and RM12 no price: letters before whole numbers are a key's, unless the column is called an amount. */
function isCodeWithLetters(
  name: string,
  tried: readonly (readonly [string, number])[],
  { notation }: DetectedNotation,
): boolean {
  const words = [...notation.currency, ...notation.positive, ...notation.negative].some((word) =>
    /[A-Za-z]/.test(word),
  );
  return words && !namesAmount(name) && !tried.some(([text]) => /\d[.,' ]\d/.test(text));
}

function guessNotated(name: string, values: ReadonlyMap<string, number>): Typed | null {
  if (shareOf(values, (text) => /\d/.test(text) && text.length <= 40) < ACCEPTED_SHARE) return null;
  const step = Math.ceil(values.size / MAX_TRIED);
  const tried = [...values].filter((_, at) => at % step === 0);
  const first = notationOf(tried);
  if (first === null || isCodeWithLetters(name, tried, first)) return null;
  // A form that only a few rows have may not be among those tried.
  const odd = [...values].filter(([text]) => readAmount(text, first.notation) === null).slice(0, MAX_TRIED);
  const found = odd.length === 0 ? first : (notationOf([...new Map([...tried, ...odd])]) ?? first);
  const amounts = new Map([...values.keys()].map((text) => [text, readAmount(text, found.notation)]));
  const reads = (text: string) => amounts.get(text) !== null && amounts.get(text) !== undefined;
  if (shareOf(values, reads) < ACCEPTED_SHARE) return null;
  const decimals = Math.max(
    0,
    ...[...amounts.values()].map((amount) => (amount ?? '').split('.')[1]?.length ?? 0),
  );
  const type =
    decimals === 0
      ? 'integer'
      : decimals <= 2
        ? 'decimal(18,2)'
        : decimals <= 6
          ? `decimal(18,${decimals})`
          : 'number';
  return { type, notation: found, reads };
}

function positiveShare(values: ReadonlyMap<string, number>, typed: Typed): number | null {
  if (values.size === 0 || values.size > 8) return null;
  if (typed.type === 'boolean') {
    const yes = WORD_PAIRS.flatMap(([words]) => words);
    const no = WORD_PAIRS.flatMap(([, words]) => words);
    return (
      shareOf(values, (text) => yes.includes(text.toLowerCase()) && !no.includes(text.toLowerCase())) /
      Math.max(1e-9, shareOf(values, typed.reads))
    );
  }
  if (![...values.keys()].every((text) => /^[01](\.0+)?$/.test(text))) return null;
  return shareOf(values, (text) => text.startsWith('1'));
}

function isAscending(texts: readonly string[]): boolean {
  let last = Number.NEGATIVE_INFINITY;
  let falls = 0;
  for (const text of texts) {
    const value = text === '' ? Number.NaN : Number(text);
    if (Number.isNaN(value)) return false;
    if (value < last) falls++;
    last = value;
  }
  return texts.length > 1 && falls <= texts.length * 0.01;
}

function numberShare(values: ReadonlyMap<string, number>, filled: number): number {
  return filled === 0 ? 0 : shareOf(values, (text) => /^[-+]?\d[\d.,' ]*$/.test(text));
}
