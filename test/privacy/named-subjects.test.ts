import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { namesIn } from '../../lib/privacy/named-subjects.ts';

const letterOrDigit = fc.constantFrom(...'aZ09éßжД中٣ेग'.normalize('NFC'));
const id = fc
  .tuple(
    letterOrDigit,
    fc.string({ unit: fc.oneof(letterOrDigit, fc.constantFrom(...'-/. $(^')) }),
    letterOrDigit,
  )
  .map((parts) => parts.join(''));
const apart = fc.constantFrom('', ' ', '-', '/', '. ', '"', '（', '…');

describe('a subject is named in a text', () => {
  test('where its id stands as a whole word, in whatever case', () => {
    fc.assert(
      fc.property(id, apart, apart, fc.boolean(), (own, before, after, isUpper) => {
        const text = `request${before || ' '}${isUpper ? own.toUpperCase() : own.toLowerCase()}${after}`;
        expect(namesIn(text)(own)).toBe(true);
        expect(namesIn(own)(own)).toBe(true);
      }),
    );
  });

  test('not where a letter or a digit is beside it, of whatever script', () => {
    fc.assert(
      fc.property(id, letterOrDigit, fc.boolean(), (own, beside, isBefore) => {
        const text = isBefore ? `${beside}${own}` : `${own}${beside}`;
        expect(namesIn(`see ${text} of 3.`)(own)).toBe(false);
      }),
    );
  });

  test.each([
    ['request 2026-12', '12', true],
    ['request 2026-112', '12', false],
    ['request 12a', '12', false],
    ['letter of ac000381', 'AC000381', true],
    ['AC0003811', 'AC000381', false],
    ['Straße 1', 'STRASSE', true],
    ['re\u0301sume\u0301', 'r\u00e9sum\u00e9', true],
    ['e\u0301', 'e', false],
    ['c++ (draft)', 'c++', true],
    ['anything - at all', '', false],
  ])('%j names %j: %s', (text, own, expected) => {
    expect(namesIn(text)(own)).toBe(expected);
  });
});
