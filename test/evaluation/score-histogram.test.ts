import { describe, expect, test } from 'vitest';
import { ScoreHistogramCounter } from '../../lib/evaluation/score-histogram.ts';

describe('ScoreHistogramCounter', () => {
  test('counts scores by label in fifty bins, 1 in the last', () => {
    const counter = new ScoreHistogramCounter();
    counter.add(Float32Array.of(0, 0.019, 0.025, 1), Uint8Array.of(0, 1, 0, 1));
    counter.add(Float32Array.of(0.999), Uint8Array.of(0));
    const { negatives, positives } = counter.counts();
    expect([negatives.length, positives.length]).toEqual([50, 50]);
    expect([negatives[0], positives[0], positives[49], negatives[49]]).toEqual([1, 1, 1, 1]);
  });

  test('without labels counts everything as negative', () => {
    const counter = new ScoreHistogramCounter();
    counter.add(Float64Array.of(0.5, 0.5));
    expect(counter.counts().negatives[25]).toBe(2);
    expect(counter.counts().positives).toEqual(new Array(50).fill(0));
  });
});
