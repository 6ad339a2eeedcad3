import { expect, test } from 'vitest';
import { standingOf } from '../../lib/decisions/score-standing.ts';
import type { ScoreBand } from '../../lib/evaluation/evaluation.ts';

const band = (
  from: number,
  value: number,
  low: number | null = value - 0.12,
  high: number | null = value + 0.14,
): ScoreBand => ({ from, to: 1, score: from, records: 50, observed: { value, low, high } });

test('a score stands where the records of its band ended, in words with an interval', () => {
  const bands = [band(0.3, 0.4), band(0.6, 0.123456, 0.01234, 0.45678)];
  expect(standingOf(bands, 0.5999)).toEqual({
    ...{ tier: 'look', confirmed: 0.4, low: 0.28, high: 0.54, records: 50 },
    words: 'of records scored like this, about 4 in 10 were confirmed (28% to 54%)',
  });
  expect(standingOf(bands, 0.6)).toEqual({
    ...{ tier: 'look', confirmed: 0.1235, low: 0.0123, high: 0.4568, records: 50 },
    words: 'of records scored like this, about 1 in 10 were confirmed (1% to 46%)',
  });
});

test('it is one to act on from 60 % on, where all higher bands are as good, whatever the lower ones are', () => {
  const tier = (bands: readonly ScoreBand[], score: number) => standingOf(bands, score)!.tier;
  expect(tier([band(0.3, 0.4), band(0.6, 0.6)], 0.6)).toBe('act');
  expect(tier([band(0.3, 0.4), band(0.6, 0.59)], 0.99)).toBe('look');
  expect(tier([band(0.3, 0.7), band(0.6, 0.5)], 0.4)).toBe('look');
});

test('nothing is said of a score below all bands, nor by a card without bands', () => {
  expect(standingOf([band(0.3, 0.4)], 0.3)).toBeDefined();
  expect(standingOf([band(0.3, 0.4)], 0.29)).toBeUndefined();
  expect(standingOf([], 0.9)).toBeUndefined();
});

test.each([
  [0.049, null, null, 'fewer than 1 in 20 were confirmed'],
  [0.05, 0.02, null, 'about 1 in 10 were confirmed'],
  [0.949, null, 0.99, 'about 9 in 10 were confirmed'],
  [0.95, 0.905, 0.994, 'nearly all were confirmed (91% to 99%)'],
])('%d [%j, %j]: %s', (value, low, high, words) => {
  expect(standingOf([band(0.3, value, low, high)], 0.5)).toEqual({
    ...{ tier: value < 0.6 ? 'look' : 'act', confirmed: value, low, high, records: 50 },
    words: `of records scored like this, ${words}`,
  });
});
