/**
 * What a shipped pack says, in another language: names of its columns, values, facts, groups, rules and listed reasons. Files of
 * pack-texts/, `<domain>.<language>.yaml`. A pack of your own speaks the language that it is written in.
 */
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { parse } from 'yaml';
import { z } from 'zod';
import { InputError } from '../errors.ts';
import type { Pack } from './pack.ts';

/** Beside that of the packs themselves. */
export const TEXT_LANGUAGES = ['de'] as const;
export type TextLanguage = (typeof TEXT_LANGUAGES)[number];

const names = z.record(z.string(), z.string().min(1));
const TEXTS = z.strictObject({
  /** sha256 of the packs that it says in this language: one of your own may have the same domain, and mean something else. */
  packs: z.array(z.string()).min(1),
  title: z.string(),
  columns: names,
  /** Of columns, where the pack says more of one than its name. */
  descriptions: names,
  values: names,
  features: names,
  groups: names,
  rules: z.record(z.string(), z.strictObject({ name: z.string().min(1), says: z.string().min(1) })),
  reasons: names,
});
export type PackTexts = z.output<typeof TEXTS>;

const SHIPPED = new URL('./pack-texts/', import.meta.url);
const loaded = new Map<string, Promise<PackTexts | null>>();

/** Null: there are none of this pack. */
export async function packTextsOf(
  { domain, hash }: Pick<Pack, 'domain' | 'hash'>,
  language: TextLanguage,
): Promise<PackTexts | null> {
  const name = `${domain}.${language}.yaml`;
  let known = loaded.get(name);
  if (known === undefined) {
    known = read(new URL(name, SHIPPED));
    loaded.set(name, known);
    // A failure is not remembered.
    known.catch(() => loaded.delete(name));
  }
  const texts = await known;
  return texts?.packs.includes(hash) === true ? texts : null;
}

async function read(url: URL): Promise<PackTexts | null> {
  let yaml: string;
  try {
    yaml = await readFile(url, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
  const { data, error } = TEXTS.safeParse(parse(yaml));
  if (data === undefined) throw new InputError(`${fileURLToPath(url)}: ${z.prettifyError(error)}`);
  return data;
}
