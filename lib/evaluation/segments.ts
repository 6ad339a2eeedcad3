/**
 * The figures of each value of a column. Values are those with the most records, at most `MAX_VALUES` of a column, most records
 * first. A value with fewer than `MIN_ROWS` records, or without positives, has counts but no estimates: two records say nothing,
 * however precisely.
 */

import { evaluateAtThreshold } from './at-threshold.ts';
import { estimateAveragePrecision } from './average-precision.ts';
import { type Dependence, estimateClustered, pickDependence } from './clustered-estimates.ts';
import type { SegmentEvaluation } from './evaluation.ts';
import { estimateRocAuc } from './roc-auc.ts';
import { groupScores } from './score-groups.ts';
import type { Scored } from './scored.ts';

const MIN_ROWS = 20;
const MAX_VALUES = 25;

export interface SegmentColumn {
  readonly column: string;
  /** One text a record. */
  readonly values: readonly string[];
}

interface SegmentOptions {
  readonly threshold: number;
  readonly confidence: number;
  readonly dependence: Dependence | undefined;
}

export function evaluateSegments(
  scored: Scored,
  segment: SegmentColumn,
  { threshold, confidence, dependence }: SegmentOptions,
): SegmentEvaluation[] {
  return largestValues(segment.values).map(([value, rows]) => {
    const part = pickRows(scored, rows);
    const groups = groupScores(part.scores, part.labels, part.weights);
    const at = evaluateAtThreshold(groups, threshold, confidence);
    const clustered =
      dependence && estimateClustered(part, threshold, pickDependence(dependence, rows), confidence);
    const positives = part.labels.reduce((total, label) => total + label, 0);
    const isMeasurable = rows.length >= MIN_ROWS && positives > 0;
    const anyFlagged = at.confusion.tp + at.confusion.fp > 0;
    return {
      column: segment.column,
      value,
      rows: rows.length,
      positives,
      rocAuc:
        isMeasurable && positives < rows.length
          ? (clustered?.rocAuc ?? estimateRocAuc(groups, confidence))
          : null,
      prAuc: isMeasurable ? (clustered?.prAuc ?? estimateAveragePrecision(groups, confidence)) : null,
      precision: isMeasurable && anyFlagged ? (clustered ?? at).precision : null,
      recall: isMeasurable ? (clustered ?? at).recall : null,
      flaggedShare: at.flaggedShare,
    };
  });
}

/** The values with the most rows, and the positions of these; ties in size by the value's text. */
export function largestValues(values: readonly string[]): [string, number[]][] {
  const rows = new Map<string, number[]>();
  for (let row = 0; row < values.length; row++) {
    const known = rows.get(values[row]!);
    if (known === undefined) rows.set(values[row]!, [row]);
    else known.push(row);
  }
  return [...rows].sort((a, b) => b[1].length - a[1].length || (a[0] < b[0] ? -1 : 1)).slice(0, MAX_VALUES);
}

function pickRows({ scores, labels, weights }: Scored, rows: readonly number[]): Scored {
  const picked =
    scores instanceof Float32Array ? new Float32Array(rows.length) : new Float64Array(rows.length);
  const pickedLabels = new Uint8Array(rows.length);
  for (let place = 0; place < rows.length; place++) {
    picked[place] = scores[rows[place]!]!;
    pickedLabels[place] = labels[rows[place]!]!;
  }
  return {
    scores: picked,
    labels: pickedLabels,
    weights: weights && Float64Array.from(rows, (row) => weights[row]!),
  };
}
