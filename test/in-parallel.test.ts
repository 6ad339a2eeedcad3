import { setImmediate as turn } from 'node:timers/promises';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { inParallel } from '../lib/in-parallel.ts';

test('gives the results in the order of the items, never more than so many at a time', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.integer({ min: 1, max: 3 })),
      fc.integer({ min: 1, max: 5 }),
      async (turns, concurrency) => {
        let running = 0;
        let most = 0;
        const results = await inParallel(turns, concurrency, async (wait, index) => {
          most = Math.max(most, ++running);
          for (let n = 0; n < wait; n++) await turn();
          running--;
          return index;
        });
        expect(results).toEqual(turns.map((_, index) => index));
        expect(most).toBe(Math.min(concurrency, turns.length));
      },
    ),
  );
});

test('starts nothing after the first failure, and throws it when what runs has ended', async () => {
  const started: number[] = [];
  let ended = 0;
  const run = inParallel([0, 1, 2, 3, 4, 5], 2, async (item) => {
    started.push(item);
    if (item === 1) throw new Error('the first');
    await turn();
    await turn();
    ended++;
    if (item === 0) throw new Error('the second');
  });
  await expect(run).rejects.toThrow('the first');
  expect([started, ended]).toEqual([[0, 1], 1]);
});
