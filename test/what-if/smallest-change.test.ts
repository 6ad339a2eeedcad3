import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { InputProfile } from '../../lib/evaluation/evaluation.ts';
import { predictProbabilities } from '../../lib/forest/predict.ts';
import type { TreeEnsemble } from '../../lib/forest/tree-ensemble.ts';
import { rankOf } from '../../lib/what-if/profile-rank.ts';
import { type Changeable, smallestChange } from '../../lib/what-if/smallest-change.ts';
import { stepsOf } from '../../lib/what-if/split-steps.ts';
import { ensembleShape, randomEnsemble, randomRows } from '../forest/random-ensemble.ts';

const profile: InputProfile = {
  name: 'x',
  missingShare: 0,
  edges: [-2, -1, 0, 1, 2],
  shares: [0.1, 0.2, 0.2, 0.3, 0.1, 0.1],
  median: 0,
  mean: 0,
};
const changeableOf = ({ featureCount }: TreeEnsemble, isWhole: boolean): Changeable[] =>
  Array.from({ length: featureCount }, (_, input) => ({ input, isWhole, profile }));

function scoreOf(ensemble: TreeEnsemble, row: Float32Array, changes: readonly (readonly [number, number])[]) {
  const changed = Float32Array.from(row);
  for (const [input, to] of changes) changed[input] = to;
  return predictProbabilities(ensemble, changed, 1)[0]!;
}

/** Every value of a fine grid that reaches beyond all split points, which stand at whole numbers from -2 to 2. */
const GRID = Array.from({ length: 33 }, (_, n) => (n - 16) / 4);
const small = ensembleShape({ features: 4, trees: 4, depth: 4 });
const share = fc.double({ min: 0.2, max: 0.95, noNaN: true });

function thresholdBelow(ensemble: TreeEnsemble, row: Float32Array, part: number): number {
  return scoreOf(ensemble, row, []) * part;
}

describe('smallestChange', () => {
  test('finds a single change wherever trying every value finds one, and none that is nearer is left', () => {
    fc.assert(
      fc.property(small, share, (shape, part) => {
        const ensemble = randomEnsemble(shape);
        const row = randomRows(shape.seed, 1, shape.features);
        const threshold = thresholdBelow(ensemble, row, part);
        const costOf = (input: number, to: number) =>
          Math.abs(rankOf(profile, to) - rankOf(profile, row[input]!));
        const working = GRID.flatMap((to) =>
          Array.from(row, (from, input) => ({ input, to, from }))
            .filter(({ from }) => !Number.isNaN(from))
            .filter(({ input }) => scoreOf(ensemble, row, [[input, to]]) < threshold - 1e-4)
            .map(({ input }) => costOf(input, to)),
        );
        const found = smallestChange(ensemble, row, threshold, changeableOf(ensemble, false));
        if (working.length > 0) {
          expect(found?.changes).toHaveLength(1);
          const [{ input, to }] = found!.changes as [{ input: number; to: number }];
          expect(costOf(input, to)).toBeLessThanOrEqual(Math.min(...working) + 1e-5);
        } else if (found?.changes.length === 1) {
          const [{ input, to }] = found.changes as [{ input: number; to: number }];
          expect(scoreOf(ensemble, row, [[input, to]])).toBeGreaterThan(threshold - 2e-4);
        }
      }),
      { numRuns: 400 },
    );
  });

  test('says the score that the record has with the change, which is under the threshold', () => {
    fc.assert(
      fc.property(small, share, fc.boolean(), (shape, part, isWhole) => {
        const ensemble = randomEnsemble(shape);
        const row = randomRows(shape.seed, 1, shape.features);
        const threshold = thresholdBelow(ensemble, row, part);
        const found = smallestChange(ensemble, row, threshold, changeableOf(ensemble, isWhole));
        if (found === null) return;
        const changes = found.changes.map(({ input, to }) => [input, to] as const);
        expect(found.score).toBe(scoreOf(ensemble, row, changes));
        expect(found.score).toBeLessThan(threshold);
        expect(new Set(changes.map(([input]) => input)).size).toBe(changes.length);
        if (isWhole) expect(changes.every(([, to]) => Number.isInteger(to))).toBe(true);
        for (const change of changes.length === 2 ? changes : [])
          expect(scoreOf(ensemble, row, [change])).toBeGreaterThanOrEqual(threshold - 1e-4);
      }),
      { numRuns: 400 },
    );
  });

  test('changes two features where neither does it alone', () => {
    const ensemble: TreeEnsemble = {
      featureCount: 2,
      treeStart: Int32Array.of(0, 3, 6),
      feature: Int32Array.of(0, -1, -1, 1, -1, -1),
      threshold: Float32Array.of(0.5, 0, 0, 0.5, 0, 0),
      left: Int32Array.of(1, 0, 0, 4, 0, 0),
      right: Int32Array.of(2, 0, 0, 5, 0, 0),
      missingLeft: new Uint8Array(6),
      cover: Float64Array.of(9, 4, 5, 9, 4, 5),
      value: Float64Array.of(0, 0.1, 0.4, 0, 0.1, 0.4),
      base: 0,
      link: 'identity',
    };
    const found = smallestChange(ensemble, Float32Array.of(1, 1), 0.3, changeableOf(ensemble, true));
    expect(found).toEqual({
      changes: [
        { input: 0, to: 0 },
        { input: 1, to: 0 },
      ],
      score: 0.2,
    });
    expect(smallestChange(ensemble, Float32Array.of(1, 1), 0.15, changeableOf(ensemble, true))).toBeNull();
  });
});

describe('stepsOf', () => {
  test('gives one value of each interval that the trees distinguish, but for the present one', () => {
    fc.assert(
      fc.property(small, fc.integer({ min: -12, max: 12 }), (shape, quarter) => {
        const ensemble = randomEnsemble(shape);
        const points = [...new Set(ensemble.threshold.filter((_, node) => ensemble.feature[node] === 0))];
        const intervalOf = (value: number) => points.filter((point) => Math.fround(value) > point).length;
        const steps = stepsOf(ensemble, 0, quarter / 4, false).map(intervalOf);
        expect(steps.toSorted((a, b) => a - b)).toEqual(
          Array.from({ length: points.length + 1 }, (_, n) => n).filter((n) => n !== intervalOf(quarter / 4)),
        );
      }),
    );
  });
});
