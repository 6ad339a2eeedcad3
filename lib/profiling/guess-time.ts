/** How a column of dates or times is written, guessed from its distinct texts with counts: formats as a pack writes them. */
import { compileTimeFormat, readTime, type TimeFormat } from '../packs/time-format.ts';

export interface GuessedTime {
  readonly kind: 'date' | 'timestamp';
  /** None: ISO 8601, which needs no format. */
  readonly formats: readonly string[];
  /** Of the texts, the share that is read. */
  readonly share: number;
  /** A format that reads as many of them, as other days. */
  readonly rival: string | null;
}

export type Counted = ReadonlyMap<string, number>;

const ISO_DATE = /^\d{4}-\d{2}-\d{2}$/;
const ISO_TIME = /^\d{4}-\d{2}-\d{2}([T ]\d{2}:\d{2}(:\d{2}(\.\d{1,9})?(Z|[+-]\d{2}(:?\d{2})?)?)?)?$/;
const DAYS = [
  '%d.%m.%Y',
  '%d/%m/%Y',
  '%m/%d/%Y',
  '%d-%m-%Y',
  '%m-%d-%Y',
  '%Y/%m/%d',
  '%Y.%m.%d',
  '%Y-%m-%d',
  '%Y%m%d',
  '%d.%m.%y',
  '%d/%m/%y',
  '%m/%d/%y',
  '%d-%m-%y',
  '%y%m%d',
  '%d-%b-%Y',
  '%d %b %Y',
  '%d-%b-%y',
  '%d. %b %Y',
  '%b %d, %Y',
  '%b %d %Y',
  '%d/%b/%Y',
  '%d%b%Y',
  '%a, %d %b %Y',
];
const CLOCKS = [
  '',
  ' %H:%M',
  ' %H:%M:%S',
  ' %H:%M:%S.%f',
  ' %I:%M %p',
  ' %I:%M:%S %p',
  'T%H:%M',
  'T%H:%M:%S',
  'T%H:%M:%S.%f',
  'T%H:%M:%S%z',
  'T%H:%M:%S.%f%z',
  ' %H:%M:%S%z',
  ' %H:%M:%S %z',
  ', %H:%M',
  ', %H:%M:%S',
  ' - %H:%M',
  '%H%M%S',
  ' %H.%M',
  ' %H:%M Uhr',
];
/** The texts in which a format is looked for; all of them are then read by it. */
const TRIED = 40;
const MAX_FORMATS = 3;
const MAX_CHARACTERS = 40;
const MIN_SHARE = 0.95;
const EARLIEST = Date.UTC(1950, 0) * 1000;
const LATEST = Date.UTC(2101, 0) * 1000;

const compiled = new Map<string, TimeFormat>();
function formatOf(text: string): TimeFormat {
  let format = compiled.get(text);
  if (format === undefined) {
    const kind = /%[HI]|epoch/.test(text) ? 'timestamp' : 'date';
    const made = compileTimeFormat(text, kind);
    if (typeof made === 'string') throw new Error(`${text}: ${made}`);
    format = made;
    compiled.set(text, format);
  }
  return format;
}

function reads(text: string, format: string): number | null {
  const time = readTime(text, formatOf(format));
  return time === null || time.micros < EARLIEST || time.micros >= LATEST ? null : time.micros;
}

/** `mayBeNumber`: plain digits are looked at as days or seconds too, since the column's name speaks of time. */
export function guessTime(counts: Counted, mayBeNumber: boolean): GuessedTime | null {
  const texts = [...counts.keys()];
  const total = [...counts.values()].reduce((sum, count) => sum + count, 0);
  if (total === 0 || !/\d/.test(texts[0]!)) return null;
  const share = (test: (text: string) => boolean) =>
    texts.reduce((sum, text) => sum + (test(text) ? counts.get(text)! : 0), 0) / total;
  const whole = (kind: 'date' | 'timestamp', formats: readonly string[], found: number): GuessedTime => ({
    kind,
    formats,
    share: found,
    rival: null,
  });
  const isoDates = share((text) => ISO_DATE.test(text) && !Number.isNaN(Date.parse(text)));
  if (isoDates >= MIN_SHARE) return whole('date', [], isoDates);
  const iso = share((text) => ISO_TIME.test(text) && !Number.isNaN(Date.parse(text.slice(0, 10))));
  if (iso >= MIN_SHARE) return whole('timestamp', [], iso);
  const digits = share((text) => /^\d+$/.test(text));
  if (digits >= MIN_SHARE) return guessDigits(share, mayBeNumber);
  return guessWritten(texts, counts, total);
}

