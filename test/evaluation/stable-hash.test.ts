import { describe, expect, test } from 'vitest';
import { hashToUnit } from '../../lib/evaluation/stable-hash.ts';

describe('hashToUnit(text, seed)', () => {
  test('is what it was: a changed hash would reassign every entity', () => {
    expect(hashToUnit('ACC-0001', 1)).toBe(0.726545476121828);
    expect(hashToUnit('', 0)).toBe(0.6720006421674043);
  });

  test('spreads numbered names evenly, whatever the seed', () => {
    for (const seed of [0, 1, 2, 42]) {
      const counts = new Array<number>(20).fill(0);
      for (let number = 0; number < 20_000; number++)
        counts[Math.floor(hashToUnit(`A${number}`, seed) * 20)]!++;
      const distance = counts.reduce((sum, count) => sum + (count - 1000) ** 2 / 1000, 0);
      // Chi-squared with 19 degrees of freedom: above 43.8 once in a thousand.
      expect(distance).toBeLessThan(43.8);
    }
  });

  test('sets aside other names for another seed', () => {
    let both = 0;
    for (let number = 0; number < 10_000; number++) {
      if (hashToUnit(`A${number}`, 1) < 0.3 && hashToUnit(`A${number}`, 2) < 0.3) both++;
    }
    expect(both / 10_000).toBeGreaterThan(0.07);
    expect(both / 10_000).toBeLessThan(0.11);
  });
});
