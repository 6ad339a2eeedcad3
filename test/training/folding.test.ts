import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { makeTimeFolds } from '../../lib/evaluation/folds.ts';
import { noProgress } from '../../lib/progress.ts';
import { crossValidate } from '../../lib/training/cross-validation.ts';
import type { DatasetPart } from '../../lib/training/dataset.ts';
import { type Candidate, defaults } from '../../lib/training/fit-candidate.ts';
import { describeFolding, FOLDS, foldTraining } from '../../lib/training/folding.ts';
import { Random } from '../../samples/generators/random.ts';

const few: Candidate = {
  algorithm: 'forest',
  hyperParameters: { ...defaults.forest.hyperParameters, trees: 8 },
};
const options = { seed: 1, threads: 1, resample: 'none' } as const;

/** Rows one a period until periods are over, then again; every tenth is positive. */
function partOf(rows: number, { entities = 0, periods = 0, every = 10 }): DatasetPart {
  const random = new Random(1, 0);
  const labels = Uint8Array.from({ length: rows }, (_, row) => Number(row % every === 0));
  const values = Float32Array.from({ length: rows * 2 }, (_, at) =>
    at % 2 === 0 ? labels[at / 2]! + random.uniform() : random.uniform(),
  );
  const id = Array.from({ length: rows }, (_, row) => `r${row}`);
  return {
    data: { rows, columns: 2, values, labels },
    seq: [...id.keys()],
    id,
    entity: entities === 0 ? id : id.map((_, row) => `e${row % entities}`),
    period: periods === 0 ? null : id.map((_, row) => Math.floor((row / rows) * periods)),
    days: null,
    share: 1,
  };
}

describe('foldTraining', () => {
  test('with entities, cuts by them once, whatever the times and however few the positives', () => {
    const { cuts, by } = foldTraining(partOf(400, { entities: 37, periods: 60 }), 1);
    expect([cuts.length, by]).toEqual([1, 'entity']);
    expect(describeFolding({ cuts, by })).toBe('4 folds');
  });

  test('with times and no entities, cuts into spans of time', () => {
    const part = partOf(400, { periods: 60 });
    const { cuts, by } = foldTraining(part, 1);
    expect([cuts.length, by]).toEqual([1, 'time']);
    const byTime = [...cuts[0]!];
    expect(byTime).toEqual(byTime.toSorted((a, b) => a - b));
    expect(describeFolding({ cuts, by })).toBe('4 folds, each a span of time');
  });

  test('with neither and fewer than 100 positives, cuts up to five times, each another way', () => {
    const { cuts, by } = foldTraining(partOf(400, {}), 1);
    expect(by).toBe('record');
    expect(new Set(cuts.map((cut) => cut.join(''))).size).toBe(5);
    expect(describeFolding({ cuts, by })).toBe('5 times 4 folds, since fewer than 100 records are positive');
    expect(foldTraining(partOf(1_010, {}), 1).cuts).toHaveLength(1);
    expect(foldTraining(partOf(990, {}), 1).cuts).toHaveLength(5);
    expect(foldTraining(partOf(15_000, { every: 500 }), 1).cuts).toHaveLength(2);
    expect(foldTraining(partOf(30_001, { every: 500 }), 1).cuts).toHaveLength(1);
  });

  test('of several cuts, each row has the mean of its scores, and a candidate the mean of all folds', async () => {
    const { data } = partOf(200, {});
    const { cuts } = foldTraining(partOf(200, {}), 1);
    const [first, second] = [cuts[0]!, cuts[1]!];
    const both = await crossValidate(data, [first, second], [few], options, noProgress);
    const [one, other] = [
      await crossValidate(data, [first], [few], options, noProgress),
      await crossValidate(data, [second], [few], options, noProgress),
    ];
    expect(one.scores).not.toEqual(other.scores);
    for (const [row, score] of both.scores.entries())
      expect(score).toBeCloseTo((one.scores[row]! + other.scores[row]!) / 2, 6);
    expect(both.results[0]!.folds).toEqual([...one.results[0]!.folds, ...other.results[0]!.folds]);
    expect(both.results[0]!.folds).toHaveLength(2 * FOLDS);
  });
});

describe('makeTimeFolds(period, labels, k)', () => {
  test('keeps a period whole and spans in order, with both classes in each, or gives none', () => {
    const row = fc.record({ period: fc.integer({ min: 0, max: 30 }), label: fc.constantFrom(0, 1) });
    fc.assert(
      fc.property(fc.array(row, { minLength: 8, maxLength: 120 }), (rows) => {
        const period = rows.map((one) => one.period);
        const labels = Uint8Array.from(rows, ({ label }) => label);
        const folds = makeTimeFolds(period, labels, 4);
        if (folds === null) return;
        const ordered = [...rows.keys()].sort((a, b) => period[a]! - period[b]!);
        for (const [at, one] of ordered.entries()) {
          const before = ordered[at - 1] ?? one;
          expect(folds[one]! - folds[before]!).toBeGreaterThanOrEqual(0);
          if (period[one] === period[before]) expect(folds[one]).toBe(folds[before]);
        }
        for (let fold = 0; fold < 4; fold++)
          expect(new Set([...labels].filter((_, at) => folds[at] === fold)).size).toBe(2);
      }),
    );
  });

  test('gives none where positives come in one span only', () => {
    const period = Array.from({ length: 100 }, (_, row) => Math.floor(row / 5));
    const labels = Uint8Array.from({ length: 100 }, (_, row) => Number(row < 5));
    expect(makeTimeFolds(period, labels, 4)).toBeNull();
  });

  test('has like numbers of records and positives in each span', () => {
    const period = Array.from({ length: 6_000 }, (_, row) => Math.floor(row / 100));
    const labels = Uint8Array.from({ length: 6_000 }, (_, row) => Number(row % 10 === 0));
    const folds = makeTimeFolds(period, labels, 4)!;
    for (let fold = 0; fold < 4; fold++)
      expect(Math.abs([...folds].filter((one) => one === fold).length - 1_500)).toBeLessThanOrEqual(100);
  });
});
