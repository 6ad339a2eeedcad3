import { describe, expect, test } from 'vitest';
import { readContext } from '../../lib/stack/context.ts';

const read = (context: Readonly<Record<string, string>>) => readContext((name) => context[name]);

describe('the context of a deploy', () => {
  test('is dev on arm64 unless something else is said', () => {
    expect(read({})).toMatchObject({ stage: { name: 'dev' }, architecture: 'arm64', maxConcurrency: 40 });
  });

  test('takes an issuer with its audiences', () => {
    const { issuer } = read({ issuer: 'https://login.example.com', audience: 'a, b' });
    expect(issuer).toEqual({ url: 'https://login.example.com', audience: ['a', 'b'] });
  });

  test.each([
    [{ stage: 'production' }, 'context "stage": expected dev or prod, found "production"'],
    [{ architecture: 'amd64' }, 'context "architecture": expected arm64 or x64, found "amd64"'],
    [{ maxConcurrency: '0' }, 'context "maxConcurrency": expected a whole number from 1 to 9999, found "0"'],
    [
      { issuer: 'https://a.example' },
      'context "issuer" and "audience" go together: expected both or neither',
    ],
    [
      { issuer: 'http://a.example', audience: 'x' },
      'context "issuer": expected an https address, found "http://a.example"',
    ],
  ])('refuses %o by name', (context, message) => {
    expect(() => read(context as Record<string, string>)).toThrow(message);
  });
});
