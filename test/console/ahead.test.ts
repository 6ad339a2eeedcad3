import { afterEach, expect, test, vi } from 'vitest';
import { askAhead, takeAhead } from '../../console/api/ahead.ts';
import { firstRequests } from '../../console/state/first-requests.ts';
import { readAddress } from '../../console/state/read-address.ts';

afterEach(() => {
  vi.unstubAllGlobals();
  vi.restoreAllMocks();
});

test('what is asked ahead is asked by the token, and answers one request of the same token', async () => {
  const asked: unknown[] = [];
  vi.stubGlobal('fetch', async (path: string, { headers }: RequestInit) => {
    asked.push([path, headers]);
    if (path === '/v1/models') throw new TypeError('no network');
    return new Response('{}');
  });
  askAhead('t1', ['/v1/me', '/v1/models']);
  expect(asked).toEqual(['/v1/me', '/v1/models'].map((path) => [path, { authorization: 'Bearer t1' }]));
  expect(takeAhead('t2', '/v1/me')).toBe(undefined);
  expect(takeAhead(null, '/v1/me')).toBe(undefined);
  expect(await (await takeAhead('t1', '/v1/me'))?.text()).toBe('{}');
  expect(takeAhead('t1', '/v1/me')).toBe(undefined);
  await expect(takeAhead('t1', '/v1/models')).rejects.toThrow('no network');
});

test('what no one took is asked again later', async () => {
  vi.stubGlobal('fetch', async () => new Response('{}'));
  const now = vi.spyOn(performance, 'now').mockReturnValue(1_000);
  askAhead('t', ['/v1/cases', '/v1/me']);
  now.mockReturnValue(10_999);
  expect(takeAhead('t', '/v1/cases')).toBeInstanceOf(Promise);
  now.mockReturnValue(11_000);
  expect(takeAhead('t', '/v1/me')).toBe(undefined);
});

test.each([
  ['/', []],
  ['/finance/models', []],
  ['/finance/cases/c1?flag=f', ['/v1/cases/c1?flags=100']],
  ['/finance', ['/v1/cases?domain=finance&view=act&limit=100']],
  [
    '/finance/queue?view=look&severity=high&q=A 1',
    ['/v1/cases?domain=finance&view=look&severity=high&q=A+1&limit=100'],
  ],
])('of the page at %s the API is asked first for what it shows', (address, own) => {
  const [path, search = ''] = address.split('?');
  expect(firstRequests(readAddress(path!, search))).toEqual([...own, '/v1/me', '/v1/models']);
});
