/**
 * What the shapes of the API are made of. Requests and answers are registered apart, for a default makes a field optional in the
 * one and certain in the other.
 */
import { z } from 'zod';
import { MAX_MENTIONS } from '../cases/mention.ts';

export const requestSchemas = z.registry<{ id: string; description?: string }>();
export const answerSchemas = z.registry<{ id: string; description?: string }>();

export const severity = z.enum(['low', 'medium', 'high', 'critical']);
export const id = (pattern: RegExp, expected: string) => z.string().regex(pattern, `expected ${expected}`);

export const domainName = id(/^[a-z0-9][a-z0-9_-]{0,63}$/, 'lower-case letters, digits, - and _');
export const flagId = id(/^[0-9a-f]{32}$/, '32 hex digits');
export const dropId = id(/^[a-z]-[0-9a-f]{20}$/, 'a letter, - and 20 hex digits');
export const instant = z.iso.datetime({ offset: true, error: 'expected a time like 2026-01-31T08:00:00Z' });
export const cursor = z
  .string()
  .min(1)
  .max(2_048)
  .regex(/^[A-Za-z0-9_-]+$/, 'expected `next` of the page before')
  .describe('`next` of the page before');

/** Items to a page: `usual` of them unless the query says otherwise. */
export const pageLimit = (max: number, usual: number) =>
  z.preprocess(decimal, z.int().min(1).max(max)).default(usual).describe('Items to a page');
export const limit = pageLimit(500, 100);

/** A share or score in a query. */
export const fraction = z.preprocess(decimal, z.number().min(0).max(1));

/** A number of a query by its decimal notation: `Number` also reads 0x10, blanks and Infinity. */
function decimal(value: unknown): unknown {
  const isDecimal = typeof value === 'string' && /^-?\d+(\.\d+)?([eE][+-]?\d+)?$/.test(value);
  return isDecimal ? Number(value) : value;
}

/** A text of so many characters, counted as JSON Schema counts them: by code points. */
export const text = (min: number, max: number) =>
  z
    .string()
    .refine((value) => isBetween(codePoints(value), min, max), lengthExpected(min, max))
    .meta({ minLength: min, maxLength: max });

/** The same, without white space around it. At least two characters, the first and last of which are no white space. */
export const trimmedText = (min: number, max: number) =>
  z
    .string()
    .refine((value) => codePoints(value) <= max && codePoints(value.trim()) >= min, lengthExpected(min, max))
    .meta({ minLength: min, maxLength: max, pattern: `\\S[\\s\\S]{${min - 2},}\\S` })
    .transform((value) => value.trim());

/** The id of something that a pack's columns name: never white space alone. */
export const givenId = text(1, 1_024).regex(/\S/, 'expected more than white space');

function lengthExpected(min: number, max: number): string {
  return `expected ${min} to ${max.toLocaleString('en-US')} characters`;
}

function codePoints(value: string): number {
  let count = 0;
  for (const _ of value) count++;
  return count;
}

function isBetween(value: number, min: number, max: number): boolean {
  return value >= min && value <= max;
}

/** In a query. */
export const pii = z
  .enum(['true', 'false'], 'expected true or false')
  .default('false')
  .transform((text) => text === 'true')
  .describe(
    '`true`: personal data as it is, not masked. Needs `read_pii`; each such read is an act in the log',
  );

export const shown = z.union([z.string(), z.number(), z.boolean(), z.null()]);

export const day = z.iso.date('expected a day like 2026-01-31');

export const person = z.string().describe("Who: the subject of a token, an AWS identity, or 'assay'");

/** Beside the id of a person: filled in by what serves the answer. */
export const personName = z
  .string()
  .nullable()
  .optional()
  .describe('The display name of that person, for people to read; null: none is known');

export const reason = trimmedText(3, 2_000);

/** Where the domain's policy asks for it. */
export const signature = z
  .strictObject({ meaning: trimmedText(3, 100).describe('What it stands for, such as "review"') })
  .optional()
  .describe('Signs it: needs a token of a fresh sign-in, else 401 with `insufficient_user_authentication`');

/** People whom the words speak to. */
export const mentions = z
  .array(givenId)
  .max(MAX_MENTIONS)
  .optional()
  .describe(
    'Ids of people whom the words speak to: GET /v1/people/{domain} lists them. They find the case under `view=mentioned`',
  );
