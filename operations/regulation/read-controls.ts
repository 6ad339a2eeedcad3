/** The controls as people write them: a YAML file a regulation. The OSCAL documents and the page in docs/ are made from these. */
import { globSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parse } from 'yaml';
import { z } from 'zod';
import { InputError } from '../../lib/errors.ts';
import { CONTROL_STATUSES, SOURCES } from '../../lib/regulation/mapping.ts';

const text = z.string().trim().min(1);
const token = z.string().regex(/^[a-zA-Z][a-zA-Z0-9.\-_]*$/, 'a letter, then letters, digits, . - _');

const Control = z.strictObject({
  id: token,
  where: text,
  asks: text,
  status: z.enum(CONTROL_STATUSES),
  parts: z.array(text),
  served: text,
  customer: text,
  missing: text.optional(),
  related: z.array(token).default([]),
  tests: z.array(z.string().regex(/^test\/\S+\.test\.ts › .+$/, 'file › title of a test')),
});

const Regulation = z.strictObject({
  id: token,
  title: text,
  citation: text,
  source: z.enum(SOURCES),
  reviewed: z.iso.date(),
  note: text,
  controls: z.array(Control).min(1),
});

export type WrittenRegulation = z.output<typeof Regulation>;
export type WrittenControl = z.output<typeof Control>;

/** In the order of their files' names. Throws an InputError where one is not as expected. */
export function readRegulations(): WrittenRegulation[] {
  const folder = fileURLToPath(new URL('controls/', import.meta.url));
  return globSync('*.yaml', { cwd: folder })
    .toSorted()
    .map((name) => {
      const parsed = Regulation.safeParse(parse(readFileSync(`${folder}${name}`, 'utf8')));
      if (parsed.success) return parsed.data;
      throw new InputError(`operations/regulation/controls/${name}: ${z.prettifyError(parsed.error)}`);
    });
}
