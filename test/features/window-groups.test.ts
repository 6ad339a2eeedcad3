import { expect, test } from 'vitest';
import { planFeatures } from '../../lib/features/feature-plan.ts';
import { windowGroups } from '../../lib/features/window-groups.ts';
import { loadPack } from '../../lib/packs/load-pack.ts';
import { parsePack } from '../../lib/packs/parse-pack.ts';

const packOf = (windows: string, features: string) =>
  parsePack(
    `domain: shop\nversion: 1\ntitle: t\nrecord: { id: id, time: t, entity: a }\n` +
      `columns: { id: string, t: integer, a: string, b: string, c: string, x: number }\n` +
      `windows: { ${windows} }\nfeatures: { ${features} }\n`,
    'pack.yaml',
  );

test('windows of a longer key go with those of a shorter one that it holds', () => {
  const { keys, keyOf } = windowGroups(
    packOf('own: all, pair: { by: [a, b], over: all }', 'n: count(*) over own, m: count(*) over pair'),
  );
  expect(keys).toEqual([['a']]);
  expect(keyOf).toEqual([0, 0]);
});

test('a window over a feature with a window of another key is parted by what both keys share', () => {
  const { keys, keyOf, needs } = windowGroups(
    packOf(
      'ab: { by: [a, b], over: all }, ac: { by: [a, c], over: all }',
      'n: count(*) over ab, m: avg(n) over ac',
    ),
  );
  expect(keys).toEqual([['a']]);
  expect(keyOf).toEqual([0, 0]);
  expect([...needs[1]!]).toEqual([0]);
});

test('where they share nothing, all records have to be together', () => {
  const { keys, keyOf } = windowGroups(
    packOf('own: all, other: { by: b, over: all }', 'n: count(*) over own, m: avg(n) over other'),
  );
  expect(keys).toEqual([['a'], ['b']]);
  expect(keyOf).toEqual([0, null]);
});

test('what a window needs is found through features that only pass it on', () => {
  const { needs, keyOf } = windowGroups(
    packOf(
      'own: all, other: { by: b, over: all }',
      'n: count(*) over own, twice: n * 2, m: avg(twice) over other',
    ),
  );
  expect([...needs[1]!]).toEqual([0]);
  expect(keyOf).toEqual([0, null]);
});

test.each(['finance', 'pharma'])('every window of %s has a place', async (domain) => {
  const pack = await loadPack(domain);
  const { keys, keyOf } = windowGroups(pack);
  const plan = planFeatures(pack, true);
  plan.windows.forEach(({ frame }, index) => {
    const key = keyOf[index];
    if (key !== null) expect(frame.by).toEqual(expect.arrayContaining([...keys[key!]!]));
  });
  expect(keyOf.filter((key) => key === null).length).toBe(domain === 'finance' ? 0 : 2);
});
