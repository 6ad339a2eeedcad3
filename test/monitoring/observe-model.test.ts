import { expect, test } from 'vitest';
import type { MeasuredDrop } from '../../lib/monitoring/measured-drop.ts';
import { observeModel, type SeenReview } from '../../lib/monitoring/observe-model.ts';

const card = { profiles: [] };

function dropOf(drop: string, changes: Partial<MeasuredDrop> = {}): MeasuredDrop {
  return {
    ...{ format: 'assay-measured-drop/1', drop, domain: 'shop', model: 'm', at: '2026-01-01T00:00:00Z' },
    ...{ received: 110, rejected: 10, scored: 100, flagged: 4, belowTheLine: 0.1 },
    inputs: { rows: 100, counts: [], low: [], high: [] },
    scores: { negatives: [96, 0], positives: [0, 4] },
    reasons: [],
    ...changes,
  };
}

function reviewOf(flag: string, changes: Partial<SeenReview> = {}): SeenReview {
  return {
    ...{ flag, version: 1, kind: 'open', verdict: 'true_positive', reason: 'seen', note: null, by: 'ann' },
    ...{ at: '2026-01-02T00:00:00Z', why: 'flag', drop: 'd1', raisedAt: '2026-01-01T00:00:00Z' },
    ...changes,
  };
}

test('counts add up over drops; every flag has a time, reviewed or not', () => {
  const seen = observeModel(
    card,
    [dropOf('d1'), dropOf('d2')],
    [
      reviewOf('f1'),
      reviewOf('f2', { verdict: 'false_positive', drop: 'd2' }),
      reviewOf('f3', { verdict: 'inconclusive' }),
      reviewOf('f9', { drop: 'another' }),
    ],
  );
  expect(seen.flags).toMatchObject({ flagged: 8, truePositives: 1, falsePositives: 1 });
  expect([seen.received, seen.rejected, seen.scores.negatives[0]]).toEqual([220, 20, 192]);
  expect(seen.times).toHaveLength(8);
  expect(seen.times.filter(({ reviewedAt }) => reviewedAt === null)).toHaveLength(5);
});

test('records below the line are a stratum for each share that was drawn, and no flags', () => {
  const blind = { why: 'below_the_line', kind: 'blind' } as const;
  const seen = observeModel(
    card,
    [dropOf('d1'), dropOf('d2'), dropOf('d3', { belowTheLine: 0.5 })],
    [
      reviewOf('b1', blind),
      reviewOf('b2', { ...blind, drop: 'd2', verdict: 'false_positive' }),
      reviewOf('b3', { ...blind, drop: 'd3', verdict: 'inconclusive' }),
    ],
  );
  expect(seen.below).toEqual([
    { unflagged: 192, reviewed: 2, positives: 1 },
    { unflagged: 96, reviewed: 0, positives: 0 },
  ]);
  expect(seen.flags.truePositives).toBe(0);
});

test('a second opinion is a pair of verdicts, and does not overrule the first', () => {
  const second = { why: 'second_opinion', kind: 'blind', version: 2, by: 'bert' } as const;
  const seen = observeModel(
    card,
    [dropOf('d1')],
    [reviewOf('f1'), reviewOf('f1', { ...second, verdict: 'false_positive' })],
  );
  expect(seen.pairs).toEqual([{ first: 'true_positive', second: 'false_positive' }]);
  expect(seen.flags).toMatchObject({ truePositives: 1, falsePositives: 0 });
});

test('verdicts are counted by case: the flags of one account are one entity, those without a case one each', () => {
  const ofCase = (flag: string, caseId: string, verdict: 'true_positive' | 'false_positive') =>
    reviewOf(flag, { caseId, verdict });
  const seen = observeModel(
    card,
    [dropOf('d1')],
    [
      ofCase('f1', 'a', 'true_positive'),
      ofCase('f2', 'a', 'true_positive'),
      ofCase('f3', 'b', 'false_positive'),
      reviewOf('f4', { caseId: 'b', verdict: 'inconclusive' }),
      reviewOf('f5'),
      reviewOf('f6'),
    ],
  );
  expect(seen.flags.entities).toEqual([
    { part: 2, whole: 2 },
    { part: 0, whole: 1 },
    { part: 1, whole: 1 },
    { part: 1, whole: 1 },
  ]);
});

test('scores keep their groups of entities only where every drop has them', () => {
  const grouped = {
    ...{ negatives: [3, 1], positives: [0, 1] },
    groups: [
      { group: 2, negatives: [3, 0], positives: [0, 0] },
      { group: 9, negatives: [0, 1], positives: [0, 1] },
    ],
  };
  const both = observeModel(card, [dropOf('d1', { scores: grouped }), dropOf('d2', { scores: grouped })], []);
  expect(both.scores).toEqual({
    ...{ negatives: [6, 2], positives: [0, 2] },
    groups: [
      { group: 2, negatives: [6, 0], positives: [0, 0] },
      { group: 9, negatives: [0, 2], positives: [0, 2] },
    ],
  });
  const one = observeModel(card, [dropOf('d1', { scores: grouped }), dropOf('d2')], []);
  expect(one.scores).toEqual({ negatives: [99, 1], positives: [0, 5] });
});
