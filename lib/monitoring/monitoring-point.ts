/**
 * Everything that is known of a live model on one day: a point of its time series, by domain, model version and day. It is made of
 * counts, which add up over drops, and gives figures with intervals.
 */
import type { DriftCounts } from '../evaluation/drift-counter.ts';
import type { GroupedScores, ScoreHistogram } from '../evaluation/evaluation.ts';
import { driftProfiles, type ModelCard } from '../models/card.ts';
import { measureAgreement, type VerdictPair } from './agreement.ts';
import { measureGroupedShare, type Portion } from './grouped-share.ts';
import type { Measured } from './measured.ts';
import { NEEDED } from './measured.ts';
import type { Stratum } from './missed-positives.ts';
import {
  type ExplanationDrift,
  type MeasuredInput,
  measureExplanationDrift,
  measureInputs,
  measureScoreDrift,
  type Reasons,
} from './model-drift.ts';
import { measureQuality, measureShare, type ReviewedFlags } from './quality.ts';
import { type FlagTimes, measureReviewTimes } from './review-time.ts';

/** What was seen in the time that a point looks back over. */
export interface Observed {
  readonly flags: ReviewedFlags;
  readonly below: readonly Stratum[];
  readonly times: readonly FlagTimes[];
  readonly pairs: readonly VerdictPair[];
  readonly inputs: DriftCounts;
  readonly scores: GroupedScores;
  readonly reasons: readonly Reasons[];
  readonly received: number;
  readonly rejected: number;
}

export type FigureName =
  | 'precision'
  | 'recall'
  | 'false_positive_rate'
  | 'review_hours_median'
  | 'review_hours_p90'
  | 'agreement'
  | 'score_psi'
  | 'score_js'
  | 'explanation_drift'
  | 'rejected_share'
  | 'missing_share'
  | 'unknown_share'
  | 'flagged_share';

export interface MonitoringPoint {
  readonly format: 'assay-monitoring/1';
  readonly domain: string;
  readonly model: string;
  /** YYYY-MM-DD, the last of the days looked back over. */
  readonly day: string;
  readonly days: number;
  readonly figures: Readonly<Record<FigureName, Measured>>;
  readonly inputs: readonly MeasuredInput[];
  readonly reasons: ExplanationDrift['sources'];
  readonly waiting: number;
  readonly longestWaitHours: number | null;
  /** Of all records, those flagged apart; absent in points of earlier versions. */
  readonly scores?: ScoreHistogram;
}

export interface PointOptions {
  readonly day: string;
  /** How many days it looks back over: reviews come slowly. */
  readonly days: number;
  /** ISO 8601. */
  readonly now: string;
  readonly seed: number;
}

export function measureModel(card: ModelCard, seen: Observed, options: PointOptions): MonitoringPoint {
  const quality = measureQuality(seen.flags, seen.below);
  const times = measureReviewTimes(seen.times, options.now);
  const inputs = measureInputs(driftProfiles(card), seen.inputs, comparedRows(card));
  const explanations = measureExplanationDrift(card.importances, seen.reasons, options.seed);
  const scores = measureScoreDrift(card.evaluation?.scores ?? seen.scores, seen.scores);
  const scored = seen.received - seen.rejected;
  const unknown = (counts: Counted): Portion => countUnknown(card, counts);
  return {
    format: 'assay-monitoring/1',
    domain: card.domain,
    model: card.version,
    day: options.day,
    days: options.days,
    figures: {
      precision: quality.precision,
      recall: quality.recall,
      false_positive_rate: quality.falsePositiveRate,
      review_hours_median: times.medianHours,
      review_hours_p90: times.p90Hours,
      agreement: measureAgreement(seen.pairs),
      score_psi: scores.psi,
      score_js: scores.jensenShannon,
      explanation_drift: explanations.distance,
      rejected_share: measureShare(seen.rejected, seen.received, NEEDED.shareOfRecords),
      missing_share: measureMissing(card, seen.inputs),
      unknown_share: measureCounted(seen.inputs, unknown),
      flagged_share: measureGroupedShare(
        { part: seen.flags.flagged, whole: scored },
        seen.scores.groups?.map(flaggedOf) ?? null,
        NEEDED.shareOfRecords,
      ),
    },
    inputs,
    reasons: explanations.sources,
    waiting: times.waiting,
    longestWaitHours: times.longestWaitHours,
    scores: { negatives: seen.scores.negatives, positives: seen.scores.positives },
  };
}

type Counted = Pick<DriftCounts, 'rows' | 'counts'>;

/** Of all values that inputs should have: `n` counts these, not records. */
function measureMissing(card: ModelCard, counts: DriftCounts): Measured {
  return measureCounted(counts, ({ rows, counts: own }) => {
    const whole = rows * card.profiles.length;
    return { part: whole - own.reduce((sum, count) => sum + count, 0), whole };
  });
}

/** A share that is made of the counts of inputs, of all records and of each group of entities. */
function measureCounted(counts: DriftCounts, portionOf: (counts: Counted) => Portion): Measured {
  return measureGroupedShare(portionOf(counts), counts.groups?.map(portionOf) ?? null, NEEDED.shareOfRecords);
}

function flaggedOf({ negatives, positives }: ScoreHistogram): Portion {
  const sum = (bins: readonly number[]) => bins.reduce((all, count) => all + count, 0);
  return { part: sum(positives), whole: sum(negatives) + sum(positives) };
}

/** Values of category columns, and those that training did not keep: the inputs named "other", where they are 1. */
function countUnknown(card: ModelCard, { rows, counts }: Counted): Portion {
  const { fitted } = card;
  const profiles = driftProfiles(card);
  let start = 0;
  let values = 0;
  let unknown = 0;
  for (const [at, input] of fitted.inputs.entries()) {
    const edges = profiles[at]!.edges;
    const bins = counts.slice(start, start + edges.length + 1);
    start += bins.length;
    if (input.kind !== 'category' || input.value !== null) continue;
    values += rows;
    // 0 lies in the bin that ends at or after 0; what lies beyond is 1.
    unknown += bins.reduce((sum, count, bin) => sum + ((edges[bin - 1] ?? -1) >= 0 ? count : 0), 0);
  }
  return { part: unknown, whole: values };
}

/** How many records the profiles are of: they, too, are a sample. Null: not known. */
function comparedRows({ reference, split }: ModelCard): number | null {
  return (reference === undefined ? split?.train : split?.heldOut) ?? null;
}
