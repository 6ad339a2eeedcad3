/**
 * The gate between a new model and the people who may approve it: the challenger's and the champion's scores of the same
 * held-out, later records in; what the pack asks for, criterion by criterion, with numbers and a sentence, out.
 *
 * `overall` passes if the interval of the difference does not lie below zero, and the difference itself is not below the loss
 * that a segment is allowed. A segment fails the challenger if it is worse by more than that loss, and the interval of its
 * difference, widened for how many segments are looked at, lies below zero: by more than is asked and more than is chance.
 */
import type { Acceptance } from '../domain/pack.ts';
import { estimateAveragePrecision } from '../evaluation/average-precision.ts';
import { codeEntities } from '../evaluation/entity-codes.ts';
import type { Estimate } from '../evaluation/evaluation.ts';
import { wilsonEstimate } from '../evaluation/intervals.ts';
import { effectiveCount, groupScores } from '../evaluation/score-groups.ts';
import { largestValues, type SegmentColumn } from '../evaluation/segments.ts';
import { type Criterion, count, judgeLabels, type LabelCounts, nothing } from './acceptance.ts';
import { bootstrapDifferences, type Difference } from './gate-bootstrap.ts';
import { flagVolume, type Ranking, rankedPrecision, rankRows, recallOf } from './gate-ranking.ts';

/** A model's scores of the held-out records. */
export interface ScoredBy {
  readonly version: string;
  readonly scores: Float32Array;
  readonly threshold: number;
}

export interface GateInput {
  /** Null: there is none yet, and nothing to compare with. */
  readonly champion: ScoredBy | null;
  readonly challenger: ScoredBy;
  readonly labels: Uint8Array;
  /** Inverse of each record's chance of having been reviewed; absent: 1. */
  readonly weights?: Float64Array;
  /** Entity of each record: the records of one are drawn together. Null: a record by itself. */
  readonly entity: readonly (string | null)[];
  readonly segments: readonly SegmentColumn[];
  /** Of the whole dataset. */
  readonly dataset: LabelCounts;
  readonly acceptance: Acceptance;
  readonly seed: number;
}

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
  readonly metric: Acceptance['metric'];
  readonly champion: string | null;
  readonly challenger: string;
  readonly heldOut: { readonly rows: number; readonly positives: number };
  readonly criteria: readonly Criterion[];
  /** Those with records enough to be judged. */
  readonly segments: readonly SegmentComparison[];
  /** How many values have too few. */
  readonly segmentsNotJudged: number;
}

/** Of either class: with fewer no interval means anything. */
const LEAST_OF_A_CLASS = 10;

export function runGate(input: GateInput): GateResult {
  const { acceptance, champion, challenger, labels, dataset } = input;
  const positives = labels.reduce((sum, label) => sum + label, 0);
  const heldOut = { rows: labels.length, positives };
  const isEnough = Math.min(positives, labels.length - positives) >= LEAST_OF_A_CLASS;
  const criteria: Criterion[] = [...judgeLabels(acceptance, dataset), judgeHeldOut(heldOut, isEnough)];
  const compared = champion !== null && isEnough ? compare(input, champion) : null;
  if (compared !== null) criteria.push(compared.overall, judgeSegments(compared, acceptance));
  if (acceptance.recallFloor !== null && positives > 0)
    criteria.push(judgeRecall(input, acceptance.recallFloor));
  return {
    passed: criteria.every(({ passed }) => passed),
    metric: acceptance.metric,
    champion: champion?.version ?? null,
    challenger: challenger.version,
    heldOut,
    criteria,
    segments: compared?.segments ?? [],
    segmentsNotJudged: compared?.notJudged ?? 0,
  };
}

function judgeHeldOut({ rows, positives }: GateResult['heldOut'], passed: boolean): Criterion {
  return {
    ...nothing,
    id: 'held_out',
    passed,
    limit: LEAST_OF_A_CLASS,
    sentence: `${count(rows)} records are held out, ${count(positives)} of them positive; at least ${LEAST_OF_A_CLASS} of each kind are needed to tell anything.`,
  };
}

interface Comparison {
  readonly overall: Criterion;
  readonly segments: readonly SegmentComparison[];
  readonly notJudged: number;
}

function compare(input: GateInput, champion: ScoredBy): Comparison {
  const { challenger, labels, acceptance } = input;
  const weights = input.weights ?? new Float64Array(labels.length).fill(1);
  const parts = input.segments.flatMap(({ column, values }) =>
    largestValues(values).map(([value, rows]) => ({ column, value, rows })),
  );
  const judged = parts.filter(({ rows }) => hasBothKinds(rows, labels));
  const [before, after] = [champion, challenger].map((side) => figuresOf(side, champion, input, weights)) as [
    (rows?: readonly number[]) => Difference,
    (rows?: readonly number[]) => Difference,
  ];
  const pairs = [undefined, ...judged.map(({ rows }) => rows)].map(
    (rows) => [before(rows), after(rows)] as const,
  );
  const { code, count: entities } = codeEntities(input.entity, String, labels.length, input.seed);
  const [difference, ...ofSegments] = bootstrapDifferences(
    pairs.map(
      ([was, is]) =>
        (own: Float64Array) =>
          is(own) - was(own),
    ),
    { weights, entity: Int32Array.from(code), entities, seed: input.seed },
  );
  const segments = judged.map(({ column, value, rows }, at): SegmentComparison => {
    const [was, is] = pairs[at + 1]!;
    const apart = ofSegments[at]!;
    return {
      column,
      value,
      rows: rows.length,
      positives: rows.reduce((sum, row) => sum + labels[row]!, 0),
      champion: was(weights),
      challenger: is(weights),
      difference: apart,
      passed: !(apart.value < -acceptance.maxSegmentLoss && apart.high! < 0),
    };
  });
  const sides = [champion, challenger].map((side, at) => estimateSide(side, input, pairs[0]![at]!(weights)));
  return {
    overall: judgeOverall(sides[0]!, sides[1]!, difference!, acceptance),
    segments,
    notJudged: parts.length - judged.length,
  };
}

