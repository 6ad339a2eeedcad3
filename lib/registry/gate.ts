/**
 * The gate between a new model and the people who may approve it, by the challenger's and the champion's scores of the same
 * held-out, later records: what the pack asks for, criterion by criterion, with numbers and a sentence.
 *
 * `overall` and `recall` pass if the challenger is shown to be no worse by a margin (lib/registry/non-inferiority.ts); that there
 * is not enough data to show it is an outcome of its own. A segment fails the challenger if it is worse by more than its limit
 * and that is more than chance, with intervals widened for how many segments are looked at: most have too few records to
 * show anything else.
 */

import { estimateAveragePrecision } from '../evaluation/average-precision.ts';
import type { Clusters } from '../evaluation/cluster-error.ts';
import { codeEntities } from '../evaluation/entity-codes.ts';
import type { Estimate } from '../evaluation/evaluation.ts';
import { type Linearized, linearizeAveragePrecision, linearizeShare } from '../evaluation/influence.ts';
import { wilsonEstimate } from '../evaluation/intervals.ts';
import { groupScores } from '../evaluation/score-groups.ts';
import { largestValues } from '../evaluation/segments.ts';
import type { Acceptance } from '../packs/pack.ts';
import { type Criterion, type CriterionOutcome, count, criterion, judgeLabels } from './acceptance.ts';
import { flagVolume } from './flag-volume.ts';
import type { GateInput, ScoredBy } from './gate-input.ts';
import { judgeRecall, judgeRecallFloor, judgeVolume, sayOutcome, signed } from './gate-limits.ts';
import {
  CONFIDENCE,
  countPositiveEntities,
  estimateDifference,
  judgeNonInferiority,
  type PairedFigures,
} from './non-inferiority.ts';

export interface SegmentComparison {
  readonly column: string;
  readonly value: string;
  readonly rows: number;
  readonly positives: number;
  readonly champion: number;
  readonly challenger: number;
  readonly difference: Estimate;
  readonly passed: boolean;
}

export interface GateResult {
  readonly passed: boolean;
  /** `failed` if any criterion failed, else `not_enough_data` if any could not be decided. */
  readonly outcome: CriterionOutcome;
  /** With `not_enough_data`: about how many held-out positives can decide all of it; null: not known. */
  readonly positivesNeeded: number | null;
  readonly metric: Acceptance['metric'];
  readonly champion: string | null;
  readonly challenger: string;
  readonly heldOut: {
    readonly rows: number;
    readonly positives: number;
    /** Rows that stand for more than themselves: drawn for blind review. */
    readonly weighted: number;
  };
  readonly criteria: readonly Criterion[];
  /** Those with records enough to be judged. */
  readonly segments: readonly SegmentComparison[];
  /** How many values have too few. */
  readonly segmentsNotJudged: number;
}

/** Of either class: with fewer no interval means anything. */
const MIN_PER_CLASS = 10;

export function runGate(input: GateInput): GateResult {
  const { acceptance, champion, challenger, labels, weights, dataset } = input;
  const positives = labels.reduce((sum, label) => sum + label, 0);
  const weighted = weights?.reduce((sum, weight) => sum + (weight === 1 ? 0 : 1), 0) ?? 0;
  const heldOut = { rows: labels.length, positives, weighted };
  const isEnough = Math.min(positives, labels.length - positives) >= MIN_PER_CLASS;
  const criteria: Criterion[] = [...judgeLabels(acceptance, dataset), judgeHeldOut(heldOut, isEnough)];
  const { code, count: entities } = codeEntities(input.entity, String, labels.length, 0);
  const clusters: Clusters = { code, count: entities };
  const known = { clusters, positiveEntities: countPositiveEntities(labels, clusters, weights) };
  const compared = champion !== null && isEnough ? compare(input, champion, known) : null;
  if (compared !== null) criteria.push(compared.overall, judgeSegments(compared, acceptance));
  if (isEnough) criteria.push(judgeRecall(input, known), judgeVolume(input));
  if (acceptance.recallFloor !== null && positives > 0)
    criteria.push(judgeRecallFloor(input, acceptance.recallFloor, known));
  return {
    ...conclude(criteria),
    metric: acceptance.metric,
    champion: champion?.version ?? null,
    challenger: challenger.version,
    heldOut,
    criteria,
    segments: compared?.segments ?? [],
    segmentsNotJudged: compared?.notJudged ?? 0,
  };
}

