import { describe, expect, it } from 'vitest';
import { Random } from '../../samples/generators/random.ts';

function draw(count: number, next: (random: Random) => number): number[] {
  const random = new Random(5, 0);
  return Array.from({ length: count }, () => next(random));
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

describe('Random', () => {
  it('repeats itself for the same seed and stream, and differs for another of either', () => {
    const first = (seed: number, stream: number) => new Random(seed, stream).uniform();
    expect(first(5, 0)).toBe(first(5, 0));
    expect(first(5, 0)).not.toBe(first(6, 0));
    expect(first(5, 0)).not.toBe(first(5, 1));
  });

  it('normal() has mean 0 and variance 1', () => {
    const values = draw(20_000, (random) => random.normal());
    expect(mean(values)).toBeCloseTo(0, 1);
    expect(mean(values.map((value) => value * value))).toBeCloseTo(1, 1);
  });

  it('lognormal(median, sigma) lies below the median half of the time', () => {
    const below = draw(20_000, (random) => (random.lognormal(300, 0.8) < 300 ? 1 : 0));
    expect(mean(below)).toBeCloseTo(0.5, 1);
  });

  it('poisson(mean) has that mean', () => {
    expect(mean(draw(20_000, (random) => random.poisson(1.7)))).toBeCloseTo(1.7, 1);
  });

  it('integer(low, high) reaches both ends and nothing beyond', () => {
    const values = draw(2000, (random) => random.integer(-2, 3));
    expect([...new Set(values)].sort((a, b) => a - b)).toEqual([-2, -1, 0, 1, 2, 3]);
  });

  it('weighted() picks each name as often as its weight says', () => {
    const picks = draw(20_000, (random) => (random.weighted({ rare: 1, common: 3 }) === 'common' ? 1 : 0));
    expect(mean(picks)).toBeCloseTo(0.75, 1);
  });

  it('pick() refuses an empty list', () => {
    expect(() => new Random(1, 0).pick([])).toThrow('pick from an empty list');
  });
});
