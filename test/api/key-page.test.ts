import { expect, it } from 'vitest';
import { keyPage } from '../../lib/api/key-page.ts';

const all = [
  { id: 'b', score: 0.5 },
  { id: 'a', score: 0.5 },
  { id: 'c', score: 0.9 },
  { id: 'd', score: 0.1 },
];
const page = (items: typeof all, before?: string) =>
  keyPage(items, ({ id, score }) => [-score, id], { limit: 2, before });
const ids = (items: readonly { id: string }[]) => items.map(({ id }) => id).join('');

it('a page goes on after the one before, though its last item is gone', () => {
  const first = page(all);
  expect(ids(first.items)).toBe('ca');
  const second = page(all, first.last!);
  expect([ids(second.items), second.last]).toEqual(['bd', null]);
  const without = all.filter(({ id }) => id !== 'a');
  expect(ids(page(without, first.last!).items)).toBe('bd');
  expect(page([], first.last!)).toEqual({ items: [], last: null });
});

it('the place of an earlier version is refused as any other cursor of another list', () => {
  for (const place of ['c-0123456789ab', '{}', 'null', '[[1]]'])
    expect(() => page(all, place)).toThrow('The cursor is not valid.');
});
