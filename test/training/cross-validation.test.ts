import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { averagePrecision } from '../../lib/evaluation/average-precision.ts';
import { makeFolds } from '../../lib/evaluation/folds.ts';
import { rocAuc } from '../../lib/evaluation/roc-auc.ts';
import { predictProbabilities } from '../../lib/forest/predict.ts';
import { ModelScorer } from '../../lib/forest/score/model-scorer.ts';
import type { TrainingSet } from '../../lib/forest/training-set.ts';
import { noProgress } from '../../lib/progress.ts';
import { crossValidate } from '../../lib/training/cross-validation.ts';
import { type Candidate, defaults, fitCandidate } from '../../lib/training/fit-candidate.ts';
import { selectRows } from '../../lib/training/read-matrix.ts';
import { Random } from '../../samples/generators/random.ts';

const columns = 3;
const rows = 240;
const options = { seed: 1, threads: 1, resample: 'none' } as const;
const few: Candidate = {
  algorithm: 'forest',
  hyperParameters: { ...defaults.forest.hyperParameters, trees: 8 },
};

/** The first column gives the label, mostly; the entity of a row is its tenth of the rows, shuffled. */
function makeData(seed: number): { data: TrainingSet; entities: string[] } {
  const random = new Random(seed, 0);
  const values = Float32Array.from({ length: rows * columns }, () => random.uniform());
  const labels = Uint8Array.from({ length: rows }, (_, row) =>
    Number(random.chance(values[row * columns]! > 0.7 ? 0.5 : 0.02)),
  );
  const entities = Array.from({ length: rows }, () => `e${random.integer(0, 23)}`);
  return { data: { rows, columns, values, labels }, entities };
}

const { data, entities } = makeData(3);
const folds = makeFolds(entities, data.labels, 4, 1);
const placesOf = (test: (fold: number) => boolean): Int32Array =>
  Int32Array.from(folds.keys()).filter((row) => test(folds[row]!));

describe('crossValidate', () => {
  test('scores each row by a model of the other folds, whose rows share no entity with it', async () => {
    const { scores, results } = await crossValidate(data, [folds], [few], options, noProgress);
    for (let fold = 0; fold < 4; fold++) {
      const inside = placesOf((other) => other !== fold);
      const outside = placesOf((other) => other === fold);
      const seen = new Set([...inside].map((row) => entities[row]!));
      expect([...outside].filter((row) => seen.has(entities[row]!))).toEqual([]);
      const { ensemble } = await fitCandidate(few, selectRows(data, inside), options);
      const naive = predictProbabilities(ensemble, selectRows(data, outside).values, outside.length);
      outside.forEach((row, i) => {
        expect(Math.abs(scores[row]! - naive[i]!)).toBeLessThan(1e-6);
      });
      const labels = Uint8Array.from(outside, (row) => data.labels[row]!);
      expect(results[0]!.folds[fold]!.prAuc).toBeCloseTo(averagePrecision(naive, labels), 9);
      expect(results[0]!.folds[fold]!.rocAuc).toBeCloseTo(rocAuc(naive, labels), 9);
    }
    expect(results[0]!.meanPrAuc).toBeCloseTo(
      results[0]!.folds.reduce((sum, { prAuc }) => sum + prAuc, 0) / 4,
      12,
    );
  });

  test.each([
    few,
    { algorithm: 'boosting', hyperParameters: { ...defaults.boosting.hyperParameters, trees: 8 } } as const,
  ])(
    "a fold's own labels do not move its scores, only those of the other folds ($algorithm)",
    async (candidate) => {
      const before = await crossValidate(data, [folds], [candidate], options, noProgress);
      const flipped = data.labels.map((label, row) => (folds[row] === 2 ? 1 - label : label));
      const after = await crossValidate(
        { ...data, labels: flipped },
        [folds],
        [candidate],
        options,
        noProgress,
      );
      const scoresOf = (scores: Float32Array, test: (fold: number) => boolean): number[] =>
        [...placesOf(test)].map((row) => scores[row]!);
      expect(scoresOf(after.scores, (fold) => fold === 2)).toEqual(
        scoresOf(before.scores, (fold) => fold === 2),
      );
      expect(scoresOf(after.scores, (fold) => fold !== 2)).not.toEqual(
        scoresOf(before.scores, (fold) => fold !== 2),
      );
    },
  );

  test.each(['smote', 'undersample'] as const)(
    '%s makes its rows of the training rows of a fold, and scores every row as it came',
    async (resample) => {
      const settings = { ...options, resample };
      const { scores } = await crossValidate(data, [folds], [few], settings, noProgress);
      expect(scores).not.toEqual((await crossValidate(data, [folds], [few], options, noProgress)).scores);
      for (let fold = 0; fold < 4; fold++) {
        const outside = placesOf((other) => other === fold);
        const { ensemble } = await fitCandidate(
          few,
          selectRows(
            data,
            placesOf((other) => other !== fold),
          ),
          settings,
        );
        const naive = predictProbabilities(ensemble, selectRows(data, outside).values, outside.length);
        outside.forEach((row, i) => {
          expect(Math.abs(scores[row]! - naive[i]!)).toBeLessThan(1e-6);
        });
      }
    },
  );

  test('chooses the candidate with the best mean PR-AUC, whatever its place, and gives its scores', async () => {
    const stump: Candidate = {
      algorithm: 'forest',
      hyperParameters: { ...few.hyperParameters, trees: 1, maxDepth: 1, maxFeatures: 0.2 },
    };
    const alone = await crossValidate(data, [folds], [few], options, noProgress);
    for (const candidates of [
      [stump, few],
      [few, stump],
    ]) {
      const both = await crossValidate(data, [folds], candidates, options, noProgress);
      const [best] = [...both.results].sort((a, b) => b.meanPrAuc - a.meanPrAuc);
      expect(both.results.map(({ hyperParameters }) => hyperParameters)).toEqual(
        candidates.map(({ hyperParameters }) => hyperParameters),
      );
      expect(both.results.filter(({ chosen }) => chosen)).toEqual([best]);
      expect(best!.hyperParameters).toEqual(few.hyperParameters);
      expect(both.best).toBe(few);
      expect(both.scores).toEqual(alone.scores);
    }
  });

  test('closes the scorer of a fold also where scoring fails', async () => {
    const close = vi.spyOn(ModelScorer.prototype, 'close');
    const score = vi.spyOn(ModelScorer.prototype, 'score').mockRejectedValue(new Error('no memory'));
    onTestFinished(() => {
      close.mockRestore();
      score.mockRestore();
    });
    await expect(crossValidate(data, [folds], [few], options, noProgress)).rejects.toThrow('no memory');
    expect(close).toHaveBeenCalledTimes(1);
  });

  test('of candidates that are equal the first is chosen', async () => {
    const twin = { ...few };
    const { best, results } = await crossValidate(data, [folds], [few, twin], options, noProgress);
    expect(best).toBe(few);
    expect(results.map(({ chosen }) => chosen)).toEqual([true, false]);
  });

  test('reports its progress upwards to its end', async () => {
    const shares: number[] = [];
    const progress = { stage: () => {}, share: (share: number) => shares.push(share) };
    await crossValidate(data, [folds], [few, few], options, progress);
    expect(shares).toEqual([...shares].sort((a, b) => a - b));
    expect(shares[0]!).toBeGreaterThan(0);
    expect(shares.at(-1)).toBeCloseTo(1, 9);
  });
});
