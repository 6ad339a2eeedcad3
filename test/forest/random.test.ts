import { describe, expect, test } from 'vitest';
import { Random } from '../../lib/forest/random.ts';

const draw = (random: Random, count: number): number[] =>
  Array.from({ length: count }, () => random.uniform());

describe('Random', () => {
  test('repeats itself for the same seed and stream', () => {
    expect(draw(new Random(7, 3), 20)).toEqual(draw(new Random(7, 3), 20));
  });

  test('is sfc32 seeded with (low word, high word, stream, 1), its first fifteen numbers left out', () => {
    const word = 2n ** 32n;
    const seed = 123_456_789_012_345n;
    let [a, b, c, counter] = [seed % word, seed / word, 77n, 1n];
    const next = (): bigint => {
      const sum = (a + b + counter++) % word;
      a = b ^ (b >> 9n);
      b = (c + (c << 3n)) % word;
      c = ((((c << 21n) % word) | (c >> 11n)) + sum) % word;
      return sum;
    };
    for (let round = 0; round < 15; round++) next();
    const random = new Random(Number(seed), 77);
    for (let i = 0; i < 1000; i++) expect(random.below(2 ** 32)).toBe(Number(next()));
  });

  test('differs between seeds, between streams, and between seeds that agree in their low 32 bits', () => {
    const rows = [
      new Random(7, 3),
      new Random(8, 3),
      new Random(7, 4),
      new Random(3, 7),
      new Random(7 + 2 ** 32, 3),
    ];
    expect(new Set(rows.map((random) => draw(random, 3).join())).size).toBe(rows.length);
  });

  test('uniform() is in [0, 1), with the mean and the variance of the uniform distribution', () => {
    const numbers = draw(new Random(1, 0), 100_000);
    expect(Math.min(...numbers.slice(0, 50_000))).toBeGreaterThanOrEqual(0);
    expect(numbers.every((number) => number < 1)).toBe(true);
    const mean = numbers.reduce((sum, number) => sum + number, 0) / numbers.length;
    const variance = numbers.reduce((sum, number) => sum + (number - mean) ** 2, 0) / numbers.length;
    expect(mean).toBeCloseTo(0.5, 2);
    expect(variance).toBeCloseTo(1 / 12, 2);
  });

  test.each([1, 2, 3, 10, 33])(
    'below(%i) gives each number as often (chi-squared below its 99.9th percentile)',
    (limit) => {
      const random = new Random(5, 1);
      const counts = new Array<number>(limit).fill(0);
      for (let i = 0; i < 60_000; i++) counts[random.below(limit)]!++;
      const expected = 60_000 / limit;
      const chiSquared = counts.reduce((sum, count) => sum + (count - expected) ** 2 / expected, 0);
      expect(chiSquared).toBeLessThan(limit - 1 + 3.1 * Math.sqrt(2 * limit) + 6.4);
    },
  );

  test('below() reaches the whole range of large limits', () => {
    const random = new Random(9, 0);
    const numbers = Array.from({ length: 2000 }, () => random.below(2 ** 32));
    expect(Math.max(...numbers)).toBeGreaterThan(0.99 * 2 ** 32);
    expect(Math.min(...numbers)).toBeGreaterThanOrEqual(0);
  });

  test('shuffle() keeps all items and puts each in the first place as often', () => {
    const random = new Random(2, 0);
    const firsts = new Array<number>(5).fill(0);
    for (let i = 0; i < 10_000; i++) {
      const items = Int32Array.of(0, 1, 2, 3, 4);
      random.shuffle(items);
      expect([...items].sort()).toEqual([0, 1, 2, 3, 4]);
      firsts[items[0]!]!++;
    }
    for (const count of firsts) expect(Math.abs(count - 2000)).toBeLessThan(200);
  });
});
