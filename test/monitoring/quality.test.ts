import { describe, expect, test } from 'vitest';
import { gammaQuantile } from '../../lib/monitoring/gamma-quantile.ts';
import { type Figure, isFigure, type Measured } from '../../lib/monitoring/measured.ts';
import { countMissed } from '../../lib/monitoring/missed-positives.ts';
import { measureQuality } from '../../lib/monitoring/quality.ts';
import { Random } from '../../samples/generators/random.ts';

const figure = (measured: Measured): Figure => {
  if (!isFigure(measured)) throw new Error(`not enough data: ${measured.n} of ${measured.needed}`);
  return measured;
};

describe('gamma quantiles', () => {
  // scipy.stats.gamma.ppf
  test.each([
    [0.025, 1, 0.025317807984289876],
    [0.975, 1, 3.6888794541139354],
    [0.975, 4, 8.767273069742323],
    [0.025, 3, 0.6186721228956014],
    [0.5, 0.3, 0.07313113586695198],
    [0.975, 250.5, 282.45675032301074],
    [0.0125, 12.34, 5.8314341934414005],
  ])('of %f at shape %f is %f', (p, shape, expected) => {
    expect(gammaQuantile(p, shape) / expected).toBeCloseTo(1, 10);
  });
});

describe('positives missed', () => {
  test('of one stratum have the exact Poisson bounds, times what each stands for', () => {
    const none = countMissed([{ unflagged: 10_000, reviewed: 100, positives: 0 }], 0.95)!;
    expect(none).toMatchObject({ value: 0, low: 0 });
    expect(none.high).toBeCloseTo(368.888, 2);
    const three = countMissed([{ unflagged: 10_000, reviewed: 100, positives: 3 }], 0.95)!;
    expect(three.value).toBeCloseTo(300, 9);
    expect(three.low).toBeCloseTo(61.867, 2);
    expect(three.high).toBeCloseTo(876.727, 2);
  });

  test('of a stratum that was reviewed to the last record are known', () => {
    expect(countMissed([{ unflagged: 100, reviewed: 100, positives: 7 }], 0.95)).toEqual({
      value: 7,
      low: 7,
      high: 7,
    });
    const both = countMissed(
      [
        { unflagged: 100, reviewed: 100, positives: 7 },
        { unflagged: 1000, reviewed: 100, positives: 0 },
      ],
      0.95,
    )!;
    expect([both.value, both.low]).toEqual([7, 7]);
    expect(both.high).toBeCloseTo(7 + 36.8888, 3);
  });

  test('are unknown where no one looked at some of the records', () => {
    expect(countMissed([{ unflagged: 5, reviewed: 0, positives: 0 }], 0.95)).toBeNull();
    expect(countMissed([{ unflagged: 0, reviewed: 0, positives: 0 }], 0.95)?.value).toBe(0);
  });

  test('are at least those found, and at most all that could be', () => {
    const count = countMissed([{ unflagged: 30, reviewed: 20, positives: 5 }], 0.95)!;
    expect(count.low).toBe(5);
    expect(count.high).toBeLessThanOrEqual(15);
  });
});

describe('the quality of a live model', () => {
  const flags = { flagged: 200, truePositives: 150, falsePositives: 50 };

  test('where every flag is reviewed: recall is exact but for what was missed', () => {
    const below = [{ unflagged: 20_000, reviewed: 400, positives: 1 }];
    const quality = measureQuality(flags, below);
    expect(figure(quality.precision)).toMatchObject({ value: 0.75, n: 200 });
    const missed = countMissed(below, 0.95)!;
    expect(quality.recall).toEqual({
      value: 150 / 200,
      low: 150 / (150 + missed.high),
      high: 150 / (150 + missed.low),
      n: 600,
    });
    expect(figure(quality.falsePositiveRate).value).toBeCloseTo(50 / (50 + 20_000 - 50), 12);
  });

  test('where only some flags are reviewed the interval is wider', () => {
    const below = [{ unflagged: 20_000, reviewed: 400, positives: 1 }];
    const some = figure(
      measureQuality({ flagged: 400, truePositives: 150, falsePositives: 50 }, below).recall,
    );
    expect(some.value).toBeCloseTo(300 / 350, 12);
    const all = figure(
      measureQuality({ flagged: 400, truePositives: 300, falsePositives: 100 }, below).recall,
    );
    expect(some.low).toBeLessThan(all.low);
    expect(some.high).toBeGreaterThan(all.high);
  });

  test('is not given for small samples, which say how many are needed', () => {
    const few = measureQuality({ flagged: 30, truePositives: 10, falsePositives: 9 }, []);
    expect(few.precision).toEqual({ not_enough_data: true, n: 19, needed: 20 });
    expect(few.recall).toEqual({ not_enough_data: true, n: 0, needed: 50 });
    const unseen = [
      { unflagged: 100, reviewed: 60, positives: 0 },
      { unflagged: 9, reviewed: 0, positives: 0 },
    ];
    expect(measureQuality(flags, unseen).recall).toEqual({ not_enough_data: true, n: 60, needed: 61 });
  });

  test('has no recall where there is nothing to find', () => {
    const nothing = measureQuality({ flagged: 0, truePositives: 0, falsePositives: 0 }, [
      { unflagged: 60, reviewed: 60, positives: 0 },
    ]);
    expect(isFigure(nothing.recall)).toBe(false);
  });

  // test/bench/below-the-line.ts does the same at length, by the keyed hash.
  test('the interval of recall covers the truth in at least 90 of 100 runs, flags reviewed in part, chances of several kinds', () => {
    let covered = 0;
    for (let seed = 0; seed < 100; seed++) {
      const random = new Random(seed, 0);
      let [found, missed] = [0, 0];
      const flags = { flagged: 0, truePositives: 0, falsePositives: 0 };
      const below = [0.02, 0.05].map((chance) => {
        const stratum = { unflagged: 0, reviewed: 0, positives: 0 };
        for (let row = 0; row < 6000; row++) {
          const positive = random.chance(0.02);
          if (random.chance(positive ? 0.6 : 0.01)) {
            flags.flagged++;
            if (positive) found++;
            if (random.chance(0.7)) flags[positive ? 'truePositives' : 'falsePositives']++;
            continue;
          }
          stratum.unflagged++;
          if (positive) missed++;
          if (!random.chance(chance)) continue;
          stratum.reviewed++;
          if (positive) stratum.positives++;
        }
        return stratum;
      });
      const recall = figure(measureQuality(flags, below).recall);
      const truth = found / (found + missed);
      if (recall.low <= truth && truth <= recall.high) covered++;
    }
    expect(covered).toBeGreaterThanOrEqual(90);
  });
});
