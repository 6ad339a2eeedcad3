/** What a column says about how its texts are written: formats of times, the notation of amounts, words for yes and no. */
import type { AmountNotation } from './amount-notation.ts';
import type { Column, ColumnType } from './pack.ts';
import { type PackDocument, type Path, showValue } from './pack-document.ts';
import { type COLUMN, type Fields, NOTATION, readFields } from './pack-schema.ts';
import { trimSpace } from './surrounding-space.ts';
import { compileTimeFormat, EPOCH_FORMATS } from './time-format.ts';

type ColumnFields = Fields<typeof COLUMN>;
type TimeType = Extract<ColumnType, { kind: 'date' | 'timestamp' }>;

/** Which types each of these keys belongs to. */
const BELONGS: Readonly<Record<string, readonly ColumnType['kind'][]>> = {
  format: ['date', 'timestamp'],
  timezone: ['date', 'timestamp'],
  overlap: ['timestamp'],
  notation: ['integer', 'number', 'decimal'],
  yes: ['boolean'],
  no: ['boolean'],
};

export function reportForeignKeys(
  document: PackDocument,
  path: Path,
  kind: ColumnType['kind'],
  fields: ColumnFields,
): void {
  for (const [key, kinds] of Object.entries(BELONGS)) {
    if (fields[key as keyof ColumnFields] === undefined || kinds.includes(kind)) continue;
    const others =
      kinds.length < 3 ? kinds.join(' and ') : `${kinds.slice(0, -1).join(', ')} and ${kinds.at(-1)}`;
    document.report([...path, key], `found on a column of type ${kind}, expected on ${others} only`);
  }
}

export function readTimeType(
  document: PackDocument,
  path: Path,
  kind: TimeType['kind'],
  fields: ColumnFields,
): TimeType {
  const { timezone, overlap, format: formats = [] } = fields;
  if (timezone !== undefined && !isTimezone(timezone)) {
    document.report(
      [...path, 'timezone'],
      `found ${showValue(timezone)}, expected a time zone as Europe/Berlin`,
    );
  }
  const isList = Array.isArray(document.at([...path, 'format']));
  formats.forEach((format, at) => {
    const compiled = compileTimeFormat(format, kind);
    if (typeof compiled !== 'string') return;
    document.report(
      isList ? [...path, 'format', at] : [...path, 'format'],
      `found ${showValue(format)}: ${compiled}`,
    );
  });
  if (overlap !== undefined && timezone === undefined) {
    document.report(
      [...path, 'overlap'],
      'found without a timezone, expected one: no hour comes twice in UTC',
    );
  }
  if (
    timezone !== undefined &&
    formats.length > 0 &&
    formats.every((format) => EPOCH_FORMATS.includes(format))
  ) {
    document.report(
      [...path, 'timezone'],
      'found with epoch, expected none: seconds since 1970 have no time zone',
    );
  }
  return { kind, formats, timezone: timezone ?? null, overlap: overlap ?? null };
}

function isTimezone(name: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: name });
    return true;
  } catch {
    return false;
  }
}

/** As given, or as the example alone; null: plain digits. */
export function readNotation(
  document: PackDocument,
  path: Path,
  value: ColumnFields['notation'],
): AmountNotation | null {
  if (value === undefined) return null;
  const here = [...path, 'notation'];
  const full = typeof value === 'string' ? new Map<string, unknown>([['like', value]]) : value;
  const fields = readFields(document, here, full, NOTATION, []);
  const { like = ['1234.56'], currency = [], positive = [], negative = [] } = fields;
  for (const [key, words] of Object.entries({ currency, positive, negative })) {
    const wrong = words.find(
      (word) => word === '' || word !== trimSpace(word) || /[0-9()+\p{Pd}]/u.test(word),
    );
    if (wrong !== undefined)
      document.report(
        [...here, key],
        `found ${showValue(wrong)}, expected words or symbols without digits, signs and parentheses`,
      );
  }
  reportCommonWords(document, here, { positive, negative });
  return { like, currency, positive, negative };
}

export function readBooleanWords(
  document: PackDocument,
  path: Path,
  { yes = [], no = [] }: ColumnFields,
): Pick<Column, 'yes' | 'no'> {
  reportCommonWords(document, path, { yes, no });
  return { yes, no };
}

function reportCommonWords(
  document: PackDocument,
  path: Path,
  lists: Readonly<Record<string, readonly string[]>>,
): void {
  const [[, first], [key, second]] = Object.entries(lists) as [[string, string[]], [string, string[]]];
  const known = new Set(first.map((word) => word.toLowerCase()));
  const common = second.find((word) => known.has(word.toLowerCase()));
  if (common !== undefined)
    document.report(
      [...path, key],
      `found ${showValue(common)} under ${Object.keys(lists).join(' and ')}, expected it under one of them`,
    );
}
