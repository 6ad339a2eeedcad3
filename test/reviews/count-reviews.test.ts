import { describe, expect, test } from 'vitest';
import { type CountableReview, countReviews } from '../../lib/reviews/count-reviews.ts';

const review = (flag: string, more: Partial<CountableReview> = {}): CountableReview => ({
  ...{ flag, version: 1, kind: 'open', verdict: 'false_positive', reason: 'A test', note: null },
  ...{ by: 'ann', at: '2026-01-01T00:00:00.000Z', rules: ['cash'], ...more },
});

describe('countReviews', () => {
  test('counts a flag once by the verdict that stands, under each rule that it met', () => {
    const counts = countReviews([
      review('a', { verdict: 'true_positive' }),
      review('a', { version: 2, reasonCode: 'usual', rules: ['cash', 'offshore'] }),
      review('b', { reasonCode: 'usual' }),
      review('c', { verdict: 'inconclusive', rules: [] }),
    ]);
    expect(counts.flags).toBe(3);
    expect(counts.rules).toEqual([
      {
        rule: 'cash',
        counts: { true_positive: 0, false_positive: 2, inconclusive: 0 },
        reasons: [{ reasonCode: 'usual', count: 2 }],
      },
      {
        rule: 'offshore',
        counts: { true_positive: 0, false_positive: 1, inconclusive: 0 },
        reasons: [{ reasonCode: 'usual', count: 1 }],
      },
      { rule: null, counts: { true_positive: 0, false_positive: 0, inconclusive: 1 }, reasons: [] },
    ]);
    expect(counts.reasons[0]).toEqual({ verdict: 'false_positive', reasonCode: 'usual', count: 2 });
  });

  test('counts nothing that was withdrawn, waits for a second person, or was given blind', () => {
    const counts = countReviews([
      review('a', { withdrawnAt: '2026-01-02T00:00:00.000Z' }),
      review('b', { unconfirmed: true }),
      review('c', { kind: 'blind' }),
      review('d', { verdict: 'true_positive' }),
      review('d', { version: 2, withdrawnAt: '2026-01-02T00:00:00.000Z' }),
    ]);
    expect(counts).toMatchObject({ flags: 1, reasons: [{ verdict: 'true_positive', count: 1 }] });
  });

  test('says of how many flags the rules are not known', () => {
    const { rules: _, ...early } = review('a');
    expect(countReviews([early])).toMatchObject({ flags: 1, rules: [], withoutRules: 1 });
  });
});
