import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { SubjectCipher } from '../../lib/privacy/subject-cipher.ts';

const bytes = fc.uint8Array({ minLength: 32, maxLength: 32 });
const cipherOf = (key: Uint8Array, pseudonym = 's_0') => new SubjectCipher({ pseudonym, key });

describe('a sealed field', () => {
  test('opens to what was sealed, and gives the same bytes each time', () => {
    fc.assert(
      fc.property(bytes, fc.string({ unit: 'binary' }), fc.string(), (key, text, context) => {
        const wellFormed = text.toWellFormed();
        const sealed = cipherOf(key).seal(wellFormed, context);
        expect(cipherOf(key).open(sealed, context)).toBe(wellFormed);
        expect(cipherOf(key).seal(wellFormed, context)).toBe(sealed);
      }),
    );
  });

  test('opens by no other key, for no other subject or place, and not with a bit changed', () => {
    fc.assert(
      fc.property(bytes, bytes, fc.string(), fc.nat(), (key, otherKey, text, at) => {
        fc.pre(Buffer.compare(key, otherKey) !== 0);
        const sealed = cipherOf(key).seal(text, 'here');
        const changed = Buffer.from(sealed, 'base64');
        changed[at % changed.length]! ^= 1 << (at % 8);
        expect(cipherOf(otherKey).open(sealed, 'here')).toBeNull();
        expect(cipherOf(key, 's_1').open(sealed, 'here')).toBeNull();
        expect(cipherOf(key).open(sealed, 'there')).toBeNull();
        expect(cipherOf(key).open(changed.toString('base64'), 'here')).toBeNull();
      }),
    );
  });

  test('two texts of one subject have two nonces', () => {
    const cipher = cipherOf(new Uint8Array(32));
    const nonces = ['a', 'b', 'ab'].flatMap((text) =>
      ['x', 'y'].map((context) => cipher.seal(text, context).slice(0, 16)),
    );
    expect(new Set(nonces).size).toBe(6);
  });

  test('what is no sealed field opens to nothing', () => {
    expect(cipherOf(new Uint8Array(32)).open('AAAA', '')).toBeNull();
  });
});

test('keyed ids differ by key and by record id, and say neither', () => {
  const [a, b] = [cipherOf(new Uint8Array(32)), cipherOf(new Uint8Array(32).fill(1))];
  expect(a.keyedId('T1')).toMatch(/^r_[0-9a-f]{32}$/);
  expect(a.keyedId('T1')).toBe(a.keyedId('T1'));
  expect(new Set([a.keyedId('T1'), a.keyedId('T2'), b.keyedId('T1')]).size).toBe(3);
});
