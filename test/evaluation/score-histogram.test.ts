import { describe, expect, test } from 'vitest';
import { ENTITY_GROUPS, entityGroup } from '../../lib/evaluation/entity-groups.ts';
import type { GroupedScores } from '../../lib/evaluation/evaluation.ts';
import {
  addScores,
  GroupedScoresCounter,
  ScoreHistogramCounter,
} from '../../lib/evaluation/score-histogram.ts';

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

/** Which bins hold anything, and how much. */
const filled = (bins: readonly number[]) => bins.flatMap((count, bin) => (count > 0 ? [[bin, count]] : []));

describe('GroupedScoresCounter', () => {
  const count = (records: readonly (readonly [number, boolean, number])[]): GroupedScores => {
    const counter = new GroupedScoresCounter();
    for (const [score, isPositive, group] of records) counter.add(score, isPositive, group);
    return counter.counts();
  };
  const shown = ({ negatives, positives, groups }: GroupedScores) => ({
    negatives: filled(negatives),
    positives: filled(positives),
    groups: groups?.map((one) => [one.group, filled(one.negatives), filled(one.positives)]),
  });

  test('counts all, and each group that has records by itself, in order of groups', () => {
    const counts = count([
      [0.5, false, 10],
      [0.5, true, 10],
      [1, true, 2],
      [-0.1, false, 2],
    ]);
    expect(shown(counts)).toEqual({
      negatives: [
        [0, 1],
        [25, 1],
      ],
      positives: [
        [25, 1],
        [49, 1],
      ],
      groups: [
        [2, [[0, 1]], [[49, 1]]],
        [10, [[25, 1]], [[25, 1]]],
      ],
    });
  });

  test('of several drops adds up, group by group', () => {
    const [one, other] = [
      count([[0.5, false, 10]]),
      count([
        [0.5, false, 10],
        [0.9, true, 3],
      ]),
    ];
    expect(shown(addScores([one, other]))).toEqual(
      shown(
        count([
          [0.5, false, 10],
          [0.5, false, 10],
          [0.9, true, 3],
        ]),
      ),
    );
    expect(addScores([])).toEqual({ negatives: [], positives: [], groups: [] });
  });

  test('has no groups where a drop that holds records has none, and counts of other lengths are added', () => {
    const one = count([[0.5, false, 10]]);
    const { groups: _, ...bare } = count([[0.5, true, 3]]);
    expect(shown(addScores([one, bare]))).toEqual({
      negatives: [[25, 1]],
      positives: [[25, 1]],
      groups: undefined,
    });
    // A drop without records says nothing of groups.
    expect(shown(addScores([one, { negatives: [0], positives: [0] }]))).toEqual(shown(one));
    const short = { negatives: [1, 2], positives: [0], groups: [] };
    expect(addScores([short, { negatives: [1], positives: [0, 4], groups: [] }])).toEqual({
      negatives: [2, 2],
      positives: [0, 4],
      groups: [],
    });
  });
});

test('an entity is always of the same group, and entities are of all of them', () => {
  const groups = Array.from({ length: 500 }, (_, at) => entityGroup(`A${at}`));
  expect(groups).toEqual(Array.from({ length: 500 }, (_, at) => entityGroup(`A${at}`)));
  expect(new Set(groups)).toEqual(new Set(Array.from({ length: ENTITY_GROUPS }, (_, group) => group)));
});
