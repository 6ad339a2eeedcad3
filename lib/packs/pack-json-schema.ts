/**
 * The JSON Schema of packs, for editors: made of the very schemas that check a pack, so that what an editor completes is what
 * `domain check` accepts. Names of columns and expressions are beyond it: those `domain check` alone can judge.
 */
import { z } from 'zod';
import * as schema from './pack-schema.ts';
import { VERDICTS } from './verdict.ts';

type Shape = Readonly<Record<string, z.ZodType>>;
type Json = Readonly<Record<string, unknown>>;

const ANCHOR = 'https://json-schema.org/draft/2020-12/schema';

export function packJsonSchema(): Json {
  const named = (item: Json): Json => ({ type: 'object', additionalProperties: item });
  const column = closed(schema.COLUMN, ['type'], {
    notation: either({ type: 'string' }, closed(schema.NOTATION, [])),
  });
  const record = closed(schema.RECORD, [], {
    label: either({ type: 'string' }, closed(schema.LABEL, [])),
  });
  const category = { anyOf: [closed(schema.CATEGORY, []), { type: 'null' }] };
  const parts: Record<string, Json> = {
    record,
    columns: { ...named(either({ type: 'string' }, column)), minProperties: 1 },
    parameters: named(jsonOf(schema.PARAMETER)),
    windows: named(either(jsonOf(schema.WINDOW.over), closed(schema.WINDOW, ['over']))),
    features: named(either(jsonOf(schema.FEATURE.is), closed(schema.FEATURE, ['is']))),
    categories: either({ type: 'array', items: { type: 'string' } }, named(category)),
    encodings: named(closed(schema.ENCODING, ['of'])),
    rules: { type: 'array', items: closed(schema.RULE, ['id', 'when', 'because']) },
    threshold: closed(schema.THRESHOLD, ['policy']),
    acceptance: closed(schema.ACCEPTANCE, []),
    review: closed(schema.REVIEW, [], reviewParts()),
  };
  return {
    $schema: ANCHOR,
    title: 'Assay domain pack',
    ...closed(schema.PACK, ['domain', 'columns'], parts),
  };
}

function reviewParts(): Record<string, Json> {
  const due = { type: ['string', 'number'] };
  const codes = { type: 'object', additionalProperties: jsonOf(schema.reviewReason) };
  const keyed = (keys: readonly string[], value: Json): Json => ({
    type: 'object',
    properties: Object.fromEntries(keys.map((key) => [key, value])),
    additionalProperties: false,
  });
  return {
    due: keyed(['critical', 'high', 'medium', 'low', 'none'], due),
    reasons: keyed(VERDICTS, codes),
  };
}

/** An object of these keys alone; `parts` stand in for keys that hold maps, which the checking schema reads in a step of its own. */
function closed(shape: Shape, required: readonly string[], parts: Readonly<Record<string, Json>> = {}): Json {
  const properties = Object.fromEntries(
    Object.entries(shape).map(([key, type]) => [key, parts[key] ?? jsonOf(type)]),
  );
  return { type: 'object', properties, required, additionalProperties: false };
}

function either(...options: readonly Json[]): Json {
  return { anyOf: options };
}

/** What is written, not what it is read as. */
function jsonOf(type: z.ZodType): Json {
  const { $schema: _, ...json } = z.toJSONSchema(type, {
    io: 'input',
    unrepresentable: 'any',
    override: ({ zodSchema, jsonSchema }) => {
      // One or more: a lone value stands for a list of it.
      if (zodSchema._zod.def.type === 'pipe' && jsonSchema.type === 'array') {
        const { items } = jsonSchema;
        const list = { ...jsonSchema };
        for (const key of Object.keys(jsonSchema)) delete jsonSchema[key as keyof typeof jsonSchema];
        jsonSchema.anyOf = [items as never, list as never];
      }
    },
  });
  return json;
}
