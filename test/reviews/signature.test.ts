import { describe, expect, it } from 'vitest';
import type { Review } from '../../lib/reviews/review.ts';
import { isSignatureOf, signatureHash } from '../../lib/reviews/signature.ts';
import { flagOf } from '../helpers/flags.ts';

const review: Review = {
  ...{
    flag: flagOf(1).flag,
    version: 1,
    kind: 'open',
    verdict: 'false_positive',
    reason: 'Usual',
    note: null,
  },
  ...{ by: 'ann', at: '2026-03-01T00:00:00.000Z' },
  signature: { name: 'Ann Lee', meaning: 'review', signedInAt: '2026-02-28T23:59:00.000Z' },
};

describe('a signature', () => {
  it('is that of its review and record, and of no other', () => {
    const signed = signatureHash(flagOf(1), review);
    expect(isSignatureOf(flagOf(1), review, signed)).toBe(true);
    const { signature, ...unsigned } = review;
    const moved: [Parameters<typeof isSignatureOf>[0], Review][] = [
      [flagOf(2), review],
      [{ ...flagOf(1), record: '{"amount":1}' }, review],
      [{ ...flagOf(1), explanation: null }, review],
      [flagOf(1), { ...review, verdict: 'true_positive' }],
      [flagOf(1), { ...review, reason: 'Another' }],
      [flagOf(1), { ...review, at: '2026-03-01T00:00:00.001Z' }],
      [flagOf(1), { ...review, signature: { ...signature!, meaning: 'approval' } }],
      [flagOf(1), { ...review, signature: { ...signature!, name: 'Ben Lee' } }],
      [flagOf(1), unsigned],
    ];
    for (const [flag, one] of moved) expect(isSignatureOf(flag, one, signed)).toBe(false);
  });
});
