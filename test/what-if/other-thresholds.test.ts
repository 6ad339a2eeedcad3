import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ScoreHistogramCounter } from '../../lib/evaluation/score-histogram.ts';
import { otherThresholds } from '../../lib/what-if/other-thresholds.ts';

interface Scored {
  readonly score: number;
  /** A rule flags it whatever its score. */
  readonly byRule: boolean;
}

const scored = fc.record({
  score: fc.integer({ min: 0, max: 1_000_000 }).map((n) => n / 1_000_000),
  byRule: fc.boolean(),
});

function countsOf(records: readonly Scored[], threshold: number) {
  const counter = new ScoreHistogramCounter();
  const flagged = records.map(({ score, byRule }) => Number(byRule || score >= threshold));
  counter.add(
    Float64Array.from(records, ({ score }) => score),
    Uint8Array.from(flagged),
  );
  return counter.counts();
}

describe('other thresholds', () => {
  it('gain what scoring anew by them flags more, and lose no less than it flags less', () => {
    const threshold = fc.integer({ min: 1, max: 999 }).map((n) => n / 1_000);
    fc.assert(
      fc.property(fc.array(scored, { maxLength: 60 }), threshold, (records, own) => {
        for (const other of otherThresholds(countsOf(records, own), own)) {
          const isFlagged = (one: Scored, by: number) => one.byRule || one.score >= by;
          const gained = records.filter((one) => !isFlagged(one, own) && isFlagged(one, other.threshold));
          const lost = records.filter((one) => isFlagged(one, own) && !isFlagged(one, other.threshold));
          expect(other.gained).toBe(gained.length);
          expect(other.lostAtMost).toBeGreaterThanOrEqual(lost.length);
          const flaggedBelow = records.filter(
            (one) =>
              isFlagged(one, own) &&
              one.score < other.threshold &&
              Math.floor(one.score * 50) >= Math.floor(own * 50),
          );
          expect(other.lostAtMost).toBe(other.threshold > own ? flaggedBelow.length : 0);
        }
      }),
    );
  });
});
