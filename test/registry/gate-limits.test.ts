import { describe, expect, test } from 'vitest';
import type { Acceptance } from '../../lib/packs/pack.ts';
import type { GateInput, ScoredBy } from '../../lib/registry/gate-input.ts';
import {
  judgeRecall,
  judgeRecallFloor,
  judgeVolume,
  sayOutcome,
  signed,
} from '../../lib/registry/gate-limits.ts';
import { eachAlone } from '../helpers/each-alone.ts';

const acceptance: Acceptance = {
  ...{ minLabels: 1, minPositives: 1, maxLoss: 0.05, maxRecallLoss: 0.125, maxFlagGrowth: 1.5 },
  ...{ maxSegmentLoss: 0.05, recallFloor: null, metric: 'pr_auc' },
};
/** Flags these of `rows` records, each with a score that is just the threshold. */
const flagging = (rows: number, ...flagged: number[]): ScoredBy => ({
  ...{ version: 'm', threshold: 0.5 },
  scores: Float32Array.from({ length: rows }, (_, row) => (flagged.includes(row) ? 0.5 : 0.4999)),
});
const upTo = (last: number) => Array.from({ length: last }, (_, row) => row);
/** The first of them are positive. */
const labelled = (rows: number, positives: number) =>
  Uint8Array.from({ length: rows }, (_, row) => (row < positives ? 1 : 0));
const inputOf = (
  labels: Uint8Array,
  champion: ScoredBy | null,
  challenger: ScoredBy,
  weights?: Float64Array,
): Pick<GateInput, 'champion' | 'challenger' | 'labels' | 'weights' | 'acceptance'> => ({
  ...{ champion, challenger, labels, acceptance },
  ...(weights !== undefined && { weights }),
});
const bare = { champion: null, challenger: null, difference: null, positivesNeeded: null };

describe('the share of positives found', () => {
  const labels = labelled(16, 8);
  /** As if one entity held all positives: nothing is known, and intervals end at −1 and 1. */
  const one = { clusters: eachAlone(16), positiveEntities: 1 };
  const close = (value: number, low: number, high: number) => ({
    ...{ value, low: expect.closeTo(low, 9), high: expect.closeTo(high, 9) },
  });

  test('is as good where both flag the same records, by Wilson’s interval of so many entities', () => {
    const [champion, challenger] = [flagging(16, 0, 1, 2, 3, 8), flagging(16, 0, 1, 2, 3, 8)];
    const half = close(0.5, 0.05462075552885193, 0.9453792444711481);
    expect(judgeRecall(inputOf(labels, champion, challenger), one)).toEqual({
      ...{ id: 'recall', passed: true, outcome: 'passed', limit: 0.125, positivesNeeded: null },
      ...{ champion: half, challenger: half, difference: { value: 0, low: 0, high: 0 } },
      sentence:
        'At its threshold it finds 50.0% of the held-out positives, the present model at its own 50.0%: a difference of +0.000 [+0.000, +0.000]; it is shown to be no worse by 0.125.',
    });
  });

  test('cannot be distinguished where nothing is known, and says how many positives could show it', () => {
    const [champion, challenger] = [flagging(16, 0, 1, 2, 3, 8), flagging(16, 0, 1, 2, 8, 9)];
    // (1.959964 + 0.841621) / 1.959964 widths of 1.125 by a margin of 0.125: squared, times 8 positives.
    expect(judgeRecall(inputOf(labels, champion, challenger), one)).toEqual({
      ...{ id: 'recall', passed: false, outcome: 'not_enough_data', limit: 0.125, positivesNeeded: 1324 },
      champion: close(0.5, 0.05462075552885193, 0.9453792444711481),
      challenger: expect.objectContaining({ value: 0.375 }),
      difference: { value: -0.125, low: -1, high: 1 },
      sentence:
        'At its threshold it finds 37.5% of the held-out positives, the present model at its own 50.0%: a difference of −0.125 [−1.000, +1.000]; whether it is lower by 0.125 cannot be distinguished from 8 positives; about 1,324 held-out positives would show it.',
    });
  });

  test('weighs as the records do', () => {
    const weights = Float64Array.from({ length: 16 }, (_, row) => (row === 0 ? 9 : 1));
    const judged = judgeRecall(inputOf(labels, flagging(16, 0), flagging(16, 1), weights), one);
    expect([judged.champion?.value, judged.challenger?.value]).toEqual([9 / 16, 1 / 16]);
  });

  test('must reach a floor, and reaches it at the floor itself', () => {
    const input = inputOf(labels, null, flagging(16, 0, 1, 2, 3));
    const floor = (share: number) => judgeRecallFloor(input, share, { ...one, positiveEntities: 10 });
    const sentence = (share: string) =>
      `It finds 50.0% [23.7%, 76.3%] of the held-out positives at its threshold; at least ${share} are asked for.`;
    const known = {
      ...bare,
      id: 'recall_floor',
      challenger: close(0.5, 0.236593090512564, 0.763406909487436),
    };
    expect(floor(0.5)).toEqual({
      ...{ ...known, passed: true, outcome: 'passed', limit: 0.5, sentence: sentence('50.0%') },
    });
    expect(floor(0.501)).toEqual({
      ...{ ...known, passed: false, outcome: 'failed', limit: 0.501, sentence: sentence('50.1%') },
    });
  });
});

