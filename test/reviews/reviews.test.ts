import { describe, expect, test } from 'vitest';
import { applyReview, ReviewRefused, reviewAct, StaleVersion } from '../../lib/reviews/apply-review.ts';
import { readReview } from '../../lib/reviews/read-review.ts';
import { type ReviewDraft, type ReviewHistory, standingReview } from '../../lib/reviews/review.ts';

const emptyHistory = (flag: string): ReviewHistory => ({ flag, version: 0, reviews: [] });

const draft = (changes: Partial<ReviewDraft> = {}): ReviewDraft => ({
  kind: 'open',
  version: 0,
  verdict: 'true_positive',
  reason: 'structured deposits',
  note: null,
  ...changes,
});
const who = (by: string, day: number) => ({ by, at: `2026-03-0${day}T10:00:00.000Z` });

describe('the body of a review', () => {
  const good = { version: 2, verdict: 'false_positive', reason: ' salary day ', note: '' };

  test('is read, trimmed, an empty note is none', () => {
    expect(readReview(good, 'open')).toEqual({
      kind: 'open',
      version: 2,
      verdict: 'false_positive',
      reason: 'salary day',
      note: null,
    });
  });

  test.each([
    [null, 'a review is an object with verdict and reason; found null'],
    [
      { ...good, verdict: 'positive' },
      'verdict: expected one of true_positive, false_positive, inconclusive, found "positive"',
    ],
    [
      { version: 1, reason: 'abc' },
      'verdict: expected one of true_positive, false_positive, inconclusive, found none',
    ],
    [{ ...good, reason: undefined }, 'reason: expected a text of 3 to 2000 characters, found none'],
    [{ ...good, reason: ' ab ' }, 'reason: expected a text of 3 to 2000 characters, found " ab "'],
    [
      { ...good, reason: 'x'.repeat(2001) },
      'reason: expected a text of 3 to 2000 characters, found a text of 2001 characters',
    ],
    [
      { ...good, version: '2' },
      'version: expected the version of the flag that was looked at, a whole number from 0, found "2"',
    ],
    [{ ...good, note: 7 }, 'note: expected a text of at most 4000 characters, or none, found 7'],
    [{ ...good, label: 1 }, 'label: an unknown field; expected version, verdict, reason, note'],
  ])('%j is refused: %s', (body, message) => {
    expect(() => readReview(body, 'open')).toThrow(message);
  });

  test('of a blind review names no version: anyone who gives it has seen none', () => {
    expect(readReview({ ...good, version: undefined }, 'blind').version).toBeNull();
    expect(() => readReview(good, 'blind')).toThrow('version: expected none in a blind review, found 2');
  });
});

describe('a history', () => {
  test('only grows: each review stands at its end with the next version', () => {
    const first = applyReview(emptyHistory('f1'), draft(), who('ann', 1));
    const second = applyReview(first.history, draft({ version: 1, verdict: 'inconclusive' }), who('ben', 2));
    expect(second.history.version).toBe(2);
    expect(second.history.reviews[0]).toEqual(first.review);
    expect(second.review).toMatchObject({ flag: 'f1', version: 2, by: 'ben', verdict: 'inconclusive' });
    expect(first.history.reviews).toHaveLength(1);
  });

  test('refuses a review of an older version than the one that stands, and says both', () => {
    const { history } = applyReview(emptyHistory('f1'), draft(), who('ann', 1));
    const late = () => applyReview(history, draft(), who('ben', 1));
    expect(late).toThrow(StaleVersion);
    expect(late).toThrow('you looked at version 0, it is at version 1');
    expect(() => applyReview(history, draft({ version: 5 }), who('ben', 1))).toThrow(
      'there is no version 5 yet',
    );
  });

  test('takes a blind review at any version, but from no one who reviewed the record before', () => {
    const { history } = applyReview(emptyHistory('f1'), draft(), who('ann', 1));
    const blind = draft({ kind: 'blind', version: null, verdict: 'false_positive' });
    expect(applyReview(history, blind, who('ben', 2)).review.version).toBe(2);
    expect(() => applyReview(history, blind, who('ann', 2))).toThrow(ReviewRefused);
  });

  test('its standing review is the last open one; a blind one counts where there is no other', () => {
    const blind = draft({ kind: 'blind', version: null, verdict: 'false_positive' });
    const one = applyReview(emptyHistory('f1'), blind, who('ben', 1)).history;
    expect(standingReview(one.reviews)?.verdict).toBe('false_positive');
    const two = applyReview(one, draft({ version: 1 }), who('ann', 2)).history;
    const three = applyReview(two, blind, who('eve', 3)).history;
    expect(standingReview(three.reviews)).toMatchObject({ by: 'ann', verdict: 'true_positive' });
    expect(standingReview(three.reviews, '2026-03-01T23:00:00Z')).toMatchObject({ by: 'ben' });
    expect(standingReview(three.reviews, '2026-02-01T00:00:00Z')).toBeNull();
  });

  test('what the audit log keeps of a review does not hold its reason or note', () => {
    const { review } = applyReview(emptyHistory('f1'), draft({ note: 'Mr Smith called' }), who('ann', 1));
    const act = reviewAct(review, 'T-1');
    expect(act).toMatchObject({ event: 'reviewed', actor: 'ann', subject: 'T-1', at: review.at });
    expect(act.data).toEqual({ decision_id: 'f1', verdict: 'true_positive', version: 1, kind: 'open' });
  });
});
