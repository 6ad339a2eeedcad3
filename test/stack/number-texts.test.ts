import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { expect, test } from 'vitest';
import { de } from '../../console/words/de.ts';
import { deMore } from '../../console/words/de-more.ts';
import type { Text } from '../../console/words/text.ts';
import { fill } from '../../console/words/words.ts';
import { buildConsole } from '../../lib/stack/bundle-console.ts';
import { namedAtRunTime, packed, withNumbers } from '../../lib/stack/number-texts.ts';

/** A template of the source, not of this file. */
const MADE = ['`state.$', '{one}`'].join('');
const SOURCE = `say(t('save')); const key = ok ? 'list.done' : 'list.left'; t(key); t(${MADE}); f('note');`;

test('a text that is named at run time, or whose name may be another word, keeps its name', () => {
  const keys = ['save', 'list.done', 'state.open', 'state.open.says', 'note', 'list.left'];
  expect([...namedAtRunTime(keys, [SOURCE])]).toEqual(['state.open', 'note']);
});

test('names in a source become numbers, a word alone only where it is asked for', () => {
  const numbers = new Map([
    ['save', 0],
    ['list.done', 1],
    ['list.left', 2],
    ['note', 3],
  ]);
  expect(withNumbers(SOURCE, numbers)).toBe(
    `say(t(0)); const key = ok ? 1 : 2; t(key); t(${MADE}); f('note');`,
  );
});

test.each([
  [{ one: '{n} flag', other: '{n} flags' }, '{n} flag[|s]'],
  [{ one: '{n} Fall', other: '{n} Fälle' }, '{n} F[all|älle]'],
  [{ one: 'same', other: 'same' }, 'same[|]'],
  [{ one: 'aa', other: 'aaa' }, 'aa[|a]'],
  ['plain {n}', 'plain {n}'],
])('%o packs both its forms into one text, and says the same', (text, expected) => {
  expect(packed(text)).toBe(expected);
  for (const n of [0, 1, 2]) expect(fill(expected, { n }, 'en')).toBe(fill(text, { n }, 'en'));
});

test('what is built holds every text once, under a number or its name', async () => {
  const into = mkdtempSync(join(tmpdir(), 'assay-texts-'));
  try {
    await buildConsole(fileURLToPath(new URL('../..', import.meta.url)), into);
    const folder = join(into, 'app', 'functions', 'console');
    const built: Record<string, unknown> = {};
    let keys = 0;
    for (const name of readdirSync(folder).filter((one) => /^de-.*\.js$/.test(one))) {
      const [table] = Object.values((await import(pathToFileURL(join(folder, name)).href)) as object);
      keys += Object.keys(table).length;
      Object.assign(built, table);
    }
    const texts: Readonly<Record<string, Text>> = { ...de, ...deMore };
    expect([keys, Object.keys(built).length]).toEqual(Array(2).fill(Object.keys(texts).length));
    const named = Object.keys(built).filter((key) => !/^\d+$/.test(key));
    for (const key of named) expect(built[key]).toEqual(packed(texts[key]!));
    const numbered = Object.keys(texts).filter((key) => !named.includes(key));
    expect(numbered.map((_, at) => built[at])).toEqual(numbered.map((key) => packed(texts[key]!)));
  } finally {
    rmSync(into, { recursive: true });
  }
});
