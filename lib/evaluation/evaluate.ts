/**
 * Everything that is said of a model's quality on one set of records, as plain data without NaN or infinity. Deterministic: no
 * interval here draws random numbers. Where records belong to entities, intervals are theirs
 * (lib/evaluation/clustered-estimates.ts).
 *
 * Labels of one class only are refused: no ranking can be judged by them, and a figure that looks like one would be believed.
 */
import { InputError } from '../errors.ts';
import { evaluateAtK } from './at-k.ts';
import { evaluateAtThreshold } from './at-threshold.ts';
import { estimateAveragePrecision } from './average-precision.ts';
import { evaluateCalibration } from './calibration.ts';
import { type Dependence, estimateClustered } from './clustered-estimates.ts';
import { drawPrecisionRecall, drawRoc } from './curves.ts';
import type { Evaluation } from './evaluation.ts';
import { brierScore, logLoss } from './probability-losses.ts';
import { estimateRocAuc } from './roc-auc.ts';
import { evaluateScoreBands } from './score-bands.ts';
import { groupScores } from './score-groups.ts';
import { ScoreHistogramCounter } from './score-histogram.ts';
import type { Scores } from './score-order.ts';
import { evaluateSegments, type SegmentColumn } from './segments.ts';

export interface EvaluateOptions {
  readonly segments?: readonly SegmentColumn[];
  /** Of every interval; 0.95 by default. */
  readonly confidence?: number;
  /**
   * How much a row counts, in everything but `atK`, `scores` and the counts of rows (confusion included: it sums weights).
   * Intervals use the effective number of records.
   */
  readonly weights?: Float64Array;
  /** Records that are alike; absent, or each by itself: none are. */
  readonly dependence?: Dependence;
}

/** `scores` are probabilities, taken as they are (float64 ones are not rounded); a record is flagged where score >= threshold. */
export function evaluate(
  scores: Scores,
  labels: Uint8Array,
  threshold: number,
  options: EvaluateOptions = {},
): Evaluation {
  const { segments = [], confidence = 0.95, weights } = options;
  const positives = checkScored(scores, labels, weights);
  const groups = groupScores(scores, labels, weights);
  const dependence = isDependent(options.dependence, scores.length) ? options.dependence : undefined;
  const scored = { scores, labels, weights };
  const calibration = evaluateCalibration(scored, confidence, dependence);
  const clustered = dependence && estimateClustered(scored, threshold, dependence, confidence);
  const histogram = new ScoreHistogramCounter();
  histogram.add(scores, labels);
  return {
    rows: scores.length,
    positives,
    rocAuc: clustered?.rocAuc ?? estimateRocAuc(groups, confidence),
    prAuc: clustered?.prAuc ?? estimateAveragePrecision(groups, confidence),
    logLoss: logLoss(scores, labels, weights),
    brier: brierScore(scores, labels, weights),
    atThreshold: { ...evaluateAtThreshold(groups, threshold, confidence), ...sharesOf(clustered) },
    atK: evaluateAtK(weights === undefined ? groups : groupScores(scores, labels), confidence, {
      scores,
      labels,
      dependence,
    }),
    roc: drawRoc(groups, threshold),
    pr: drawPrecisionRecall(groups, threshold),
    calibration: calibration.bins,
    calibrationError: calibration.error,
    scoreBands: evaluateScoreBands(scored, threshold, confidence, dependence),
    segments: segments.flatMap((segment) =>
      evaluateSegments(scored, segment, { threshold, confidence, dependence }),
    ),
    scores: histogram.counts(),
  };
}

function isDependent(given: Dependence | undefined, rows: number): boolean {
  return given !== undefined && (given.entity.count < rows || given.period !== null);
}

function sharesOf(
  clustered: ReturnType<typeof estimateClustered> | undefined,
): Partial<Pick<Evaluation['atThreshold'], 'precision' | 'recall' | 'falsePositiveRate'>> {
  if (clustered === undefined) return {};
  const { precision, recall, falsePositiveRate } = clustered;
  return { precision, recall, falsePositiveRate };
}

/** The number of positives. */
function checkScored(scores: Scores, labels: Uint8Array, weights: Float64Array | undefined): number {
  if (labels.length !== scores.length || (weights !== undefined && weights.length !== scores.length)) {
    throw new RangeError(
      `${scores.length} scores, ${labels.length} labels, ${weights?.length ?? 'no'} weights`,
    );
  }
  let positives = 0;
  for (let row = 0; row < scores.length; row++) {
    if (!(scores[row]! >= 0 && scores[row]! <= 1)) {
      throw new InputError(
        `The score of record ${row + 1} is ${scores[row]}; expected a probability from 0 to 1.`,
      );
    }
    if (weights !== undefined && !(weights[row]! > 0 && weights[row]! < Number.POSITIVE_INFINITY)) {
      throw new InputError(`The weight of record ${row + 1} is ${weights[row]}; expected a positive number.`);
    }
    positives += labels[row]!;
  }
  if (positives === 0 || positives === scores.length) {
    throw new InputError(
      `A model can only be evaluated on records of both classes; found ${positives} positives among ${scores.length} records.`,
    );
  }
  return positives;
}
