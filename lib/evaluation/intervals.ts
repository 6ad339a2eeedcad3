/** Estimates with bounds, of shares and their standard errors. Bounds are `null` where the data does not support any. */
import type { Estimate } from './evaluation.ts';
import { normalWidth, studentWidth } from './normal-quantile.ts';

/**
 * A proportion with Wilson's score interval (Wilson 1927): unlike p ± z·se it stays inside [0, 1] and keeps its coverage
 * for few trials and for shares near 0 or 1. `share` of nothing is 0 without bounds, as scikit-learn's zero_division=0.
 */
export function wilsonEstimate(share: number, trials: number, confidence: number): Estimate {
  if (!(trials > 0)) return { value: 0, low: null, high: null };
  const z2 = normalWidth(confidence) ** 2;
  const centre = (share + z2 / (2 * trials)) / (1 + z2 / trials);
  const reach = Math.sqrt((z2 * (share * (1 - share) + z2 / (4 * trials))) / trials) / (1 + z2 / trials);
  return {
    value: share,
    low: Math.min(share, Math.max(0, centre - reach)),
    high: Math.max(share, Math.min(1, centre + reach)),
  };
}

/**
 * A figure in (0, 1) with an interval that is symmetric on its logit: logit(v) ± z · se / (v(1 - v)). It cannot leave
 * [0, 1]. With few degrees of freedom in the error, z gives way to Student's t. No bounds where the logit or the error is degenerate (a perfect figure claims nothing about its error).
 */
export function logitEstimate(
  value: number,
  standardError: number,
  confidence: number,
  degreesOfFreedom = Number.POSITIVE_INFINITY,
): Estimate {
  const spread = value * (1 - value);
  if (!(spread > 1e-12) || !(standardError > 0)) return { value, low: null, high: null };
  const logit = Math.log(value / (1 - value));
  const reach = (studentWidth(confidence, degreesOfFreedom) * standardError) / spread;
  return { value, low: inverseLogit(logit - reach), high: inverseLogit(logit + reach) };
}

function inverseLogit(x: number): number {
  return 1 / (1 + Math.exp(-x));
}