function conclude(
  criteria: readonly Criterion[],
): Pick<GateResult, 'passed' | 'outcome' | 'positivesNeeded'> {
  const has = (outcome: CriterionOutcome) => criteria.some((one) => one.outcome === outcome);
  const outcome = has('failed') ? 'failed' : has('not_enough_data') ? 'not_enough_data' : 'passed';
  const needed = criteria.flatMap(({ positivesNeeded }) => positivesNeeded ?? []);
  return {
    passed: outcome === 'passed',
    outcome,
    positivesNeeded: outcome === 'not_enough_data' && needed.length > 0 ? Math.max(...needed) : null,
  };
}

function judgeHeldOut({ rows, positives }: GateResult['heldOut'], isEnough: boolean): Criterion {
  return criterion('held_out', isEnough ? 'passed' : 'not_enough_data', {
    limit: MIN_PER_CLASS,
    positivesNeeded: positives < MIN_PER_CLASS ? MIN_PER_CLASS : null,
    sentence: `${count(rows)} records are held out, ${count(positives)} of them positive; at least ${MIN_PER_CLASS} of each kind are needed to say anything.`,
  });
}

interface Comparison {
  readonly overall: Criterion;
  readonly segments: readonly SegmentComparison[];
  readonly notJudged: number;
}

type Known = Pick<PairedFigures, 'clusters' | 'positiveEntities'>;

function compare(input: GateInput, champion: ScoredBy, known: Known): Comparison {
  const { challenger, labels, acceptance } = input;
  const parts = input.segments.flatMap(({ column, values }) =>
    largestValues(values).map(([value, rows]) => ({ column, value, rows })),
  );
  const judged = parts.filter(({ rows }) => hasBothKinds(rows, labels));
  const pairs = pairFigures(input, champion);
  const isSame = champion.scores.every((score, row) => score === challenger.scores[row]);
  // Bonferroni: the intervals hold for all segments at once.
  const confidence = 1 - (1 - CONFIDENCE) / Math.max(1, judged.length);
  const segments = judged.map(({ column, value, rows }): SegmentComparison => {
    const pair = { ...pairs(rows), ...within(rows, input, known), isSame };
    const difference = estimateDifference(pair, confidence);
    return {
      column,
      value,
      rows: rows.length,
      positives: rows.reduce((sum, row) => sum + labels[row]!, 0),
      champion: pair.champion.value,
      challenger: pair.challenger.value,
      difference,
      passed: !(difference.value < -acceptance.maxSegmentLoss && difference.high! < 0),
    };
  });
  return {
    overall: judgeOverall({ ...pairs(), ...known, isSame }, input, champion),
    segments,
    notJudged: parts.length - judged.length,
  };
}

function within(rows: readonly number[], { labels, weights }: GateInput, { clusters }: Known): Known {
  const own = { code: Int32Array.from(rows, (row) => clusters.code[row]!), count: clusters.count };
  const positiveEntities = countPositiveEntities(
    Uint8Array.from(rows, (row) => labels[row]!),
    own,
    weights && Float64Array.from(rows, (row) => weights[row]!),
  );
  return { clusters: own, positiveEntities };
}

function hasBothKinds(rows: readonly number[], labels: Uint8Array): boolean {
  const positives = rows.reduce((sum, row) => sum + labels[row]!, 0);
  return Math.min(positives, rows.length - positives) >= MIN_PER_CLASS;
}

