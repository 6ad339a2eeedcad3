import { describe, expect, test } from 'vitest';
import { measureAgreement, pairOf, type VerdictPair } from '../../lib/monitoring/agreement.ts';
import { type Figure, isFigure } from '../../lib/monitoring/measured.ts';
import { measureReviewTimes } from '../../lib/monitoring/review-time.ts';
import type { Review } from '../../lib/reviews/review.ts';
import { Random } from '../../samples/generators/random.ts';

const pairs = (
  counts: readonly (readonly [VerdictPair['first'], VerdictPair['second'], number])[],
): VerdictPair[] =>
  counts.flatMap(([first, second, n]) => Array.from({ length: n }, () => ({ first, second })));
const yes = 'true_positive';
const no = 'false_positive';

describe('agreement of two reviewers', () => {
  test("is Cohen's kappa, with Wilson's bounds of the share that they agree in", () => {
    // The example of the literature: 20, 5, 10, 15 of 50 give 0.4.
    const kappa = measureAgreement(
      pairs([
        [yes, yes, 20],
        [yes, no, 5],
        [no, yes, 10],
        [no, no, 15],
      ]),
    ) as Figure;
    expect(kappa.value).toBeCloseTo(0.4, 12);
    expect(kappa.n).toBe(50);
    expect(kappa.low).toBeCloseTo((0.5624 - 0.5) / 0.5, 2);
    expect(kappa.high).toBeCloseTo((0.8093 - 0.5) / 0.5, 2);
  });

  test('that is perfect has an interval all the same', () => {
    const kappa = measureAgreement(
      pairs([
        [yes, yes, 30],
        [no, no, 30],
      ]),
    ) as Figure;
    expect(kappa.value).toBe(1);
    expect(kappa.low).toBeLessThan(0.95);
  });

  test('is not given for few, nor where there is only one verdict', () => {
    expect(measureAgreement(pairs([[yes, yes, 29]]))).toEqual({ not_enough_data: true, n: 29, needed: 30 });
    expect(isFigure(measureAgreement(pairs([[yes, yes, 60]])))).toBe(false);
  });

  test('its interval covers the truth in about 95 of 100 samples', () => {
    const random = new Random(4, 0);
    let covered = 0;
    for (let run = 0; run < 400; run++) {
      const drawn = Array.from({ length: 80 }, (): VerdictPair => {
        const first = random.chance(0.6) ? yes : no;
        const same = random.chance(0.85);
        return { first, second: same ? first : first === yes ? no : yes };
      });
      const kappa = measureAgreement(drawn) as Figure;
      const second = 0.6 * 0.85 + 0.4 * 0.15;
      const chance = 0.6 * second + 0.4 * (1 - second);
      const truth = (0.85 - chance) / (1 - chance);
      if (kappa.low <= truth && truth <= kappa.high) covered++;
    }
    expect(covered / 400).toBeGreaterThan(0.92);
  });

  test('is between the first open and the first blind review', () => {
    const review = (version: number, kind: Review['kind'], verdict: Review['verdict']): Review => ({
      flag: 'f',
      version,
      kind,
      verdict,
      reason: 'because',
      note: null,
      by: `p${version}`,
      at: '2026-01-01T00:00:00Z',
    });
    expect(pairOf([review(1, 'open', yes), review(3, 'open', no), review(2, 'blind', no)])).toEqual({
      first: yes,
      second: no,
    });
    expect(pairOf([review(1, 'blind', yes)])).toBeNull();
    // Someone who gave a blind review and later the open one agrees with no one but themselves.
    const own = { ...review(1, 'blind', no), by: 'p2' };
    expect(pairOf([own, review(2, 'open', yes)])).toBeNull();
    expect(pairOf([own, review(2, 'open', yes), review(3, 'blind', no)])).toEqual({ first: yes, second: no });
  });
});

describe('time to review', () => {
  const at = (hour: number) => new Date(Date.UTC(2026, 0, 1) + hour * 3_600_000).toISOString();

  test('is given as median and 90th percentile, flags that wait beside', () => {
    const flags = Array.from({ length: 101 }, (_, i) => ({
      raisedAt: at(0),
      reviewedAt: i === 100 ? null : at(i + 1),
    }));
    const times = measureReviewTimes(flags, at(500));
    expect(times.medianHours).toMatchObject({ value: 50, n: 100 });
    expect(times.p90Hours).toMatchObject({ value: 90 });
    expect([times.waiting, times.longestWaitHours]).toEqual([1, 500]);
  });

  test('is not given for fewer than 40 reviews', () => {
    const flags = Array.from({ length: 39 }, () => ({ raisedAt: at(0), reviewedAt: at(1) }));
    expect(measureReviewTimes(flags, at(2)).medianHours).toEqual({
      not_enough_data: true,
      n: 39,
      needed: 40,
    });
    expect(measureReviewTimes([], at(2))).toMatchObject({ waiting: 0, longestWaitHours: null });
  });

  test('its bounds cover the true quantiles in about 95 of 100 samples', () => {
    const random = new Random(5, 0);
    const covered = { median: 0, p90: 0 };
    for (let run = 0; run < 400; run++) {
      const flags = Array.from({ length: 60 }, () => ({
        raisedAt: at(0),
        reviewedAt: at(-24 * Math.log(1 - random.uniform())),
      }));
      const times = measureReviewTimes(flags, at(0));
      const [median, p90] = [times.medianHours as Figure, times.p90Hours as Figure];
      if (median.low <= 24 * Math.LN2 && 24 * Math.LN2 <= median.high) covered.median++;
      if (p90.low <= 24 * Math.LN10 && 24 * Math.LN10 <= p90.high) covered.p90++;
    }
    expect(covered.median / 400).toBeGreaterThan(0.93);
    expect(covered.p90 / 400).toBeGreaterThan(0.93);
  });
});
