import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { InputError } from '../../lib/errors.ts';
import { chooseThreshold } from '../../lib/evaluation/choose-threshold.ts';
import type { ThresholdPolicy } from '../../lib/packs/pack.ts';
import { scored } from './arbitraries.ts';
import { naiveConfusion } from './naive.ts';

/** What every distinct score, taken as the threshold, would reach; highest first. */
function everyThreshold(scores: Float32Array, labels: Uint8Array) {
  const thresholds = [...new Set(scores)].sort((a, b) => b - a);
  return thresholds.map((threshold) => {
    const { tp, fp, fn } = naiveConfusion(scores, labels, threshold);
    return { flagged: tp + fp, recall: tp / (tp + fn), f1: (2 * tp) / (2 * tp + fp + fn) };
  });
}

const flaggedBy = (scores: Float32Array, threshold: number) =>
  scores.filter((score) => score >= threshold).length;

describe('chooseThreshold(scores, labels, policy)', () => {
  test('max_f1 reaches the best F1 of all thresholds, with the fewest flags that do', () => {
    fc.assert(
      fc.property(scored, ({ scores, labels }) => {
        const { value, reached } = chooseThreshold(scores, labels, { policy: 'max_f1' });
        const all = everyThreshold(scores, labels);
        const best = Math.max(...all.map(({ f1 }) => f1));
        expect(reached.f1).toBe(best);
        expect(reached.flagged).toBe(all.find(({ f1 }) => f1 === best)!.flagged);
        expect(flaggedBy(scores, value)).toBe(reached.flagged);
      }),
    );
  });

  test('min_recall takes the highest threshold that finds enough', () => {
    fc.assert(
      fc.property(scored, fc.constantFrom(0.01, 0.3, 0.5, 0.9, 1), ({ scores, labels }, recall) => {
        const { value, reached } = chooseThreshold(scores, labels, { policy: 'min_recall', recall });
        const wanted = everyThreshold(scores, labels).find((one) => one.recall >= recall - 1e-9)!;
        expect(reached.flagged).toBe(wanted.flagged);
        expect(reached.recall).toBe(wanted.recall);
        expect(flaggedBy(scores, value)).toBe(reached.flagged);
      }),
    );
  });

  test('min_recall counts 7 of 100 positives as 0.07, though 0.07 × 100 is a bit over 7', () => {
    const scores = Float32Array.from({ length: 100 }, (_, row) => 1 - row / 200);
    const labels = new Uint8Array(100).fill(1);
    expect(chooseThreshold(scores, labels, { policy: 'min_recall', recall: 0.07 }).reached.flagged).toBe(7);
    expect(chooseThreshold(scores, labels, { policy: 'min_recall', recall: 0.071 }).reached.flagged).toBe(8);
  });

  test('capacity flags the most that fit, never more, keeping equal scores together', () => {
    fc.assert(
      fc.property(scored, fc.integer({ min: 1, max: 20 }), ({ scores, labels }, days) => {
        const counts = everyThreshold(scores, labels).map(({ flagged }) => flagged);
        const capacity = Math.floor(1.5 * days);
        const fitting = counts.filter((count) => count <= capacity).at(-1);
        const choose = () => chooseThreshold(scores, labels, { policy: 'capacity', perDay: 1.5 }, { days });
        if (fitting === undefined) {
          expect(choose).toThrow(InputError);
          return;
        }
        const { value, reached } = choose();
        expect(reached.flagged).toBe(fitting);
        expect(reached.flaggedPerDay).toBe(fitting / days);
        expect(flaggedBy(scores, value)).toBe(fitting);
      }),
    );
  });

  test('what it reaches is counted on the same records, by day where days are known', () => {
    const scores = Float32Array.of(0.9, 0.8, 0.6, 0.2);
    const labels = Uint8Array.of(1, 0, 1, 0);
    const policy: ThresholdPolicy = { policy: 'min_recall', recall: 0.5 };
    const { reached } = chooseThreshold(scores, labels, policy);
    expect(reached).toEqual({
      ...{ flagged: 1, flaggedShare: 0.25, precision: 1, recall: 0.5 },
      ...{ f1: 2 / 3, flaggedPerDay: null },
    });
    expect(chooseThreshold(scores, labels, { policy: 'max_f1' }, { days: 2 }).reached).toEqual({
      ...{ flagged: 3, flaggedShare: 0.75, precision: 2 / 3, recall: 1 },
      ...{ f1: 0.8, flaggedPerDay: 1.5 },
    });
  });

  test('the threshold is a float32 halfway between the scores that it parts', () => {
    const scores = Float32Array.of(0.8, 0.6, 0.2);
    const { value } = chooseThreshold(scores, Uint8Array.of(1, 1, 0), { policy: 'max_f1' });
    expect(value).toBe(Math.fround(value));
    expect(value).toBeCloseTo(0.4, 6);
  });

  test('between neighbouring float32 scores the threshold is the upper one', () => {
    const upper = Math.fround(0.5);
    const lower = upper - 2 ** -25;
    const { value } = chooseThreshold(Float32Array.of(upper, lower), Uint8Array.of(1, 0), {
      policy: 'max_f1',
    });
    expect(value).toBe(upper);
    const above = 0.5 + 2 ** -24;
    const rounded = chooseThreshold(Float32Array.of(above, 0.5), Uint8Array.of(1, 0), { policy: 'max_f1' });
    expect(rounded.value).toBe(above);
  });

  test('where all are flagged the threshold lies between the lowest score and 0', () => {
    const everything: ThresholdPolicy = { policy: 'min_recall', recall: 1 };
    expect(chooseThreshold(Float32Array.of(0.5, 0.25), Uint8Array.of(0, 1), everything).value).toBe(0.125);
    expect(chooseThreshold(Float32Array.of(0.5, 0), Uint8Array.of(0, 1), everything).value).toBe(0);
  });

  test('float64 scores are compared as the float32 that a decision stores', () => {
    const scores = Float64Array.of(0.1, 0.1 + 1e-12, 0.9);
    const { reached } = chooseThreshold(scores, Uint8Array.of(0, 1, 0), { policy: 'min_recall', recall: 1 });
    expect(reached.flagged).toBe(3);
  });

  test.each<[string, ThresholdPolicy, { days?: number }, string]>([
    ['no positives', { policy: 'max_f1' }, {}, 'max_f1 needs labelled positives; found none among 2 records'],
    ['a recall over 1', { policy: 'min_recall', recall: 1.2 }, {}, 'found none'],
    ['no days', { policy: 'capacity', perDay: 5 }, {}, 'needs the number of days'],
    ['a span of no days', { policy: 'capacity', perDay: 5 }, { days: 0 }, 'needs the number of days'],
    [
      'more ties than room',
      { policy: 'capacity', perDay: 0.5 },
      { days: 3 },
      'room for 1 records, and 2 records share the highest score',
    ],
  ])('refuses %s, saying what was found', (_, policy, options, message) => {
    const attempt = () => chooseThreshold(Float32Array.of(0.4, 0.4), Uint8Array.of(0, 0), policy, options);
    expect(attempt).toThrow(InputError);
    expect(attempt).toThrow(message);
  });

  test('refuses a recall outside (0, 1] and an empty column', () => {
    const policy: ThresholdPolicy = { policy: 'min_recall', recall: 1.2 };
    expect(() => chooseThreshold(Float32Array.of(0.4), Uint8Array.of(1), policy)).toThrow('has recall 1.2');
    expect(() => chooseThreshold(Float32Array.of(0.4), Uint8Array.of(1), { ...policy, recall: 0 })).toThrow(
      'has recall 0; expected more than 0 and at most 1',
    );
    expect(() => chooseThreshold(new Float32Array(0), new Uint8Array(0), policy)).toThrow(
      'no scored records',
    );
  });

  test('capacity needs no positives: recall is then null', () => {
    const { reached } = chooseThreshold(
      Float32Array.of(0.4, 0.3),
      Uint8Array.of(0, 0),
      { policy: 'capacity', perDay: 1 },
      { days: 1 },
    );
    expect(reached).toMatchObject({ flagged: 1, recall: null, precision: 0, f1: 0 });
  });
});
