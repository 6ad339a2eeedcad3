import { describe, expect, test } from 'vitest';
import { Random } from '../../lib/forest/random.ts';
import { drawWithReplacement } from '../../lib/forest/train/weighted-draw.ts';

const sum = (drawn: Uint32Array): number => drawn.reduce((total, count) => total + count, 0);

describe('drawWithReplacement', () => {
  test('draws as many rows as there are, none of weight 0', () => {
    const weights = Float64Array.from({ length: 90 }, (_, row) => row % 3);
    for (let stream = 0; stream < 200; stream++) {
      const drawn = drawWithReplacement(weights, new Random(1, stream));
      expect(sum(drawn)).toBe(90);
      expect(sum(drawn.filter((_, row) => weights[row] === 0))).toBe(0);
    }
  });

  test('draws each row in proportion to its weight, independently (chi-squared below its 99.9th percentile)', () => {
    const weights = Float64Array.of(0, 1, 2, 3, 0.5, 0, 8, 1.5, 4, 0);
    const totals = new Float64Array(10);
    let squares = 0;
    for (let stream = 0; stream < 20_000; stream++) {
      const drawn = drawWithReplacement(weights, new Random(2, stream));
      drawn.forEach((count, row) => {
        totals[row]! += count;
      });
      squares += (drawn[6]! - 4) ** 2;
    }
    let chiSquared = 0;
    for (const [row, weight] of weights.entries()) {
      if (weight > 0) chiSquared += (totals[row]! - 10_000 * weight) ** 2 / (10_000 * weight);
    }
    expect(chiSquared).toBeLessThan(22.5);
    // The count of a row of share 0.4 among 10 draws is binomial: variance 10 × 0.4 × 0.6.
    expect(squares / 20_000).toBeCloseTo(2.4, 1);
  });

  test('leaves out 1/e of the rows of equal weight', () => {
    const drawn = drawWithReplacement(new Float64Array(20_000).fill(1), new Random(3, 0));
    expect(drawn.filter((count) => count === 0).length / 20_000).toBeCloseTo(Math.exp(-1), 2);
  });

  test('the first and the last row are as likely as the others', () => {
    const totals = new Float64Array(4);
    for (let stream = 0; stream < 20_000; stream++) {
      drawWithReplacement(new Float64Array(4).fill(1), new Random(4, stream)).forEach((count, row) => {
        totals[row]! += count;
      });
    }
    for (const total of totals) expect(Math.abs(total - 20_000)).toBeLessThan(600);
  });
});
