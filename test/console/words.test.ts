import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { de } from '../../console/words/de.ts';
import { en } from '../../console/words/en.ts';
import type { Text } from '../../console/words/text.ts';
import { fill, type Key, LANGUAGES } from '../../console/words/words.ts';

const keys = Object.keys(en) as Key[];
const WORDS = { en, de } as const;
const forms = (text: Text): string[] => (typeof text === 'string' ? [text] : [text.one, text.other]);
const placeholders = (text: Text): string[] =>
  [...new Set(forms(text).flatMap((form) => form.match(/\{\w+\}/g) ?? []))].sort();

describe('the words of the console', () => {
  test('are the same keys in each language', () => {
    for (const language of LANGUAGES) expect(Object.keys(WORDS[language])).toEqual(keys);
  });

  test.each(keys)('%s takes the same values in each language', (key) => {
    expect(placeholders(de[key])).toEqual(placeholders(en[key]));
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

  test('are each used by a page', () => {
    const folder = new URL('../../console/', import.meta.url);
    const sources = readdirSync(folder, { recursive: true, encoding: 'utf8' })
      .filter((name) => /\.tsx?$/.test(name) && !name.startsWith('words/'))
      .map((name) => readFileSync(new URL(name, folder), 'utf8'))
      .join('\n');
    // A key may be put together: `status.${verdict}`.
    const made = [...sources.matchAll(/`([a-z._-]+)\$\{[^}]+\}([a-z._-]*)`/g)].map(
      ([, start, end]) =>
        new RegExp(`^${start!.replaceAll('.', '\\.')}[\\w-]+${end!.replaceAll('.', '\\.')}$`),
    );
    const unused = keys.filter(
      (key) => !sources.includes(`'${key}'`) && !made.some((pattern) => pattern.test(key)),
    );
    expect(unused).toEqual([]);
  });
});
