/**
 * Formatters of numbers, times and plurals, each made once for a language and its options: making one takes a hundred times as long as
 * using it, and a case says some fifty numbers before it is readable.
 */
const made = new Map<string, unknown>();

function once<Formatter>(
  Made: new (locale: string, options: object) => Formatter,
  locale: string,
  options: object,
): Formatter {
  const key = `${Made.name} ${locale} ${JSON.stringify(options)}`;
  if (!made.has(key)) made.set(key, new Made(locale, options));
  return made.get(key) as Formatter;
}

export function formatNumber(
  value: number,
  locale: string,
  options: Readonly<Intl.NumberFormatOptions> = {},
): string {
  return once(Intl.NumberFormat, locale, options).format(value);
}

export function formatTime(
  time: Date,
  locale: string,
  options: Readonly<Intl.DateTimeFormatOptions>,
): string {
  return once(Intl.DateTimeFormat, locale, options).format(time);
}

export function isOne(value: number, locale: string): boolean {
  return once(Intl.PluralRules, locale, {}).select(value) === 'one';
}
