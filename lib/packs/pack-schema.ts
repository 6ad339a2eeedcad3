/**
 * Which keys each part of a pack may have, and what each may hold. It reads a part as typed fields, and reports everything wrong
 * with them to the document.
 */
import { z } from 'zod';
import { AMOUNT_FORMS } from './amount-notation.ts';
import { didYouMean } from './nearest-word.ts';
import { type PackDocument, type Path, showValue } from './pack-document.ts';
import * as limits from './pack-limits.ts';

const atMost = (count: number, what: string) => `expected at most ${count} ${what}`;
const text = z
  .string('expected text')
  .min(1, 'expected text')
  .max(limits.MAX_TEXT_CHARACTERS, atMost(limits.MAX_TEXT_CHARACTERS, 'characters'));
const flag = z.boolean('expected true or false');
const expression = z
  .union([z.string().min(1), z.number(), z.boolean()], 'expected an SQL expression')
  .transform(String);
const texts = z
  .array(z.union([z.string(), z.number(), z.boolean()]).transform(String), 'expected a list of texts')
  .max(limits.MAX_LIST_ITEMS, atMost(limits.MAX_LIST_ITEMS, 'texts'));
const oneOrMore = z.preprocess((value) => (Array.isArray(value) ? value : [value]), z.array(text).min(1));
const scalar = z.union([text, z.number(), z.boolean()], 'expected a number or text');
const bound = z.union([z.number(), z.string()], 'expected a number, or a date as text');
const values = z
  .array(z.union([z.number(), z.string()]))
  .min(1, 'expected at least one value')
  .max(limits.MAX_LIST_ITEMS, atMost(limits.MAX_LIST_ITEMS, 'values'));
const map = z.instanceof(Map, { error: 'expected keys with values' }) as unknown as z.ZodType<
  Map<string, unknown>
>;
const mapOf = (count: number) => map.refine((value) => value.size <= count, atMost(count, 'keys'));
const whole = (low: number) =>
  z.int(`expected a whole number from ${low}`).min(low, `expected a whole number from ${low}`);
const oneOf = <const T extends readonly [string, ...string[]]>(words: T) =>
  z.enum(words, {
    error: ({ input }) => `expected ${words.join(', ')}${didYouMean(String(input), words)}`,
  });

export const PACK = {
  domain: z
    .string('expected text')
    .regex(/^[a-z0-9][a-z0-9_-]*$/, 'expected lower-case letters, digits, - and _'),
  version: whole(1),
  title: text,
  header: z.union([whole(1), z.literal('none')], 'expected the number of a line, or none'),
  base_currency: text,
  record: map,
  columns: mapOf(limits.MAX_COLUMNS),
  parameters: mapOf(limits.MAX_PARAMETERS),
  windows: mapOf(limits.MAX_WINDOWS),
  features: mapOf(limits.MAX_FEATURES),
  categories: z.union([map, z.array(text)], 'expected a list of columns'),
  encodings: mapOf(limits.MAX_FEATURES),
  rules: z
    .array(map, 'expected a list of rules, each with id, when and because')
    .max(limits.MAX_RULES, atMost(limits.MAX_RULES, 'rules')),
  threshold: map,
  segments: z.array(text, 'expected a list of columns'),
  facts: z.array(text, 'expected a list of columns').max(8, 'expected at most 8 columns'),
  acceptance: map,
  review: map,
};
/** A file that says how the flags of a shipped domain are reviewed. */
export const REVIEW_FILE = { review: map };
export const RECORD = {
  id: oneOrMore,
  time: text,
  entity: text,
  label: z.union(
    [text, map],
    'expected a column, a condition, or keys of or is, positive, negative and delay',
  ),
};
const labelTexts = texts.min(1, 'expected at least one value');
export const LABEL = {
  of: text,
  is: text,
  known: oneOrMore,
  may_be_missing: oneOrMore,
  positive: labelTexts,
  negative: labelTexts,
  unlabelled: texts,
  delay: scalar,
};
export const NOTATION = {
  like: z.preprocess(
    (value) => (Array.isArray(value) ? value : [value]),
    z.array(oneOf(AMOUNT_FORMS)).min(1, 'expected an example as "1.234,56"'),
  ),
  currency: texts,
  positive: texts,
  negative: texts,
};
export const COLUMN = {
  type: text,
  required: flag,
  min: bound,
  max: bound,
  allowed: values,
  pattern: text,
  pii: flag,
  outcome: flag,
  missing: texts,
  aliases: texts,
  position: whole(1),
  description: text,
  format: oneOrMore,
  timezone: text,
  overlap: oneOf(['earlier', 'later', 'reject']),
  unknown: oneOf(['reject', 'warn']),
  currency: text,
  notation: z.union([z.string(), map], 'expected an example as "1.234,56"'),
  yes: texts,
  no: texts,
  from: oneOrMore,
};
export const PARAMETER = z.union(
  [scalar, values],
  `expected a number, text, true, false, or a list of up to ${limits.MAX_LIST_ITEMS} numbers and texts`,
);
export const WINDOW = { by: oneOrMore, over: scalar, delay: scalar };
/** Of every source of reasons. */
const shown = { group: text, context: z.boolean('expected true or false') };
export const FEATURE = {
  is: expression,
  words: text,
  usual: expression,
  format: oneOf(['number', 'integer', 'money', 'percent', 'duration', 'yesno', 'text', 'country']),
  impute: z.union([z.literal('median'), z.number()], 'expected median or a number'),
  monotone: oneOf(['increasing', 'decreasing']),
  ...shown,
};
export const CATEGORY = {
  keep: whole(1).max(limits.MAX_KEEP, `expected at most ${limits.MAX_KEEP}`),
  words: text,
  ...shown,
};
export const ENCODING = {
  of: oneOrMore,
  smoothing: z.number('expected a number from 0').min(0, 'expected a number from 0'),
  delay: scalar,
  words: text,
  ...shown,
};
export const RULE = {
  id: text,
  when: expression,
  because: text,
  severity: oneOf(['low', 'medium', 'high', 'critical']),
  flag,
};
export const THRESHOLD = {
  policy: oneOf(['max_f1', 'min_recall', 'capacity']),
  recall: z.number('expected a number').gt(0, 'expected above 0').lte(1, 'expected up to 1'),
  per_day: z.number('expected a number').gt(0, 'expected above 0'),
};

