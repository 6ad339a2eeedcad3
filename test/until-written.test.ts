import { expect, test } from 'vitest';
import { untilWritten } from '../lib/until-written.ts';

const overtaken = () => new Error('overtaken each time');

/** Is overtaken so many times; then it gives `result`. */
function attemptAfter<Result>(
  times: number,
  result: Result,
): { made: number; attempt: () => Promise<Result | undefined> } {
  const count = {
    made: 0,
    attempt: async () => (count.made++ < times ? undefined : result),
  };
  return count;
}

test.each([0, 1, 4])(
  'whoever was overtaken %i times tries once more, and no more than that',
  async (times) => {
    const one = attemptAfter(times, 'written');
    expect(await untilWritten(5, one.attempt, overtaken)).toBe('written');
    expect(one.made).toBe(times + 1);
  },
);

test('nothing to write is an answer, not a reason to try again', async () => {
  const one = attemptAfter(0, null);
  expect(await untilWritten(5, one.attempt, overtaken)).toBe(null);
  expect(one.made).toBe(1);
});

test('who is overtaken at each attempt fails with what the caller says; another failure ends it at once', async () => {
  const one = attemptAfter(5, 'written');
  await expect(untilWritten(5, one.attempt, overtaken)).rejects.toThrow('overtaken each time');
  expect(one.made).toBe(5);
  const failing = async (): Promise<undefined> => {
    one.made++;
    throw new Error('no connection');
  };
  await expect(untilWritten(5, failing, overtaken)).rejects.toThrow('no connection');
  expect(one.made).toBe(6);
});
