import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { orderByScore } from '../../lib/evaluation/score-order.ts';

const naive = (scores: ArrayLike<number>) =>
  Array.from({ length: scores.length }, (_, row) => row).sort((a, b) => scores[b]! - scores[a]! || a - b);

describe('orderByScore(scores)', () => {
  test('equals a stable descending sort for any float64', () => {
    const number = fc.oneof(
      fc.double({ noNaN: true, noDefaultInfinity: true }),
      fc.constantFrom(0, -0, 1, -1),
    );
    fc.assert(
      fc.property(fc.array(number), (values) => {
        expect([...orderByScore(Float64Array.from(values))]).toEqual(naive(values));
      }),
    );
  });

  test('equals a stable descending sort for any float32', () => {
    const number = fc.oneof(
      fc.float({ noNaN: true, noDefaultInfinity: true }),
      fc.constantFrom(0, -0, 1, -1),
    );
    fc.assert(
      fc.property(fc.array(number), (values) => {
        expect([...orderByScore(Float32Array.from(values))]).toEqual(naive(values));
      }),
    );
  });

  test('leaves the scores as they were, and takes a part of a longer array', () => {
    const all = Float64Array.of(9, -0, 0.5, 0.7, 9);
    expect([...orderByScore(all.subarray(1, 4))]).toEqual([2, 1, 0]);
    expect(Object.is(all[1], -0)).toBe(true);
  });
});
