/** A share of records that come in entities, or in groups of these: Wilson's interval, with as many trials as the error is worth. */

import { halfWidth } from '../evaluation/cluster-error.ts';
import { estimateShare } from '../evaluation/clustered-estimates.ts';
import { wilsonEstimate } from '../evaluation/intervals.ts';
import { normalWidth } from '../evaluation/normal-quantile.ts';
import { type GroupBins, groupError, MIN_GROUPS } from './grouped-counts.ts';
import { CONFIDENCE, type Measured, NEEDED, notEnough } from './measured.ts';

/** How many of how many. */
export interface Portion {
  readonly part: number;
  readonly whole: number;
}

/** `groups`: the same by group of entities; null: each record counts by itself. */
export function measureGroupedShare(
  { part, whole }: Portion,
  groups: readonly Portion[] | null,
  needed: number,
): Measured {
  if (whole < needed) return notEnough(whole, needed);
  const share = part / whole;
  const alone = wilsonEstimate(share, whole, CONFIDENCE);
  const plain = { value: share, low: alone.low!, high: alone.high!, n: whole };
  if (groups === null) return plain;
  // All may be of one account: nothing says that another would be as it is.
  if (groups.length < MIN_GROUPS) return { value: share, low: 0, high: 1, n: whole };
  if (share < 1e-12 || share > 1 - 1e-12) return plain;
  const bins = groups.map(({ part: own, whole: rows }): GroupBins => ({ rows, bins: [own] }));
  const width = halfWidth(
    groupError(bins, [share], () => 1),
    CONFIDENCE,
  );
  const trials = (share * (1 - share)) / (width / normalWidth(CONFIDENCE)) ** 2;
  const { low, high } = wilsonEstimate(share, Math.min(whole, trials), CONFIDENCE);
  return { value: share, low: low!, high: high!, n: whole };
}

/** `entities`: of each entity, or of each record by itself, how many of its records. Fewer than four give no interval. */
export function measureShareOfEntities(
  entities: readonly Portion[],
  needed: number,
  confidence: number = CONFIDENCE,
): Measured {
  const rows = entities.flatMap(({ part, whole }, entity) =>
    Array.from({ length: whole }, (_, at) => ({ entity, counts: at < part ? 1 : 0 })),
  );
  if (rows.length < needed) return notEnough(rows.length, needed);
  const { value, low, high } = estimateShare(
    { rows: rows.length, part: (row) => rows[row]!.counts, isOf: () => true, weights: undefined },
    {
      entity: { code: Int32Array.from(rows, ({ entity }) => entity), count: entities.length },
      period: null,
    },
    confidence,
  );
  if (low === null || high === null)
    return notEnough(entities.length, Math.max(NEEDED.entities, entities.length + 1));
  return { value, low, high, n: rows.length };
}
