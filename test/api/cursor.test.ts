import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { listName, openCursor, sealCursor } from '../../lib/api/cursor.ts';
import { Problem } from '../../lib/api/problem.ts';

const secret = Buffer.alloc(32, 7);

describe('cursors', () => {
  it('give back any place to the list that they were sealed for', () => {
    fc.assert(
      fc.property(fc.string(), fc.string({ minLength: 1, unit: 'grapheme' }), (list, place) => {
        expect(openCursor(secret, list, sealCursor(secret, list, place))).toBe(place);
      }),
    );
  });

  it('are refused when a single bit of them was changed', () => {
    const cursor = Buffer.from(sealCursor(secret, 'flags', '40987654321#abc'), 'base64url');
    fc.assert(
      fc.property(fc.integer({ min: 0, max: cursor.length * 8 - 1 }), (bit) => {
        const changed = Buffer.from(cursor);
        changed[bit >> 3]! ^= 1 << (bit & 7);
        expect(() => openCursor(secret, 'flags', changed.toString('base64url'))).toThrow(Problem);
      }),
    );
  });

  it('are refused with another filter, another secret, or when made up', () => {
    const cursor = sealCursor(secret, listName('flags', { domain: 'finance' }), 'x');
    expect(() => openCursor(secret, listName('flags', { domain: 'pharma' }), cursor)).toThrow(Problem);
    expect(() => openCursor(Buffer.alloc(32, 8), listName('flags', { domain: 'finance' }), cursor)).toThrow(
      Problem,
    );
    fc.assert(
      fc.property(fc.string({ maxLength: 60 }), (text) => {
        expect(() => openCursor(secret, 'flags', text)).toThrow(Problem);
      }),
    );
  });

  it('are refused in any other spelling of the same bytes', () => {
    const cursor = sealCursor(secret, 'flags', 'place');
    for (const other of [`${cursor}=`, `${cursor} `, ` ${cursor}`, `${cursor}\n`]) {
      expect(() => openCursor(secret, 'flags', other)).toThrow(Problem);
    }
  });

  it('belong to a filter whatever the order of its parts, and whatever is undefined in it', () => {
    expect(listName('flags', { a: 1, b: 'x' })).toBe(listName('flags', { b: 'x', a: 1, c: undefined }));
    expect(listName('flags', { a: 1 })).not.toBe(listName('flags', { a: '1' }));
    expect(listName('flags', {})).not.toBe(listName('drops', {}));
  });
});
