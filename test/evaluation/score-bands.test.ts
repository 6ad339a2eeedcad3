import { describe, expect, test } from 'vitest';
import { evaluate } from '../../lib/evaluation/evaluate.ts';
import { evaluateScoreBands } from '../../lib/evaluation/score-bands.ts';
import { Random } from '../../samples/generators/random.ts';

const random = new Random(1, 0);
const rows = 2000;
const scores = Float32Array.from({ length: rows }, () => random.uniform() ** 3);
/** Positive as often as the score says. */
const labels = Uint8Array.from(scores, (score) => (random.chance(score) ? 1 : 0));
const scored = { scores, labels, weights: undefined };

describe('the bands of flagged scores', () => {
  test('hold every flagged record once, the lowest from the threshold on, with its share of positives', () => {
    const bands = evaluateScoreBands(scored, 0.3, 0.95);
    expect(bands).toHaveLength(5);
    expect(bands[0]!.from).toBe(0.3);
    expect(bands.at(-1)!.to).toBe(1);
    const flagged = [...scores.keys()].filter((row) => scores[row]! >= 0.3);
    expect(bands.reduce((sum, { records }) => sum + records, 0)).toBe(flagged.length);
    for (const [at, band] of bands.entries()) {
      expect(band.to).toBe(bands[at + 1]?.from ?? 1);
      const own = flagged.filter((row) => scores[row]! >= band.from && (at === 4 || scores[row]! < band.to));
      expect(band.records).toBe(own.length);
      const share = own.reduce((sum, row) => sum + labels[row]!, 0) / own.length;
      expect(band.observed.value).toBeCloseTo(share, 12);
      expect(band.observed.low! < share && share < band.observed.high!).toBe(true);
    }
  });

  test('weigh as the records do', () => {
    const weights = Float64Array.from(labels, (label) => (label === 1 ? 1 : 10));
    const [plain, weighed] = [
      evaluateScoreBands(scored, 0.3, 0.95),
      evaluateScoreBands({ ...scored, weights }, 0.3, 0.95),
    ];
    const { value } = plain[0]!.observed;
    expect(weighed[0]!.observed.value).toBeCloseTo(value / (value + 10 * (1 - value)), 12);
  });

  test('keep equal scores together, and are fewer where there are few flags', () => {
    const two = Float32Array.from({ length: 200 }, (_, row) => (row < 150 ? 0.5 : 0.9));
    const known = { scores: two, labels: Uint8Array.from(two, (_, row) => row % 2), weights: undefined };
    expect(evaluateScoreBands(known, 0.4, 0.95).map(({ records }) => records)).toEqual([150, 50]);
    expect(evaluateScoreBands({ ...scored }, 0.99, 0.95)).toEqual([]);
  });

  test('are part of a card’s evaluation', () => {
    expect(evaluate(scores, labels, 0.3).scoreBands).toEqual(evaluateScoreBands(scored, 0.3, 0.95));
  });
});