function hasBothKinds(rows: readonly number[], labels: Uint8Array): boolean {
  const positives = rows.reduce((sum, row) => sum + labels[row]!, 0);
  return Math.min(positives, rows.length - positives) >= LEAST_OF_A_CLASS;
}

/** The figure of a model on all records, or on some, as a function of how they weigh. */
function figuresOf(
  side: ScoredBy,
  champion: ScoredBy,
  { labels, acceptance }: GateInput,
  weights: Float64Array,
): (rows?: readonly number[]) => Difference {
  if (acceptance.metric === 'pr_auc') {
    return (rows) => {
      const ranking: Ranking = rankRows(side.scores, rows);
      return (own) => rankedPrecision(ranking, labels, own);
    };
  }
  const volume = champion.scores.reduce(
    (sum, score, row) => sum + (score >= champion.threshold ? weights[row]! : 0),
    0,
  );
  const flagged = flagVolume(rankRows(side.scores), weights, volume);
  return (rows) => {
    const among = rows === undefined ? Uint32Array.from(labels.keys()) : Uint32Array.from(rows);
    return (own) => recallOf(flagged, among, labels, own);
  };
}

function estimateSide({ scores }: ScoredBy, input: GateInput, value: number): Estimate {
  const groups = groupScores(scores, input.labels, input.weights);
  return input.acceptance.metric === 'pr_auc'
    ? estimateAveragePrecision(groups, 0.95)
    : wilsonEstimate(value, groups.effectivePositives, 0.95);
}

function judgeOverall(
  champion: Estimate,
  challenger: Estimate,
  difference: Estimate,
  { metric, maxSegmentLoss }: Acceptance,
): Criterion {
  const isShownWorse = difference.high! < 0;
  const isFarBelow = difference.value < -maxSegmentLoss;
  const verdict = isShownWorse
    ? 'it is worse, and that is not chance'
    : isFarBelow
      ? `it is lower by more than ${maxSegmentLoss}`
      : difference.low! > 0
        ? 'it is better, and that is not chance'
        : 'the two cannot be told apart';
  return {
    id: 'overall',
    passed: !isShownWorse && !isFarBelow,
    limit: maxSegmentLoss,
    champion,
    challenger,
    difference,
    sentence: `${METRIC[metric]} is ${challenger.value.toFixed(3)}, that of the present model ${champion.value.toFixed(3)}: a difference of ${signed(difference)}; ${verdict}.`,
  };
}

const METRIC = { pr_auc: 'PR-AUC', recall: 'Recall at as many flags as the present model raises' } as const;

function judgeSegments({ segments, notJudged }: Comparison, { maxSegmentLoss }: Acceptance): Criterion {
  const failed = segments.filter(({ passed }) => !passed);
  const few = notJudged === 0 ? '' : ` Not judged for too few records of a kind: ${count(notJudged)}.`;
  const told = failed.map(({ column, value, difference }) => `${column} ${value} (${signed(difference)})`);
  return {
    ...nothing,
    id: 'segments',
    passed: failed.length === 0,
    limit: maxSegmentLoss,
    sentence:
      failed.length === 0
        ? `None of ${count(segments.length)} segments is worse by more than ${maxSegmentLoss} and more than chance.${few}`
        : `${failed.length} of ${count(segments.length)} segments are worse by more than ${maxSegmentLoss} and more than chance: ${told.join(', ')}.${few}`,
  };
}

function judgeRecall({ challenger, labels, weights }: GateInput, floor: number): Criterion {
  let found = 0;
  let all = 0;
  let squares = 0;
  for (let row = 0; row < labels.length; row++) {
    if (labels[row] !== 1) continue;
    const weight = weights?.[row] ?? 1;
    all += weight;
    squares += weight * weight;
    if (challenger.scores[row]! >= challenger.threshold) found += weight;
  }
  const recall = wilsonEstimate(found / all, effectiveCount(all, squares), 0.95);
  return {
    ...nothing,
    id: 'recall_floor',
    passed: recall.value >= floor,
    limit: floor,
    challenger: recall,
    sentence: `It finds ${percent(recall.value)} [${percent(recall.low!)}, ${percent(recall.high!)}] of the held-out positives at its threshold; at least ${percent(floor)} are asked for.`,
  };
}

function signed({ value, low, high }: Estimate): string {
  const one = (x: number) => `${x < 0 ? '−' : '+'}${Math.abs(x).toFixed(3)}`;
  return `${one(value)} [${one(low!)}, ${one(high!)}]`;
}

function percent(share: number): string {
  return `${(share * 100).toFixed(1)}%`;
}
