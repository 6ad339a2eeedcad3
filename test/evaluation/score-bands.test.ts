import { describe, expect, test } from 'vitest';
import { estimateShare } from '../../lib/evaluation/clustered-estimates.ts';
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

  test('hold a record at the threshold and one of the score 1, and the mean of the scores by weight', () => {
    const own = Float64Array.from({ length: 40 }, (_, row) => (row < 20 ? 0.5 : 1));
    const known = { scores: own, labels: Uint8Array.from(own, (_, row) => row % 2), weights: undefined };
    const bands = evaluateScoreBands(known, 0.5, 0.95);
    expect(bands.map(({ from, to, records, score }) => [from, to, records, score])).toEqual([
      [0.5, 1, 20, 0.5],
      [1, 1, 20, 1],
    ]);
    const one = {
      scores: Float64Array.from({ length: 20 }, (_, row) => (row % 2 === 0 ? 0.6 : 0.8)),
      labels: Uint8Array.from({ length: 20 }, (_, row) => row % 2),
      weights: Float64Array.from({ length: 20 }, (_, row) => (row % 2 === 0 ? 3 : 1)),
    };
    expect(evaluateScoreBands(one, 0.5, 0.95)[0]!.score).toBeCloseTo(0.65, 12);
  });

  test('have intervals of entities where records have them', () => {
    const entity = { code: Int32Array.from(scores, (_, row) => row % 30), count: 30 };
    const bands = evaluateScoreBands(scored, 0.3, 0.95, { entity, period: null });
    const plain = evaluateScoreBands(scored, 0.3, 0.95);
    for (const [at, { observed }] of bands.entries()) {
      expect(observed.value).toBeCloseTo(plain[at]!.observed.value, 12);
      expect(observed.low).not.toBeCloseTo(plain[at]!.observed.low!, 6);
      const { from, to } = bands[at]!;
      const isOf = (row: number) => scores[row]! >= from && (at === 4 || scores[row]! < to);
      const share = { rows, part: (row: number) => labels[row]!, isOf, weights: undefined };
      expect(observed).toEqual(estimateShare(share, { entity, period: null }, 0.95));
    }
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