export const ACCEPTANCE = {
  min_labels: whole(1),
  min_positives: whole(1),
  max_loss: z.number('expected a number').gt(0, 'expected above 0').lte(1, 'expected up to 1'),
  max_recall_loss: z.number('expected a number').gt(0, 'expected above 0').lte(1, 'expected up to 1'),
  max_flag_growth: z.number('expected a number').gte(1, 'expected from 1'),
  max_segment_loss: z.number('expected a number').gte(0, 'expected from 0').lte(1, 'expected up to 1'),
  recall_floor: z.number('expected a number').gt(0, 'expected above 0').lte(1, 'expected up to 1'),
  metric: oneOf(['pr_auc', 'recall']),
};

export const MAX_REASONS = 20;
/** What is read on the button and in the log of reviews. */
export const reviewReason = text.max(200, 'expected at most 200 characters');
export const REVIEW = {
  due: map,
  reasons: map,
  signature: oneOf(['required', 'off']),
  four_eyes: oneOf(['low', 'medium', 'high', 'critical', 'off']),
};

type Shape = Readonly<Record<string, z.ZodType>>;
export type Fields<S extends Shape> = { readonly [K in keyof S]?: z.output<S[K]> };

/** `required` keys that are absent are reported; a key that is there with a wrong value is reported and left out. */
export function readFields<S extends Shape>(
  document: PackDocument,
  path: Path,
  value: unknown,
  shape: S,
  required: readonly (keyof S & string)[],
): Fields<S> {
  if (!(value instanceof Map)) {
    document.report(path, `found ${showValue(value)}, expected keys: ${Object.keys(shape).join(', ')}`);
    return {};
  }
  const fields: Record<string, unknown> = {};
  for (const [key, item] of value) {
    if (!Object.hasOwn(shape, key)) reportUnknownKey(document, [...path, key], key, Object.keys(shape));
    else fields[key] = readField(document, [...path, key], item, shape[key]!);
    if (fields[key] === undefined) delete fields[key];
  }
  for (const key of required) {
    if (!value.has(key)) document.report(path, `found no ${key}, expected one`);
  }
  return fields as Fields<S>;
}

/** undefined: reported. */
export function readField<T>(
  document: PackDocument,
  path: Path,
  value: unknown,
  schema: z.ZodType<T>,
): T | undefined {
  if (value === null || value === undefined) {
    document.report(path, 'found nothing, expected a value');
    return undefined;
  }
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  for (const issue of result.error.issues) {
    const at = issue.path.filter((step) => typeof step !== 'symbol');
    document.report(
      [...path, ...at],
      `found ${showValue(at.length > 0 && Array.isArray(value) ? value[Number(at[0])] : value)}, ${expectation(issue.message)}`,
    );
  }
  return undefined;
}

function expectation(message: string): string {
  return message.startsWith('expected') ? message : 'expected text';
}

function reportUnknownKey(document: PackDocument, path: Path, key: string, known: readonly string[]): void {
  // `{ is: coalesce(a, 0) }` is, to YAML, the keys `is` and `0)`.
  const isRest = /^[^([]*[)\]]/.test(key);
  const hint = isRest
    ? ' (inside { } a comma ends a value: write the text with the comma in quotes)'
    : didYouMean(key, known);
  document.report(path, `found an unknown key, expected one of ${known.join(', ')}${hint}`);
}
