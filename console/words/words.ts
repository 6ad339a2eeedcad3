/**
 * What the console says, in the language of who reads it. Every sentence is in each language under the same key: in en.ts and
 * de.ts what the first pages say, which is loaded before anything is shown, and in en-more.ts and de-more.ts what the other
 * pages say beside it.
 */
import { signal } from '@preact/signals';
import { LANGUAGES, type Language } from '../../lib/console/languages.ts';
import type { en } from './en.ts';
import type { enMore } from './en-more.ts';
import { formatNumber, isOne } from './intl.ts';
import { isolate } from './isolate.ts';
import type { Text } from './text.ts';

export type Key = keyof typeof en | keyof typeof enMore;
export type Values = Readonly<Record<string, string | number>>;

type Words = Readonly<Partial<Record<Key, Text>>>;
interface Tables {
  readonly first: () => Promise<Words>;
  readonly more: () => Promise<Words>;
}
const TABLES: Readonly<Record<Language, Tables>> = {
  en: {
    first: async () => (await import('./en.ts')).en,
    more: async () => (await import('./en-more.ts')).enMore,
  },
  de: {
    first: async () => (await import('./de.ts')).de,
    more: async () => (await import('./de-more.ts')).deMore,
  },
};
const STORED = 'assay.language';

let words: Words = {};
let hasMore = false;
/** Asked for last. */
let wanted: Language = 'en';
/** Changes when the words of it are there. */
export const language = signal<Language>('en');

export async function choose(chosen: Language): Promise<void> {
  await speak(chosen);
  if (wanted === chosen) localStorage.setItem(STORED, chosen);
}

export async function speak(chosen: Language): Promise<void> {
  wanted = chosen;
  const withMore = hasMore;
  const { first, more } = TABLES[chosen];
  const [one, other] = await Promise.all([first(), withMore ? more() : {}]);
  // Another was chosen meanwhile, or other pages came: what was asked for later says it.
  if (wanted !== chosen || withMore !== hasMore) return;
  words = { ...one, ...other };
  language.value = chosen;
  document.documentElement.lang = chosen;
}

export async function loadMoreWords(): Promise<void> {
  hasMore = true;
  try {
    await speak(wanted);
  } catch (error) {
    hasMore = false;
    throw error;
  }
}

export function t(key: Key, values: Values = {}): string {
  return fill(words[key] ?? key, values, language.value);
}

/** Exported for the tests: the same in a language of choice. */
export function fill(text: Text, values: Values, inLanguage: Language): string {
  const plural = () => (isOne(Number(values.n ?? 0), inLanguage) ? 'one' : 'other');
  const form =
    typeof text === 'string'
      ? // As the build packs both forms: `{n} flag[|s]`.
        text.replace(/\[(.*?)\|(.*?)\]/g, (_, one: string, other: string) => ({ one, other })[plural()])
      : text[plural()];
  return form.replace(/\{(\w+)\}/g, (whole, name: string) => {
    const value = values[name];
    if (value === undefined) return whole;
    return typeof value === 'number' ? formatNumber(value, inLanguage) : isolate(value);
  });
}

/** The one that was chosen here, else the first of the browser's that there is. */
export function wantedLanguage(): Language {
  const stored = localStorage.getItem(STORED);
  const asked = [...(stored === null ? [] : [stored]), ...navigator.languages];
  const found = asked.map((tag) => LANGUAGES.find((one) => tag.toLowerCase().startsWith(one)));
  return found.find((one) => one !== undefined) ?? 'en';
}
