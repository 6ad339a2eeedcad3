import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { countMissed, type Stratum } from '../../lib/monitoring/missed-positives.ts';
import { allot, type EligibleRecords } from '../../lib/reviews/blind-budget.ts';
import { Random } from '../../samples/generators/random.ts';

const shares = { belowTheLine: 0.01, secondOpinion: 0.05 };
const count = fc.oneof(fc.nat(20), fc.nat(2_000_000));
const drops = fc.array(fc.record({ unflagged: count, flagged: count }), { maxLength: 60 });

const none: EligibleRecords = { unflagged: 0, flagged: 0 };
const sum = (one: EligibleRecords, other: EligibleRecords) => ({
  ...{ unflagged: one.unflagged + other.unflagged, flagged: one.flagged + other.flagged },
});

/** The shares of the drops of a day, each from what those before it leave. */
function dayOf(all: readonly EligibleRecords[], limit: number, earlier: readonly EligibleRecords[] = []) {
  let expected = 0;
  let seen = none;
  return all.map((one) => {
    const allotment = allot(shares, one, { limit, expected, seen, earlier });
    expected += allotment.expected;
    seen = sum(seen, one);
    return { ...one, ...allotment, total: expected };
  });
}

describe('a limit of a day', () => {
  test('is never expected to be passed, and always leaves the next drop a chance', () => {
    fc.assert(
      fc.property(drops, drops, fc.integer({ min: 1, max: 500 }), (all, earlier, limit) => {
        for (const { belowTheLine, secondOpinion, total } of dayOf(all, limit, earlier)) {
          expect(total).toBeLessThanOrEqual(limit);
          expect(belowTheLine).toBeGreaterThan(0);
          expect(secondOpinion).toBeGreaterThan(0);
          // Few different shares, however many drops: halves of the one that is set.
          expect(Number.isInteger(Math.log2(shares.belowTheLine / belowTheLine))).toBe(true);
        }
      }),
    );
  });

  test('that is not reached changes nothing', () => {
    const [one] = dayOf([{ unflagged: 1_000, flagged: 20 }], 100);
    expect(one).toMatchObject({ ...shares, expected: 11 });
  });
});

/** Drops of a month, ten a day, of which far too many records would be drawn; the week before was no less busy. */
function month(random: Random) {
  const earlier = [{ unflagged: 25_000, flagged: 0 }];
  const days = Array.from({ length: 30 }, () => {
    const all = Array.from({ length: 10 }, () => ({ unflagged: random.integer(1, 4_000), flagged: 0 }));
    const day = dayOf(all, 20, earlier.slice(-7));
    earlier.push(all.reduce(sum, none));
    return day;
  });
  let missed = 0;
  const strata = new Map<number, { unflagged: number; reviewed: number; positives: number }>();
  const items = days.map((day) => {
    let drawn = 0;
    for (const { unflagged, belowTheLine } of day) {
      const stratum = strata.get(belowTheLine) ?? { unflagged: 0, reviewed: 0, positives: 0 };
      strata.set(belowTheLine, stratum);
      stratum.unflagged += unflagged;
      for (let record = 0; record < unflagged; record++) {
        // More common where drops are small: shares that differ must be weighed by what they are.
        const isPositive = random.chance(unflagged < 2_000 ? 0.06 : 0.02);
        if (isPositive) missed++;
        // As good as the keyed hash, which has tests of its own, and faster.
        if (!random.chance(belowTheLine)) continue;
        drawn++;
        stratum.reviewed++;
        if (isPositive) stratum.positives++;
      }
    }
    return drawn;
  });
  const counted = [...strata].map(
    ([chance, one]): Stratum => ({ ...one, draw: { chance, drawn: one.reviewed } }),
  );
  return { missed, items, estimate: countMissed(counted, 0.95)! };
}

describe('what is drawn within the limit', () => {
  test('estimates what the model missed without bias, and keeps to the limit on the average of days', () => {
    const random = new Random(8, 0);
    const runs = Array.from({ length: 12 }, () => month(random));
    const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
    const items = runs.flatMap((run) => run.items);
    // A sum of chances: its deviation is at most the root of what is expected.
    expect(mean(items)).toBeLessThan(20 + 3 * Math.sqrt(20 / items.length));
    expect(mean(items)).toBeGreaterThan(8);
    expect(Math.max(...items)).toBeLessThan(20 + 5 * Math.sqrt(20));
    const ratio = mean(runs.map(({ estimate }) => estimate.value)) / mean(runs.map(({ missed }) => missed));
    expect(ratio).toBeGreaterThan(0.85);
    expect(ratio).toBeLessThan(1.15);
    const covered = runs.filter(({ estimate, missed }) => estimate.low <= missed && missed <= estimate.high);
    expect(covered.length).toBeGreaterThanOrEqual(10);
  });

  test('a share so small that nothing was drawn is weighed by its chance, not left out', () => {
    const large: Stratum = {
      unflagged: 10_000,
      reviewed: 100,
      positives: 5,
      draw: { chance: 0.01, drawn: 100 },
    };
    const small = (drawn: number, positives: number): Stratum => ({
      ...{ unflagged: 4_000, reviewed: drawn, positives, draw: { chance: 0.000625, drawn } },
    });
    expect(countMissed([large, small(0, 0)], 0.95)!.value).toBe(500);
    expect(countMissed([large, small(0, 0)], 0.95)!.high).toBeGreaterThan(countMissed([large], 0.95)!.high);
    expect(countMissed([large, small(1, 1)], 0.95)!.value).toBe(500 + 1_600);
    const waiting = { ...small(1, 0), reviewed: 0 };
    expect(countMissed([large, waiting], 0.95)).toBeNull();
  });
});
