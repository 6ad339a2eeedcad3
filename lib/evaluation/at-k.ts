/**
 * What an officer finds among the k highest scores. Where the k-th place falls among records of one score, the mean over all orders
 * of these is taken: no order of the file, lucky or not, changes the figure. Counts records, whatever their weights: k is a number
 * of files on a desk.
 */
import { type Dependence, estimateShare } from './clustered-estimates.ts';
import type { Estimate, Evaluation } from './evaluation.ts';
import { wilsonEstimate } from './intervals.ts';
import type { ScoreGroups } from './score-groups.ts';
import type { Scores } from './score-order.ts';

const PLACES = [10, 50, 100, 500, 1000];

/** The groups must be of unweighted records. */
export function evaluateAtK(
  groups: Pick<ScoreGroups, 'scores' | 'rows' | 'positives' | 'totalPositives'>,
  confidence: number,
  scored?: {
    readonly scores: Scores;
    readonly labels: Uint8Array;
    readonly dependence: Dependence | undefined;
  },
): Evaluation['atK'] {
  const rows = groups.rows.reduce((total, count) => total + count, 0);
  return PLACES.filter((k) => k <= rows).map((k) => {
    const found = positivesAmongFirst(groups, k);
    return {
      k,
      precision:
        estimateAtK(groups.scores, groups.rows, k, confidence, scored) ??
        wilsonEstimate(found / k, k, confidence),
      recall: groups.totalPositives === 0 ? 0 : found / groups.totalPositives,
    };
  });
}

/** Over entities; undefined where each record is one. Of records that share the k-th place each is there in part. */
function estimateAtK(
  distinct: Float64Array,
  rows: Float64Array,
  k: number,
  confidence: number,
  scored: Parameters<typeof evaluateAtK>[2],
): Estimate | undefined {
  if (scored?.dependence === undefined) return undefined;
  const { scores, labels, dependence } = scored;
  let group = 0;
  let left = k;
  while (left > rows[group]!) left -= rows[group++]!;
  const last = distinct[group]!;
  const share = left / rows[group]!;
  const weights = Float64Array.from(scores, (score) => (score === last ? share : 1));
  const part = (row: number) => labels[row]!;
  const isOf = (row: number) => scores[row]! >= last;
  return estimateShare({ rows: scores.length, part, isOf, weights }, dependence, confidence);
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
