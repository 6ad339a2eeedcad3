/**
 * Display names beside ids in answers: wherever a schema has a field `x_name` beside a person's `x`, the name is filled in. Finds
 * the ids of people in an answer by its schema, and adds their names; what already has a name, such as an act of the log, keeps it.
 */
import { z } from 'zod';

type Visit = (holder: Record<string, unknown>, field: string, id: string) => void;

const SUFFIX = '_name';

export function personIds(schema: z.ZodType, answer: unknown): string[] {
  const ids: string[] = [];
  walk(schema, answer, (_holder, _field, id) => ids.push(id));
  return ids;
}

/** The answer is a value of the schema and the caller's own: the names are set in it. */
export function addNames(schema: z.ZodType, answer: unknown, nameOf: (id: string) => string | null): void {
  walk(schema, answer, (holder, field, id) => {
    holder[field] = nameOf(id);
  });
}

function walk(schema: z.ZodType, value: unknown, visit: Visit): void {
  if (value === null || value === undefined || !namesPeople(schema)) return;
  if (schema instanceof z.ZodNullable || schema instanceof z.ZodOptional) {
    walk(schema.unwrap() as z.ZodType, value, visit);
  } else if (schema instanceof z.ZodArray) {
    for (const item of value as readonly unknown[]) walk(schema.element as z.ZodType, item, visit);
  } else if (schema instanceof z.ZodObject) {
    const holder = value as Record<string, unknown>;
    for (const [field, inner] of Object.entries(schema.shape as Record<string, z.ZodType>)) {
      const id = holder[field.slice(0, -SUFFIX.length)];
      if (!isNameField(schema, field)) walk(inner, holder[field], visit);
      else if (typeof id === 'string' && holder[field] === undefined) visit(holder, field, id);
    }
  }
}

const known = new WeakMap<z.ZodType, boolean>();

/** Whether there is any such field within. */
function namesPeople(schema: z.ZodType): boolean {
  const found = known.get(schema);
  if (found !== undefined) return found;
  const names =
    schema instanceof z.ZodNullable || schema instanceof z.ZodOptional
      ? namesPeople(schema.unwrap() as z.ZodType)
      : schema instanceof z.ZodArray
        ? namesPeople(schema.element as z.ZodType)
        : schema instanceof z.ZodObject &&
          Object.entries(schema.shape as Record<string, z.ZodType>).some(
            ([field, inner]) => isNameField(schema, field) || namesPeople(inner),
          );
  known.set(schema, names);
  return names;
}

function isNameField({ shape }: z.ZodObject, field: string): boolean {
  return field.endsWith(SUFFIX) && field.slice(0, -SUFFIX.length) in shape;
}