/** Days as 20251001, and seconds or milliseconds since 1970. */
function guessDigits(
  share: (test: (text: string) => boolean) => number,
  mayBeNumber: boolean,
): GuessedTime | null {
  const candidates: readonly (readonly [RegExp, string, 'date' | 'timestamp', boolean])[] = [
    [/^(19|20)\d{6}$/, '%Y%m%d', 'date', true],
    [/^(19|20)\d{12}$/, '%Y%m%d%H%M%S', 'timestamp', true],
    [/^1\d{12}$/, 'epoch_ms', 'timestamp', true],
    [/^[1-9]\d{8,9}$/, 'epoch', 'timestamp', mayBeNumber],
    [/^\d{6}$/, '%y%m%d', 'date', mayBeNumber],
  ];
  for (const [pattern, format, kind, allowed] of candidates) {
    if (!allowed) continue;
    const found = share((text) => pattern.test(text) && reads(text, format) !== null);
    if (found >= MIN_SHARE) return { kind, formats: [format], share: found, rival: null };
  }
  return null;
}

function guessWritten(texts: readonly string[], counts: Counted, total: number): GuessedTime | null {
  const step = Math.max(1, Math.floor(texts.length / TRIED));
  const tried = texts.filter((_, at) => at % step === 0);
  if (tried.every((text) => text.length > MAX_CHARACTERS || !/\d.*\d/.test(text))) return null;
  const likely = DAYS.flatMap((day) => CLOCKS.map((clock) => day + clock)).filter((format) =>
    tried.some((text) => reads(text, format) !== null),
  );
  const ranked = likely
    .map((format) => ({ format, read: new Set(texts.filter((text) => reads(text, format) !== null)) }))
    .map((one) => ({ ...one, count: [...one.read].reduce((sum, text) => sum + counts.get(text)!, 0) }))
    .sort((a, b) => b.count - a.count || ascents(texts, b.format) - ascents(texts, a.format));
  const best = ranked[0];
  if (best === undefined) return null;
  const formats = [best.format];
  const covered = new Set(best.read);
  let count = best.count;
  for (const { format, read } of ranked.slice(1)) {
    if (formats.length === MAX_FORMATS || count === total) break;
    // A second reading of what is read already would be another day, and refused.
    const clashes = [...read].some(
      (text) => covered.has(text) && reads(text, format) !== reads(text, best.format),
    );
    const more = [...read].filter((text) => !covered.has(text));
    if (clashes || more.length === 0) continue;
    formats.push(format);
    for (const text of more) {
      covered.add(text);
      count += counts.get(text)!;
    }
  }
  if (count / total < MIN_SHARE) return null;
  const rival = ranked.find(
    ({ format, count: other }) =>
      format !== best.format &&
      other === best.count &&
      texts.some((text) => reads(text, format) !== reads(text, best.format)),
  );
  const kind = formats.some((format) => /%[HI]/.test(format)) ? 'timestamp' : 'date';
  return { kind, formats, share: count / total, rival: rival?.format ?? null };
}

/** How often a time is later than the one before it: files are mostly in order of time. */
function ascents(texts: readonly string[], format: string): number {
  let last = Number.NEGATIVE_INFINITY;
  let ascending = 0;
  for (const text of texts) {
    const time = reads(text, format) ?? last;
    if (time > last) ascending++;
    last = time;
  }
  return ascending;
}

/** A time of day alone, as 11:17 or 09:00:30; its format. */
export function guessClock(counts: Counted): string | null {
  const texts = [...counts.keys()];
  if (texts.length === 0) return null;
  const all = (pattern: RegExp) => texts.every((text) => pattern.test(text));
  if (all(/^([01]?\d|2[0-3]):[0-5]\d$/)) return '%H:%M';
  if (all(/^([01]?\d|2[0-3]):[0-5]\d:[0-5]\d$/)) return '%H:%M:%S';
  if (all(/^(0?[1-9]|1[0-2]):[0-5]\d ?[AaPp][Mm]$/)) return '%I:%M %p';
  return null;
}

/** Microseconds since 1970, by the formats found; null: not read. */
export function timeOf(text: string, { formats }: GuessedTime): number | null {
  if (formats.length === 0) {
    const millis = Date.parse(
      /[Z+]|T.*-/.test(text) || text.length === 10 ? text : `${text.replace(' ', 'T')}Z`,
    );
    return Number.isNaN(millis) ? null : millis * 1000;
  }
  for (const format of formats) {
    const micros = reads(text, format);
    if (micros !== null) return micros;
  }
  return null;
}