describe('a first model', () => {
  const rows = 400;
  const labels = labelled(rows, 200);
  const known = { clusters: eachAlone(rows), positiveEntities: 200 };
  const judge = (found: number, wrong: number) => {
    const flagged = [...upTo(found), ...upTo(wrong).map((row) => 200 + row)];
    return judgeRecall(inputOf(labels, null, flagging(rows, ...flagged)), known);
  };
  const sentence = (found: string, wrong: string, end: string) =>
    `At its threshold it flags ${found} of the held-out positives and ${wrong} of the negatives; ${end}.`;

  // Of 200 and 200 the difference of two shares of about a half has an error of 0.05.
  test.each([
    [120, 80, 'passed', sentence('60.0%', '40.0%', 'it separates the two')],
    [104, 96, 'not_enough_data', sentence('52.0%', '48.0%', 'that may be chance')],
    [100, 100, 'failed', sentence('50.0%', '50.0%', 'it does not separate the two')],
    [80, 120, 'failed', sentence('40.0%', '60.0%', 'it does not separate the two')],
  ] as const)(
    'finds %d of 200 positives and flags %d of 200 negatives: %s',
    (found, wrong, outcome, said) => {
      expect(judge(found, wrong)).toEqual({
        ...{ ...bare, id: 'recall', passed: outcome === 'passed', outcome, limit: null, sentence: said },
        challenger: expect.objectContaining({ value: found / 200 }),
      });
    },
  );

  test('is known by as many entities as have positives', () => {
    const flagged = flagging(rows, ...upTo(100));
    const { challenger } = judgeRecall(inputOf(labels, null, flagged), { ...known, positiveEntities: 10 });
    expect(challenger!.low).toBeCloseTo(0.236593090512564, 9);
  });
});

describe('the share flagged', () => {
  const judge = (positives: number, champion: number | null, own: number) => {
    const was = champion === null ? null : flagging(16, ...upTo(champion));
    return judgeVolume(inputOf(labelled(16, positives), was, flagging(16, ...upTo(own))));
  };
  const estimate = (value: number) => ({ value, low: null, high: null });
  const verdict = (passed: boolean) => ({
    ...{ ...bare, id: 'flag_volume', passed, outcome: passed ? 'passed' : 'failed' },
  });

  test('may grow by so much, and not more', () => {
    const known = { limit: 0.375, champion: estimate(0.25) };
    expect(judge(2, 4, 6)).toEqual({
      ...{ ...verdict(true), ...known, challenger: estimate(0.375) },
      sentence:
        'At its threshold it flags 37.5% of the held-out records, the present model at its own 25.0%; some, and at most 37.5%, are asked for.',
    });
    expect(judge(2, 4, 7)).toEqual({
      ...{ ...verdict(false), ...known, challenger: estimate(0.4375) },
      sentence:
        'At its threshold it flags 43.8% of the held-out records, the present model at its own 25.0%; some, and at most 37.5%, are asked for.',
    });
  });

  test('may be that of the positives, whatever the champion flags, and never more than all', () => {
    expect(judge(8, 4, 8)).toMatchObject({ passed: true, limit: 0.5 });
    expect(judge(8, 12, 16)).toMatchObject({ passed: true, limit: 1 });
  });

  test('is not to be none', () => {
    expect(judge(2, 4, 0)).toMatchObject({ passed: false, challenger: estimate(0) });
  });

  test('of a first model is three times that of the positives at most', () => {
    expect(judge(2, null, 6)).toEqual({
      ...{ ...verdict(true), limit: 0.375, challenger: estimate(0.375) },
      sentence:
        'At its threshold it flags 37.5% of the held-out records; some, and at most 37.5%, are asked for.',
    });
  });

  // Half of the negatives; one in twenty where nothing is positive; a champion that flags nothing is no measure.
  test.each([
    [8, null, 0.75],
    [0, null, 0.05],
    [2, 0, 0.375],
  ])('with %d of 16 positive and a champion that flags %j is %d at most', (positives, champion, limit) => {
    expect(judge(positives, champion, 1)).toMatchObject({
      ...{ limit, champion: champion === null ? null : estimate(0) },
    });
  });

  test('weighs as the records do', () => {
    const weights = Float64Array.from({ length: 16 }, (_, row) => (row === 0 ? 17 : 1));
    const input = inputOf(labelled(16, 1), null, flagging(16, 0), weights);
    expect(judgeVolume(input)).toMatchObject({ limit: (1 + 17 / 32) / 2, challenger: estimate(17 / 32) });
  });
});

test('the end of a sentence says what is shown, or what would show it', () => {
  expect([
    sayOutcome('passed', 0.05, 1200, null),
    sayOutcome('failed', 0.05, 1200, null),
    sayOutcome('not_enough_data', 0.05, 1200, 3400),
    sayOutcome('not_enough_data', 0.05, 1200, null),
  ]).toEqual([
    'it is shown to be no worse by 0.05.',
    'at most 0.05 lower is allowed.',
    'whether it is lower by 0.05 cannot be distinguished from 1,200 positives; about 3,400 held-out positives would show it.',
    'whether it is lower by 0.05 cannot be distinguished from 1,200 positives.',
  ]);
});

test('a difference has a sign, of which none is a plus', () => {
  expect(signed({ value: 0, low: -0.1234, high: 0.5 })).toBe('+0.000 [−0.123, +0.500]');
});
