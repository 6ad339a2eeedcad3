/** How far probabilities are from the labels (0 or 1): Brier score and log-loss. Both are 0 at best. */
import type { Scores } from './score-order.ts';

/**
 * Mean -log of the probability given to what happened. Probabilities are clipped by the machine epsilon of their type, as
 * scikit-learn clips, so that one certain mistake costs about 16 (float32) or 36 (float64) and not infinity.
 */
export function logLoss(scores: Scores, labels: Uint8Array, weights?: Float64Array): number {
  const epsilon = scores instanceof Float32Array ? 2 ** -23 : 2 ** -52;
  let loss = 0;
  let total = 0;
  for (let row = 0; row < scores.length; row++) {
    const weight = weights === undefined ? 1 : weights[row]!;
    const clipped = Math.min(Math.max(scores[row]!, epsilon), 1 - epsilon);
    loss -= weight * (labels[row] === 1 ? Math.log(clipped) : Math.log1p(-clipped));
    total += weight;
  }
  return loss / total;
}

/** Mean squared difference between probability and label. */
export function brierScore(scores: Scores, labels: Uint8Array, weights?: Float64Array): number {
  let loss = 0;
  let total = 0;
  for (let row = 0; row < scores.length; row++) {
    const weight = weights === undefined ? 1 : weights[row]!;
    loss += weight * (scores[row]! - labels[row]!) ** 2;
    total += weight;
  }
  return loss / total;
}
