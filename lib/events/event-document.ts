/** The schemas of the events as the part of docs/events.md that lists them: always the same for the same schemas. */
import { z } from 'zod';
import { EVENT_SCHEMAS } from './event-schemas.ts';

interface Field {
  readonly type?: string;
  readonly enum?: readonly string[];
  readonly anyOf?: readonly Field[];
  readonly items?: Field;
  readonly properties?: Readonly<Record<string, Field>>;
  readonly description?: string;
}

export function eventDocument(): string {
  return Object.entries(EVENT_SCHEMAS)
    .map(([type, schema]) => {
      const { properties = {} } = z.toJSONSchema(schema) as { properties?: Record<string, Field> };
      const rows = Object.entries(properties).flatMap(([name, field]) => rowsOf(name, field));
      return `### ${type}\n\n| field | type | |\n| --- | --- | --- |\n${rows.join('\n')}\n`;
    })
    .join('\n');
}

/** A field, and those within it. */
function rowsOf(name: string, field: Field): string[] {
  const inner = field.properties ?? field.items?.properties ?? {};
  const prefix = field.items === undefined ? `${name}.` : `${name}[].`;
  return [
    `| \`${name}\` | ${typeOf(field)} | ${field.description ?? ''} |`,
    ...Object.entries(inner).flatMap(([own, one]) => rowsOf(`${prefix}${own}`, one)),
  ];
}

function typeOf({ type, enum: values, anyOf, items }: Field): string {
  if (anyOf !== undefined) return anyOf.map(typeOf).join(' or ');
  if (values !== undefined) return values.map((value) => `\`${value}\``).join(', ');
  return items === undefined ? (type ?? 'any') : `array of ${typeOf(items)}`;
}
