/** What the console says, in the language of who reads it. Every sentence is in en.ts and de.ts under the same key. */
import { signal } from '@preact/signals';
import { de } from './de.ts';
import { en } from './en.ts';
import type { Text } from './text.ts';

export type Key = keyof typeof en;
export type Values = Readonly<Record<string, string | number>>;

export const LANGUAGES = ['en', 'de'] as const;
export type Language = (typeof LANGUAGES)[number];
const WORDS: Readonly<Record<Language, Readonly<Record<Key, Text>>>> = { en, de };
const STORED = 'assay.language';

export const language = signal<Language>(firstLanguage());

export function speak(chosen: Language): void {
  language.value = chosen;
  document.documentElement.lang = chosen;
  localStorage.setItem(STORED, chosen);
}

export function t(key: Key, values: Values = {}): string {
  return fill(WORDS[language.value][key], values, language.value);
}

/** Exported for the tests: the same in a language of choice. */
export function fill(text: Text, values: Values, inLanguage: Language): string {
  const form = typeof text === 'string' ? text : text[pluralForm(values.n, inLanguage)];
  return form.replace(/\{(\w+)\}/g, (whole, name: string) => {
    const value = values[name];
    if (value === undefined) return whole;
    return typeof value === 'number' ? value.toLocaleString(inLanguage) : value;
  });
}

function pluralForm(n: string | number | undefined, inLanguage: Language): 'one' | 'other' {
  return new Intl.PluralRules(inLanguage).select(Number(n ?? 0)) === 'one' ? 'one' : 'other';
}

function firstLanguage(): Language {
  if (typeof document === 'undefined') return 'en';
  const stored = localStorage.getItem(STORED);
  const wanted = [...(stored === null ? [] : [stored]), ...navigator.languages];
  const found = wanted
    .map((tag) => LANGUAGES.find((one) => tag.toLowerCase().startsWith(one)))
    .find((one) => one !== undefined);
  document.documentElement.lang = found ?? 'en';
  return found ?? 'en';
}
