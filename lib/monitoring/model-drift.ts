/** The drift of a model's inputs, of its scores and of its reasons, from its card and what was counted as it scored. */
import { sharesOfProfile } from '../evaluation/drift-bins.ts';
import type { DriftCounts } from '../evaluation/drift-counter.ts';
import type { GroupedScores, InputProfile, ScoreHistogram } from '../evaluation/evaluation.ts';
import { Random } from '../forest/random.ts';
import type { Importance } from '../models/card.ts';
import { type DistributionDrift, measureDistributionDrift } from './distribution-drift.ts';
import type { GroupBins } from './grouped-counts.ts';
import { measureGroupedShare } from './grouped-share.ts';
import { CONFIDENCE, type Measured, NEEDED, notEnough } from './measured.ts';

export interface MeasuredInput extends DistributionDrift {
  readonly name: string;
  readonly missing: Measured;
}

/** `counts` are those of a DriftCounter of the same profiles, or of several merged; `rows`: of how many records the profiles are. */
export function measureInputs(
  profiles: readonly InputProfile[],
  counts: DriftCounts,
  rows: number | null = null,
): MeasuredInput[] {
  let start = 0;
  return profiles.map((profile) => {
    const bins = counts.counts.slice(start, start + profile.edges.length + 1);
    start += bins.length;
    const now = withMissing(bins, counts.rows);
    const groups = groupsOf(counts, start - bins.length, bins.length);
    const missing = bins.length;
    return {
      name: profile.name,
      ...measureDistributionDrift(sharesOfProfile(profile), now, { rowsThen: rows, groups }),
      missing: measureGroupedShare(
        { part: now[missing]!, whole: counts.rows },
        groups?.map((group) => ({ part: group.bins[missing]!, whole: group.rows })) ?? null,
        NEEDED.shareOfRecords,
      ),
    };
  });
}

/** The bins of one input, and what is missing, by group of entities. */
function groupsOf({ groups }: DriftCounts, start: number, bins: number): GroupBins[] | null {
  return (
    groups?.map(({ rows, counts }) => ({
      rows,
      bins: withMissing(counts.slice(start, start + bins), rows),
    })) ?? null
  );
}

function withMissing(bins: readonly number[], rows: number): number[] {
  return [...bins, rows - bins.reduce((sum, count) => sum + count, 0)];
}

const SCORE_BINS = 10;

/** Scores now against those of the held-out part, in at most ten bins of like shares there. */
export function measureScoreDrift(heldOut: ScoreHistogram, now: GroupedScores): DistributionDrift {
  const then = bothClasses(heldOut);
  const live = bothClasses(now);
  const total = then.reduce((sum, count) => sum + count, 0);
  // The highest scores are few, and those that matter: they keep a bin of their own.
  const joined: { was: number; from: number; to: number }[] = [];
  let open = { was: 0, from: 0, to: 0 };
  for (const [bin, count] of then.entries()) {
    open = { was: open.was + count / total, from: open.from, to: bin + 1 };
    if (open.was < 1 / SCORE_BINS) continue;
    joined.push(open);
    open = { was: 0, from: bin + 1, to: bin + 1 };
  }
  joined.push({ ...open, to: then.length });
  const countIn = (counts: readonly number[], { from, to }: { from: number; to: number }) =>
    counts.slice(from, to).reduce((sum, count) => sum + count, 0);
  const filled = joined.filter((bin) => bin.was > 0 || countIn(live, bin) > 0);
  const groups = now.groups?.map((group) => {
    const bins = filled.map((bin) => countIn(bothClasses(group), bin));
    return { rows: bins.reduce((sum, count) => sum + count, 0), bins };
  });
  return measureDistributionDrift(
    filled.map(({ was }) => was),
    filled.map((bin) => countIn(live, bin)),
    { groups: groups ?? null },
  );
}

function bothClasses({ negatives, positives }: ScoreHistogram): number[] {
  return negatives.map((count, bin) => count + (positives[bin] ?? 0));
}

/** The reasons of one flag. */
export type Reasons = readonly { readonly column: string; readonly contribution: number }[];

export interface ExplanationDrift {
  /** Total variation between the sources' shares then and now: 0 (the same reasons) to 1 (none in common). */
  readonly distance: Measured;
  /** The largest change first. */
  readonly sources: readonly {
    readonly source: string;
    readonly trained: number;
    readonly live: number;
  }[];
}

const RESAMPLES = 200;

/**
 * What share of the mean size of contributions each source has, in the flags of a time and in the card. The interval is a
 * seeded bootstrap over flags, with the same bias taken from its lower bound that resampling adds.
 */
export function measureExplanationDrift(
  importances: readonly Importance[],
  flags: readonly Reasons[],
  seed: number,
): ExplanationDrift {
  const known = importances.filter(({ meanContribution }) => meanContribution !== null);
  const then = toShares(new Map(known.map(({ source, meanContribution }) => [source, meanContribution!])));
  if (flags.length < NEEDED.explainedFlags || then.size === 0) {
    return { distance: notEnough(flags.length, NEEDED.explainedFlags), sources: [] };
  }
  const now = sharesOf(flags);
  const value = distanceBetween(then, now);
  const random = new Random(seed, 0);
  const drawn = Float64Array.from({ length: RESAMPLES }, () =>
    distanceBetween(then, sharesOf(flags.map(() => flags[random.below(flags.length)]!))),
  ).sort();
  const tail = (1 - CONFIDENCE) / 2;
  const bias = Math.max(0, drawn.reduce((sum, one) => sum + one, 0) / RESAMPLES - value);
  const low = Math.max(0, drawn[Math.floor(tail * (RESAMPLES - 1))]! - 2 * bias);
  const high = drawn[Math.ceil((1 - tail) * (RESAMPLES - 1))]!;
  const sources = [...new Set([...then.keys(), ...now.keys()])]
    .map((source) => ({ source, trained: then.get(source) ?? 0, live: now.get(source) ?? 0 }))
    .sort(
      (a, b) => Math.abs(b.live - b.trained) - Math.abs(a.live - a.trained) || (a.source < b.source ? -1 : 1),
    );
  return {
    distance: { value, low: Math.min(value, low), high: Math.max(value, high), n: flags.length },
    sources,
  };
}

function sharesOf(flags: readonly Reasons[]): Map<string, number> {
  const sums = new Map<string, number>();
  for (const reasons of flags) {
    for (const { column, contribution } of reasons) {
      sums.set(column, (sums.get(column) ?? 0) + Math.abs(contribution));
    }
  }
  return toShares(sums);
}

function toShares(sizes: ReadonlyMap<string, number>): Map<string, number> {
  const total = [...sizes.values()].reduce((sum, size) => sum + size, 0);
  return new Map(
    [...sizes].flatMap(([source, size]) => (total > 0 ? [[source, size / total] as const] : [])),
  );
}

function distanceBetween(one: ReadonlyMap<string, number>, other: ReadonlyMap<string, number>): number {
  let apart = 0;
  for (const source of new Set([...one.keys(), ...other.keys()])) {
    apart += Math.abs((one.get(source) ?? 0) - (other.get(source) ?? 0));
  }
  return apart / 2;
}
