import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { de } from '../../console/words/de.ts';
import { deMore } from '../../console/words/de-more.ts';
import { en } from '../../console/words/en.ts';
import { enMore } from '../../console/words/en-more.ts';
import type { Text } from '../../console/words/text.ts';
import { fill, type Key } from '../../console/words/words.ts';
import { LANGUAGES } from '../../lib/console/languages.ts';

const WORDS = { en: { ...en, ...enMore }, de: { ...de, ...deMore } } as const;
const keys = Object.keys(WORDS.en) as Key[];
const forms = (text: Text): string[] => (typeof text === 'string' ? [text] : [text.one, text.other]);
const placeholders = (text: Text): string[] =>
  [...new Set(forms(text).flatMap((form) => form.match(/\{\w+\}/g) ?? []))].sort();

describe('the words of the console', () => {
  test('are the same keys in each language, each once', () => {
    for (const language of LANGUAGES) expect(Object.keys(WORDS[language])).toEqual(keys);
    expect(keys).toHaveLength(Object.keys(en).length + Object.keys(enMore).length);
  });

  test.each(keys)('%s takes the same values in each language', (key) => {
    expect(placeholders(WORDS.de[key])).toEqual(placeholders(WORDS.en[key]));
  });

  test.each(keys)('%s says something, without an exclamation mark', (key) => {
    for (const language of LANGUAGES) {
      for (const form of forms(WORDS[language][key])) expect(form).toMatch(/^[^!]*\S[^!]*$/);
    }
  });

  test('count in the language', () => {
    const text = { one: '{n} flag', other: '{n} flags' };
    expect(fill(text, { n: 1 }, 'en')).toBe('1 flag');
    expect(fill(text, { n: 1993 }, 'en')).toBe('1,993 flags');
    expect(fill(text, { n: 1993 }, 'de')).toBe('1.993 flags');
  });

  test('are not turned by a value that turns the direction of writing', () => {
    const say = (who: string) => fill('{who} spoke to you', { who }, 'en');
    expect(say('Ann Lee')).toBe('Ann Lee spoke to you');
    expect(say('דנה')).toBe('\u2068דנה\u2069 spoke to you');
    expect(say('a\u202Egnp')).toBe('\u2068a\u202Egnp\u2069 spoke to you');
    // A value cannot end what is around it, nor leave open what it begins.
    expect(say('a\u2069\u202Egnp\u2067b')).toBe('\u2068a\u202Egnp\u2067b\u2069\u2069 spoke to you');
    expect(say(`${say('דנה')}`)).toBe('\u2068\u2068דנה\u2069 spoke to you\u2069 spoke to you');
  });

  test('are each used by a page', () => {
    expect(keys.filter((key) => !usedIn([...sources.values()].join('\n'), key))).toEqual([]);
  });

  test('are loaded with the first pages exactly where the first pages say them', () => {
    const first = [...reachable('main.tsx')].map((name) => sources.get(name)).join('\n');
    const firstKeys = Object.keys(en) as Key[];
    expect(keys.filter((key) => usedIn(first, key))).toEqual(firstKeys);
  });
});

const folder = new URL('../../console/', import.meta.url);
const sources: ReadonlyMap<string, string> = new Map(
  readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => /\.tsx?$/.test(name) && !name.startsWith('words/'))
    .map((name) => [name, readFileSync(new URL(name, folder), 'utf8')]),
);

function usedIn(source: string, key: string): boolean {
  // A key may be put together: `status.${verdict}`.
  const made = [...source.matchAll(/`([a-z._-]+)\$\{[^}]+\}([a-z._-]*)`/g)];
  return (
    source.includes(`'${key}'`) ||
    made.some(([, start, end]) =>
      new RegExp(`^${start!.replaceAll('.', '\\.')}[\\w-]+${end!.replaceAll('.', '\\.')}$`).test(key),
    )
  );
}

/** The sources that a source cannot begin without. */
function reachable(name: string, known = new Set<string>()): ReadonlySet<string> {
  const text = sources.get(name);
  if (text === undefined || known.has(name)) return known;
  known.add(name);
  for (const [, path] of text.matchAll(/^(?:import|export)\s(?!type\b)[^;]*?from '(\.[^']+)'/gms)) {
    reachable(join(dirname(name), path!), known);
  }
  return known;
}
