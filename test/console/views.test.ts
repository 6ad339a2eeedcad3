import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { readViews, withView } from '../../console/state/views.ts';

describe('saved views', () => {
  test('come back as they were stored, and nothing else does, whatever stands there', () => {
    const views = { finance: [{ name: 'High', query: 'severity=high' }] };
    expect(readViews(JSON.stringify(views))).toEqual(views);
    expect(readViews('{"finance":[{"name":1},null,{"name":"a","query":"b"}],"pharma":7}')).toEqual({
      finance: [{ name: 'a', query: 'b' }],
      pharma: [],
    });
    fc.assert(fc.property(fc.oneof(fc.string(), fc.json()), (text) => typeof readViews(text) === 'object'));
    expect(readViews(null)).toEqual({});
  });

  test('replace one of the same name, and stay few', () => {
    const view = (n: number) => ({ name: `v${n}`, query: `q=${n}` });
    const twenty = Array.from({ length: 25 }, (_, n) => view(n)).reduce(
      withView,
      [] as readonly ReturnType<typeof view>[],
    );
    expect(twenty).toHaveLength(20);
    expect(withView(twenty, { name: 'v24', query: 'other' }).at(-1)).toEqual({ name: 'v24', query: 'other' });
    expect(withView(twenty, { name: 'v24', query: 'other' })).toHaveLength(20);
  });
});
