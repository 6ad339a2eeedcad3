/** Holds what a request brings to its schema: returns the checked value, or throws a Problem that names each fault. */
import type { z } from 'zod';
import { type Fault, Problem } from './problem.ts';

const MAX_FAULTS = 20;

export function checkBody<Schema extends z.ZodType>(schema: Schema, body: unknown): z.output<Schema> {
  return check(
    schema,
    body,
    'The body is not as expected.',
    (path) => `/${path.map(pointerToken).join('/')}`,
  );
}

export function checkQuery<Schema extends z.ZodType>(
  schema: Schema,
  query: Readonly<Record<string, string | undefined>>,
): z.output<Schema> {
  const blank = Object.entries(query).filter(([, value]) => value?.trim() === '');
  if (blank.length > 0) {
    const faults = blank.map(([name]) => ({ at: name, detail: 'is empty' }));
    throw new Problem(422, 'A query parameter is not as expected.', { faults });
  }
  return check(schema, query, 'A query parameter is not as expected.', (path) => path.join('.'));
}

function check<Schema extends z.ZodType>(
  schema: Schema,
  value: unknown,
  detail: string,
  place: (path: readonly PropertyKey[]) => string,
): z.output<Schema> {
  const read = schema.safeParse(value);
  if (read.success) return read.data;
  const faults: Fault[] = read.error.issues
    .slice(0, MAX_FAULTS)
    .map((issue) => ({ at: place(issue.path), detail: issue.message }));
  throw new Problem(422, detail, { faults });
}

/** RFC 6901. */
export function pointerToken(key: PropertyKey): string {
  return String(key).replaceAll('~', '~0').replaceAll('/', '~1');
}
