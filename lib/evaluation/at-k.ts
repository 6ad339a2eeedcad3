/**
 * Score groups in; what an officer finds among the k highest scores out. Where the k-th place falls among records of one
 * score, the mean over all orders of these is taken: no order of the file, lucky or not, changes the figure. Counts
 * records, whatever their weights: k is a number of files on a desk.
 */
import type { Evaluation } from './evaluation.ts';
import { wilsonEstimate } from './intervals.ts';

const PLACES = [10, 50, 100, 500, 1000];

/** The groups must be of unweighted records. */
export function evaluateAtK(
  groups: { readonly rows: Float64Array; readonly positives: Float64Array; readonly totalPositives: number },
  confidence: number,
): Evaluation['atK'] {
  const rows = groups.rows.reduce((total, count) => total + count, 0);
  return PLACES.filter((k) => k <= rows).map((k) => {
    const found = positivesAmongFirst(groups, k);
    return {
      k,
      precision: wilsonEstimate(found / k, k, confidence),
      recall: groups.totalPositives === 0 ? 0 : found / groups.totalPositives,
    };
  });
}

function positivesAmongFirst(
  groups: { readonly rows: Float64Array; readonly positives: Float64Array },
  k: number,
): number {
  let found = 0;
  let left = k;
  for (let group = 0; left > 0; group++) {
    const taken = Math.min(left, groups.rows[group]!);
    found += (groups.positives[group]! * taken) / groups.rows[group]!;
    left -= taken;
  }
  return found;
}