/** The metric of both models on all records, or on some. */
function pairFigures(
  { challenger, labels, weights, acceptance }: GateInput,
  champion: ScoredBy,
): (rows?: readonly number[]) => Pick<PairedFigures, 'champion' | 'challenger'> {
  const all = Array.from(labels.keys());
  const figure =
    acceptance.metric === 'pr_auc'
      ? (side: ScoredBy) => (rows: readonly number[]) =>
          linearizeAveragePrecision(
            Float32Array.from(rows, (row) => side.scores[row]!),
            Uint8Array.from(rows, (row) => labels[row]!),
            weights && Float64Array.from(rows, (row) => weights[row]!),
          )
      : recallAtVolume(champion, labels, weights);
  const [was, is] = [figure(champion), figure(challenger)];
  return (rows = all) => ({ champion: was(rows), challenger: is(rows) });
}

/** Recall of a model if it flags as many records as the champion does at its own threshold: lowering a threshold wins nothing. */
function recallAtVolume(champion: ScoredBy, labels: Uint8Array, weights: Float64Array | undefined) {
  const volume = champion.scores.reduce(
    (sum, score, row) => sum + (score >= champion.threshold ? (weights?.[row] ?? 1) : 0),
    0,
  );
  return ({ scores }: ScoredBy) => {
    const flagged = flagVolume(scores, volume, weights);
    return (rows: readonly number[]): Linearized =>
      linearizeShare(
        rows.length,
        (at) => flagged[rows[at]!]!,
        (at) => labels[rows[at]!] === 1,
        weights && Float64Array.from(rows, (row) => weights[row]!),
      );
  };
}

function estimateSide({ scores }: ScoredBy, { value }: Linearized, input: GateInput): Estimate {
  const groups = groupScores(scores, input.labels, input.weights);
  return input.acceptance.metric === 'pr_auc'
    ? estimateAveragePrecision(groups, CONFIDENCE)
    : wilsonEstimate(value, groups.effectivePositives, CONFIDENCE);
}

const METRIC = { pr_auc: 'PR-AUC', recall: 'Recall at as many flags as the present model raises' } as const;

function judgeOverall(pair: PairedFigures, input: GateInput, champion: ScoredBy): Criterion {
  const { metric, maxLoss: margin } = input.acceptance;
  const { outcome, difference, moreNeeded } = judgeNonInferiority(pair, margin);
  const positives = input.labels.reduce((sum, label) => sum + label, 0);
  const needed = moreNeeded === null ? null : Math.ceil(moreNeeded * positives);
  const end =
    difference.low! > 0
      ? 'it is better, and that is not chance.'
      : outcome === 'failed' && difference.high! < 0
        ? `it is worse, and that is not chance; at most ${margin} lower is allowed.`
        : sayOutcome(outcome, margin, positives, needed);
  return criterion('overall', outcome, {
    limit: margin,
    champion: estimateSide(champion, pair.champion, input),
    challenger: estimateSide(input.challenger, pair.challenger, input),
    difference,
    positivesNeeded: needed,
    sentence: `${METRIC[metric]} is ${pair.challenger.value.toFixed(3)}, that of the present model ${pair.champion.value.toFixed(3)}: a difference of ${signed(difference)}; ${end}`,
  });
}

function judgeSegments({ segments, notJudged }: Comparison, { maxSegmentLoss }: Acceptance): Criterion {
  const failed = segments.filter(({ passed }) => !passed);
  const few = notJudged === 0 ? '' : ` Not judged for too few records of a kind: ${count(notJudged)}.`;
  const named = failed.map(({ column, value, difference }) => `${column} ${value} (${signed(difference)})`);
  return criterion('segments', failed.length === 0 ? 'passed' : 'failed', {
    limit: maxSegmentLoss,
    sentence:
      failed.length === 0
        ? `None of ${count(segments.length)} segments is worse by more than ${maxSegmentLoss} and more than chance.${few}`
        : `${failed.length} of ${count(segments.length)} segments are worse by more than ${maxSegmentLoss} and more than chance: ${named.join(', ')}.${few}`,
  });
}
