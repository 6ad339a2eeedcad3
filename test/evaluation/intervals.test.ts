import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { logitEstimate, wilsonEstimate } from '../../lib/evaluation/intervals.ts';
import { normalWidth, studentWidth } from '../../lib/evaluation/normal-quantile.ts';
import { seededUniform } from './naive.ts';

describe('normalWidth(confidence)', () => {
  test.each([
    [0.5, 0.6744897501960817],
    [0.9, 1.6448536269514722],
    [0.95, 1.959963984540054],
    [0.99, 2.5758293035489004],
  ])('of %f is %f', (confidence, width) => {
    expect(normalWidth(confidence)).toBeCloseTo(width, 8);
  });

  test.each([0, 1, -0.5, Number.NaN])('refuses %d, which is no share', (confidence) => {
    expect(() => normalWidth(confidence)).toThrow(`confidence ${confidence} is not between 0 and 1`);
  });
});

describe('studentWidth(confidence, degreesOfFreedom)', () => {
  test.each([
    [15, 2.13145],
    [30, 2.042272],
    [Number.POSITIVE_INFINITY, 1.959964],
  ])('of 0.95 at %f degrees of freedom is %f', (degreesOfFreedom, width) => {
    expect(studentWidth(0.95, degreesOfFreedom)).toBeCloseTo(width, 4);
  });
});

test('studentWidth is off by less than the last term of its series at 30 degrees of freedom', () => {
  expect(Math.abs(studentWidth(0.95, 30) - 2.0422724563)).toBeLessThan(3e-6);
});

describe('logitEstimate(value, standardError, confidence)', () => {
  test('is as far to either side on the logit as the error there says', () => {
    const { value, low, high } = logitEstimate(0.8, 0.05, 0.95);
    const logit = (share: number) => Math.log(share / (1 - share));
    const reach = (1.959963984540054 * 0.05) / 0.16;
    expect(value).toBe(0.8);
    expect(logit(high!) - logit(0.8)).toBeCloseTo(reach, 8);
    expect(logit(0.8) - logit(low!)).toBeCloseTo(reach, 8);
  });

  test.each([
    [0, 0.1],
    [1, 0.1],
    [0.5, 0],
    [0.5, Number.NaN],
  ])('of %d with the error %d has no bounds', (value, error) => {
    expect(logitEstimate(value, error, 0.95)).toEqual({ value, low: null, high: null });
  });
});

describe('wilsonEstimate(share, trials, confidence)', () => {
  test('equals the published interval: 81 of 263 gives 0.2553 to 0.3662 (Newcombe 1998)', () => {
    const { low, high } = wilsonEstimate(81 / 263, 263, 0.95);
    expect(low).toBeCloseTo(0.2553, 4);
    expect(high).toBeCloseTo(0.3662, 4);
  });

  test('equals the published interval: 0 of 20 gives 0 to 0.1611 (Newcombe 1998)', () => {
    const { low, high } = wilsonEstimate(0, 20, 0.95);
    expect(low).toBe(0);
    expect(high).toBeCloseTo(0.1611, 4);
  });

  test('holds its value and stays within [0, 1]', () => {
    fc.assert(
      fc.property(
        fc.double({ min: 0, max: 1, noNaN: true }),
        fc.integer({ min: 1, max: 1e6 }),
        (share, trials) => {
          const { value, low, high } = wilsonEstimate(share, trials, 0.95);
          expect(0 <= low! && low! <= value && value <= high! && high! <= 1).toBe(true);
        },
      ),
    );
  });

  test('covers a true share of 3 % about as often as it says', () => {
    const uniform = seededUniform(17);
    let covered = 0;
    for (let trial = 0; trial < 2000; trial++) {
      let hits = 0;
      for (let draw = 0; draw < 150; draw++) if (uniform() < 0.03) hits++;
      const { low, high } = wilsonEstimate(hits / 150, 150, 0.95);
      if (low! <= 0.03 && 0.03 <= high!) covered++;
    }
    expect(covered / 2000).toBeGreaterThan(0.935);
    expect(covered / 2000).toBeLessThan(0.985);
  });

  test('of nothing is zero without bounds', () => {
    expect(wilsonEstimate(0, 0, 0.95)).toEqual({ value: 0, low: null, high: null });
  });
});
