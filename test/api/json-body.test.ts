import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { depthOf, readJsonBody, repeatedKey } from '../../lib/api/json-body.ts';

const json = (text: string, more: object = {}) => ({
  contentType: 'application/json',
  text,
  isBase64: false,
  ...more,
});

/** The naive twin: how deep a value nests. */
function nesting(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 0;
  return 1 + Math.max(0, ...Object.values(value).map(nesting));
}

describe('depthOf', () => {
  it('is the nesting of the parsed value, whatever brackets and quotes its texts hold', () => {
    const value = fc.letrec((tie) => ({
      leaf: fc.oneof(fc.string(), fc.constantFrom('[', '{"', '\\"]', '\\', '}'), fc.integer()),
      node: fc.oneof(
        { depthSize: 'small' },
        tie('leaf'),
        fc.array(tie('node')),
        fc.dictionary(fc.string(), tie('node')),
      ),
    })).node;
    fc.assert(
      fc.property(value, (one) => {
        expect(depthOf(JSON.stringify(one))).toBe(nesting(one));
      }),
    );
  });
});

describe('repeatedKey', () => {
  it('is none in what a writer of JSON makes, whatever its texts hold', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        expect(repeatedKey(JSON.stringify(value))).toBeNull();
        expect(repeatedKey(JSON.stringify(value, null, 2))).toBeNull();
      }),
    );
  });

  it('is the place of the second of two, at any depth and however it is written', () => {
    for (const [text, place] of [
      ['{"a":1,"a":2}', '/a'],
      ['{"a":1,"\\u0061":2}', '/a'],
      ['{"records":[{"amount":1},{"amount":1,"amount" : 9850}]}', '/records/1/amount'],
      ['{"x":{"a/b":1,"c":["a/b",{"~":1}],"a/b":2}}', '/x/a~1b'],
      ['{"a":"a","b":{"a":1},"c":[{"a":1},{"a":1}]}', null],
      ['{"a":"{\\"a\\":1,\\"a\\":2}"}', null],
    ] as const) {
      expect(repeatedKey(text), text).toBe(place);
    }
  });
});

describe('readJsonBody', () => {
  it('refuses a key that is there twice, of which the first would be lost', () => {
    const text = '{"records":[{"amount":1,"amount":9850}]}';
    expect(() => readJsonBody(json(text), 1e6)).toThrow(
      expect.objectContaining({
        status: 422,
        faults: [expect.objectContaining({ at: '/records/0/amount' })],
      }),
    );
  });

  it('refuses half of a character, which no table gives back as it was', () => {
    expect(() => readJsonBody(json('{"notes":[{"text":"a\\ud800b"}]}'), 1e6)).toThrow(
      expect.objectContaining({
        status: 400,
        faults: [expect.objectContaining({ at: '/notes/0/text' })],
      }),
    );
    expect(() => readJsonBody(json('{"a\\udc00":1}'), 1e6)).toThrow(expect.objectContaining({ status: 400 }));
    expect(readJsonBody(json('{"a":"\\ud83d\\ude00"}'), 1e6)).toEqual({ a: '😀' });
  });

  it('gives back what was sent, plain or in base64', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const text = JSON.stringify(value);
        fc.pre(!/\d{16}/.test(text.replace(/\D/g, (sign) => (sign === '.' ? '' : ' '))));
        const expected = JSON.parse(text);
        expect(readJsonBody(json(text), 1e6)).toEqual(expected);
        const base64 = Buffer.from(text).toString('base64');
        expect(readJsonBody(json(base64, { isBase64: true }), 1e6)).toEqual(expected);
      }),
    );
  });

  it('reads a number of many digits as a double where the body holds no records', () => {
    expect(readJsonBody(json('{"threshold":0.6897008160715358}'), 1e3)).toEqual({
      threshold: 0.6897008160715358,
    });
  });

  it('keeps the digits of a number that a double would round, where the body holds records', () => {
    const text =
      '{"a":9007199254740993,"b":1234567890123456.78,"c":0.1,"d":-12.50,"e":1e5,"f":100000000000000000000}';
    expect(readJsonBody(json(text), 1e3, { holdsRecords: true })).toEqual({
      a: '9007199254740993',
      b: '1234567890123456.78',
      c: 0.1,
      d: -12.5,
      e: 100_000,
      f: '100000000000000000000',
    });
  });

  it('says 415 for another type, and takes JSON with a charset or a suffix', () => {
    for (const contentType of [
      undefined,
      'text/plain',
      'application/jsonx',
      'text/json',
      'x/application/json',
    ]) {
      expect(() => readJsonBody(json('{}', { contentType }), 100)).toThrow(
        expect.objectContaining({ status: 415 }),
      );
    }
    for (const contentType of ['application/json; charset=utf-8', 'Application/JSON', 'application/x+json']) {
      expect(readJsonBody(json('{}', { contentType }), 100)).toEqual({});
    }
  });

  it('says 413 above the limit in bytes, not characters, in base64 too', () => {
    const text = JSON.stringify('é'.repeat(60));
    expect(readJsonBody(json(text), 122)).toBe('é'.repeat(60));
    const tooLarge = expect.objectContaining({ status: 413 });
    expect(() => readJsonBody(json(text), 121)).toThrow(tooLarge);
    const base64 = Buffer.from(text).toString('base64');
    expect(readJsonBody(json(base64, { isBase64: true }), 122)).toBe('é'.repeat(60));
    expect(() => readJsonBody(json(base64, { isBase64: true }), 121)).toThrow(tooLarge);
  });

  it('says 422 for a million brackets and 400 for what is no JSON', () => {
    const deep = expect.objectContaining({ status: 422 });
    expect(() => readJsonBody(json('['.repeat(1_000_000)), 2 ** 20)).toThrow(deep);
    expect(() => readJsonBody(json(`${'['.repeat(17)}${']'.repeat(17)}`), 100)).toThrow(deep);
    expect(readJsonBody(json(`${'['.repeat(16)}${']'.repeat(16)}`), 100)).toBeDefined();
    for (const text of ['', '{', "{'a':1}", 'nothing', '[1,]']) {
      expect(() => readJsonBody(json(text), 100)).toThrow(expect.objectContaining({ status: 400 }));
    }
  });

  it('never repeats the body in what it says', () => {
    try {
      readJsonBody(json('{"name": Jane Doe}'), 100);
      expect.unreachable();
    } catch (error) {
      expect(String(error)).not.toContain('Jane');
    }
  });
});
