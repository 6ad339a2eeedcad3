import { expect, test } from 'vitest';
import { claimsOfReviews, type ReviewOfRecord } from '../../lib/reviews/claims-of-reviews.ts';

const reviewOf = (flag: string, version: number, changes: Partial<ReviewOfRecord>): ReviewOfRecord => ({
  ...{ flag, version, kind: 'open', verdict: 'true_positive', reason: 'seen', note: null, by: 'ann' },
  ...{ at: `2026-01-0${version}T00:00:00Z`, recordId: `of ${flag}`, chance: 1 },
  ...changes,
});

test('each decision claims once, by its standing review as of the moment, with its chance', () => {
  const reviews = [
    reviewOf('one', 1, {}),
    reviewOf('one', 3, { verdict: 'false_positive' }),
    reviewOf('two', 1, { kind: 'blind', chance: 0.02 }),
    reviewOf('three', 5, {}),
  ];
  const claims = claimsOfReviews(reviews, '2026-01-02T00:00:00Z');
  expect(claims.map(({ recordId, label, chance }) => [recordId, label, chance])).toEqual([
    ['of one', 1, 1],
    ['of two', 1, 0.02],
  ]);
  expect(claimsOfReviews(reviews, '2026-01-04T00:00:00Z')[0]!.label).toBe(0);
});

test('a blind second opinion does not overrule the open review of the same decision', () => {
  const blind = reviewOf('one', 2, { kind: 'blind', verdict: 'false_positive' });
  expect(claimsOfReviews([reviewOf('one', 1, {}), blind], '2026-02-01T00:00:00Z')[0]!.label).toBe(1);
});
