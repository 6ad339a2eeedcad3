/**
 * The distinct scores, highest first, with the weights that lie at each of them. ROC-AUC, average precision, curves and thresholds
 * are all sums over these groups, so that ties are right everywhere by construction: records with the same score are never
 * distinguished.
 *
 *     score              0.9   0.7   0.4   0.1
 *     positives            2     1     0     1      (weight at exactly this score)
 *     negatives            0     1     3     2
 */
import { orderByScore, type Scores } from './score-order.ts';

export interface ScoreGroups {
  /** Distinct, descending. */
  readonly scores: Float64Array;
  /** Records at the score. */
  readonly rows: Float64Array;
  /** Weight of the positive and negative records at the score: counts, where there are no weights. */
  readonly positives: Float64Array;
  readonly negatives: Float64Array;
  /** Sums of squared weights at the score: what variances need. */
  readonly positiveSquares: Float64Array;
  readonly negativeSquares: Float64Array;
  readonly totalPositives: number;
  readonly totalNegatives: number;
  /** Kish's effective number of records, (Σw)² / Σw²: counts, where there are no weights. */
  readonly effectivePositives: number;
  readonly effectiveNegatives: number;
}

/** Of one score, label (0 or 1) and weight (1 if absent) a record. */
export function groupScores(scores: Scores, labels: Uint8Array, weights?: Float64Array): ScoreGroups {
  const order = orderByScore(scores);
  const place = { scores: new Float64Array(order.length), rows: new Float64Array(order.length) };
  const positives = new Float64Array(order.length);
  const negatives = new Float64Array(order.length);
  const positiveSquares = weights === undefined ? positives : new Float64Array(order.length);
  const negativeSquares = weights === undefined ? negatives : new Float64Array(order.length);
  let group = -1;
  for (const row of order) {
    const score = scores[row]!;
    if (place.scores[group] !== score) place.scores[++group] = score;
    const weight = weights === undefined ? 1 : weights[row]!;
    const positive = labels[row] === 1;
    place.rows[group]!++;
    (positive ? positives : negatives)[group]! += weight;
    if (weights !== undefined) (positive ? positiveSquares : negativeSquares)[group]! += weight * weight;
  }
  const cut = (values: Float64Array) => values.subarray(0, group + 1);
  const totalPositives = sum(cut(positives));
  const totalNegatives = sum(cut(negatives));
  return {
    scores: cut(place.scores),
    rows: cut(place.rows),
    positives: cut(positives),
    negatives: cut(negatives),
    positiveSquares: cut(positiveSquares),
    negativeSquares: cut(negativeSquares),
    totalPositives,
    totalNegatives,
    effectivePositives: effectiveCount(totalPositives, sum(cut(positiveSquares))),
    effectiveNegatives: effectiveCount(totalNegatives, sum(cut(negativeSquares))),
  };
}

/** Kish's effective sample size of records whose weights sum to `total` and whose squared weights to `squares`. */
export function effectiveCount(total: number, squares: number): number {
  return squares === 0 ? 0 : (total * total) / squares;
}

function sum(values: Float64Array): number {
  let total = 0;
  for (const value of values) total += value;
  return total;
}
