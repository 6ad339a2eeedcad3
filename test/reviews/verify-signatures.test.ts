import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { AuditEntry } from '../../lib/audit/audit-entry.ts';
import type { Review } from '../../lib/reviews/review.ts';
import { type SignedFlag, signatureHash } from '../../lib/reviews/signature.ts';
import { signaturesOf, verifySignatures } from '../../lib/reviews/verify-signatures.ts';

const flags: readonly SignedFlag[] = ['a', 'b'].map((flag) => ({
  ...{ flag, record_id: `T-${flag}`, explanation: `{"why":"${flag}"}`, record: `{"id":"${flag}"}` },
}));
const signed = (flag: string, more: Partial<Review> = {}): Review => ({
  ...{ flag, version: 1, kind: 'open', verdict: 'true_positive', reason: 'A test', note: null },
  ...{ by: 'ann', at: '2026-01-01T00:00:00.000Z', ...more },
  signature: { name: 'Ann Lee', meaning: 'review', signedInAt: '2026-01-01T00:00:00.000Z' },
});
const reviews = flags.map(({ flag }) => signed(flag));
const logged = flags.map((flag, at) => ({
  ...{ seq: at, flag: flag.flag, place: 1, hash: signatureHash(flag, reviews[at]!) },
}));

const check = (known: readonly SignedFlag[], stored: readonly Review[], log = logged) =>
  verifySignatures(log, stored, {
    flags: async (ids) => known.filter(({ flag }) => ids.includes(flag)),
    reviewsOf: async (flag) => stored.filter((one) => one.flag === flag),
  });

describe('verifySignatures', () => {
  test('finds each signature on its record and its verdict', async () => {
    expect(await check(flags, reviews)).toEqual({ checked: 2, problems: [] });
  });

  test('names one that was moved to another record, in whichever part it was changed', async () => {
    const part = fc.constantFrom(
      'record',
      'explanation',
      'record_id',
      'verdict',
      'reason',
      'by',
      'at',
      'name',
    );
    await fc.assert(
      fc.asyncProperty(part, fc.constantFrom(0, 1), async (what, at) => {
        const changedFlags = flags.map((flag, n) =>
          n === at && what in flag ? { ...flag, [what]: 'other' } : flag,
        );
        const changed = reviews.map((review, n) => {
          if (n !== at) return review;
          if (what === 'name') return { ...review, signature: { ...review.signature!, name: 'Ben Lee' } };
          return what in review ? { ...review, [what]: 'other' } : review;
        });
        const { problems } = await check(changedFlags, changed as Review[]);
        expect(problems).toMatchObject([{ flag: flags[at]!.flag, place: 1, kind: 'not_this_record' }]);
      }),
    );
    const swapped = logged.map((one, at) => ({ ...one, hash: logged[1 - at]!.hash }));
    expect((await check(flags, reviews, swapped)).problems).toHaveLength(2);
  });

  test('names one whose flag or review is not there, and one that no entry speaks of', async () => {
    expect((await check(flags.slice(1), reviews)).problems).toMatchObject([{ flag: 'a', kind: 'no_flag' }]);
    expect((await check(flags, reviews.slice(1))).problems).toMatchObject([{ flag: 'a', kind: 'no_review' }]);
    expect((await check(flags, reviews, logged.slice(1))).problems).toMatchObject([
      { flag: 'a', kind: 'not_in_log' },
    ]);
  });

  test('reads signatures of single verdicts and of several at once', () => {
    const entry = (event: string, data: object) => ({ seq: 7, event, data }) as unknown as AuditEntry;
    const one = { decision_id: 'a', version: 1, signed: 'x' };
    expect(signaturesOf(entry('reviewed', one))).toEqual([{ seq: 7, flag: 'a', place: 1, hash: 'x' }]);
    expect(signaturesOf(entry('reviewed', { decision_id: 'a', version: 1 }))).toEqual([]);
    expect(
      signaturesOf(entry('case_reviewed', { flags: [one, { ...one, version: 2, signed: 'y' }] })),
    ).toHaveLength(2);
  });
});
