/** A pack from anyone may be wrong, but it may not take the memory or the time of the one who reads it. */
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { Session } from '../../lib/engine/session.ts';
import { InputError } from '../../lib/errors.ts';
import { buildFeatures } from '../../lib/features/build-features.ts';
import { checkPack } from '../../lib/features/check-pack.ts';
import { parsePack } from '../../lib/packs/parse-pack.ts';
import { writeRecords } from '../features/records-table.ts';

const base = (features: string, more = '') => `domain: t
record: { id: id, time: at, entity: who }
columns: { id: string, at: timestamp, who: string, amount: number, note: string }
windows: { day: 24 hours }
${more}features:
${features}`;
const feature = (expression: string) => base(`  f: ${JSON.stringify(expression)}\n`);
const nested = (times: number, inner: string, by: string) =>
  `length(${'replace('.repeat(times)}${inner}${`, 'a', '${by}')`.repeat(times)})`;
const repeated = (count: number, line: (at: number) => string) =>
  Array.from({ length: count }, (_, at) => line(at)).join('\n');

const HARMFUL: readonly (readonly [string, string, RegExp])[] = [
  [
    'ten replaces in each other',
    readFileSync('test/fixtures/cases/files/replace10.yaml', 'utf8'),
    /replace\(…\) could make a text of/,
  ],
  ['replaces of a column', feature(nested(7, 'note', 'aa')), /could make a text of/],
  ['a replacement that is a column', feature("length(replace(note, 'a', who))"), /could make a text of/],
  [
    'a replacement from a window',
    feature("length(replace(note, 'a', max(who) over day))"),
    /could make a text of/,
  ],
  [
    'a replacement put together by ||',
    feature(`length(replace(note, 'a', ${repeated(60, () => "'aaaaaaaaaa'").replaceAll('\n', ' || ')}))`),
    /could make a text of/,
  ],
  [
    'a replacement that is a parameter',
    base('  f: "length(replace(note, \'a\', $p))"\n', `parameters: { p: ${'x'.repeat(100)} }\n`),
    /could make a text of/,
  ],
  [
    'a regular expression that matches everywhere',
    feature(`length(regexp_replace(note, '', '${'x'.repeat(80)}', 'g'))`),
    /regexp_replace\(…\) could make/,
  ],
  ['parentheses beyond number', feature(`${'('.repeat(500)}1${')'.repeat(500)}`), /more than 60 parentheses/],
  [
    'an expression as long as a book',
    feature(`${'1 + '.repeat(4000)}1`),
    /found 16001 characters, expected at most 10000/,
  ],
  [
    'a list of parameters written out again and again',
    base(
      repeated(600, (at) => `  f${at}: "amount in $p and amount in $p"`),
      `parameters: { p: [${repeated(1000, (at) => String(at + 100_000)).replaceAll('\n', ', ')}] }\n`,
    ),
    /come to more than 4000000 characters/,
  ],
  [
    'a list beyond number',
    base('  f: amount in $p\n', `parameters: { p: [${repeated(1001, String).replaceAll('\n', ', ')}] }\n`),
    /a list of up to 1000 numbers/,
  ],
  [
    'features beyond number',
    base(repeated(1001, (at) => `  f${at}: 1`)),
    /features: found keys .*expected at most 1000 keys/,
  ],
  [
    'features that stand on each other',
    base(
      `  f0: amount\n${repeated(150, (at) => `  f${at + 1}: f${at} + f${at}`)}`.replace(
        'f0: amount',
        'f0: amount + 1',
      ),
    ),
    /f101: stands on 101 features one above another/,
  ],
  [
    'aliases of aliases',
    `a: &a [x, x, x, x, x, x, x, x, x]\n${repeated(8, (at) => `${'bcdefghi'[at]}: &${'bcdefghi'[at]} [${repeated(9, () => `*${'abcdefgh'[at]}`).replaceAll('\n', ', ')}]`)}`,
    /Excessive alias count/,
  ],
  ['an anchor that holds itself', 'domain: t\ncolumns: &a { x: *a }', /nested too deep/],
  ['brackets beyond number', `a: ${'['.repeat(100_000)}`, /nested too deep/],
  ['lists in lists on one line', `${'- '.repeat(100_000)}`, /nested too deep/],
  ['questions in questions on one line', `${'? '.repeat(100_000)}`, /nested too deep/],
  ['forty thousand keys', repeated(25_000, (at) => `k${at}: 1`), /… and \d+ more/],
  ['a key of a hundred thousand characters', `${'k'.repeat(100_000)}: 1`, /not valid YAML/],
  ['a megabyte', `# ${'x'.repeat(1 << 20)}`, /found 1048578 bytes, expected at most 262144/],
  [
    'categories of a million inputs',
    base('  f: 1\n').replace('windows:', 'categories: { who: { keep: 1000000 } }\nwindows:'),
    /keep: found 1000000, expected at most 1000/,
  ],
];

describe('a pack that would take too much is refused before anything is computed', () => {
  test.each(HARMFUL)('%s', (_, yaml, message) => {
    const rss = process.memoryUsage.rss();
    expect(() => parsePack(yaml, 'p')).toThrow(InputError);
    expect(() => parsePack(yaml, 'p')).toThrow(message);
    expect(process.memoryUsage.rss() - rss).toBeLessThan(250e6);
  });
});

describe('what packs do every day passes', () => {
  test.each([
    "length(replace(replace(replace(replace(lower(note), 'ä', 'ae'), 'ö', 'oe'), 'ü', 'ue'), 'ß', 'ss'))",
    "length(replace(replace(note, ' ', ''), '-', ''))",
    "length(replace(note, 'x', left(who, 20)))",
    "length(regexp_replace(note, '[^a-z]+', ' ', 'g'))",
    'jaro_winkler_similarity(note, who)',
    "length(replace(strftime(at, '%d.%m.%Y %H:%M'), '.', ''))",
    'case when (amount > 1 and (amount < 5 or (amount > 7 and not (amount > 9)))) then 1 else 0 end',
  ])('%s', async (expression) => {
    await checkPack(parsePack(feature(expression), 'p'), 'p');
  });
});

test('a text longer than a function that multiplies it is given counts as missing there, and only there', async () => {
  const pack = parsePack(
    base(
      `  short: "length(replace(note, 'a', 'bb'))"\n  whole: length(note)\n  like: "levenshtein(note, 'a')"\n`,
    ),
    'p',
  );
  const session = await Session.open({ threads: 1 });
  try {
    const records = await writeRecords(session, pack, [
      { id: '1', at: '2024-01-01', who: 'w', amount: '1', note: 'a'.repeat(2000) },
      { id: '2', at: '2024-01-01', who: 'w', amount: '1', note: 'a'.repeat(2001) },
    ]);
    const features = await buildFeatures(records, pack);
    const rows = await session.rows(`SELECT f_0, f_1, f_2 FROM ${features} ORDER BY seq`);
    expect(rows).toEqual([
      { f_0: 4000, f_1: 2000, f_2: 1999 },
      { f_0: null, f_1: 2001, f_2: null },
    ]);
  } finally {
    await session.close();
  }
});
