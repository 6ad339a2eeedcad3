/** The schemas of the events as the part of docs/events.md that lists them: always the same for the same schemas. */
import { z } from 'zod';
import { EVENT_SCHEMAS } from './event-schemas.ts';

interface Field {
  readonly type?: string;
  readonly enum?: readonly string[];
  readonly anyOf?: readonly Field[];
  readonly items?: Field;
  readonly description?: string;
}

export function eventDocument(): string {
  return Object.entries(EVENT_SCHEMAS)
    .map(([type, schema]) => {
      const { properties = {} } = z.toJSONSchema(schema) as { properties?: Record<string, Field> };
      const rows = Object.entries(properties).map(
        ([name, field]) => `| \`${name}\` | ${typeOf(field)} | ${field.description ?? ''} |`,
      );
      return `### ${type}\n\n| field | type | |\n| --- | --- | --- |\n${rows.join('\n')}\n`;
    })
    .join('\n');
}

function typeOf({ type, enum: values, anyOf, items }: Field): string {
  if (anyOf !== undefined) return anyOf.map(typeOf).join(' or ');
  if (values !== undefined) return values.map((value) => `\`${value}\``).join(', ');
  return items === undefined ? (type ?? 'any') : `array of ${typeOf(items)}`;
}
