/**
 * How far a distribution is from what it was in training: the population stability index and the Jensen-Shannon distance, with
 * intervals. Both are above zero by noise alone, by (bins − 1)/n and (bins − 1)/(8 n ln 2) on average; the lower bound takes that
 * away. Their standard errors are by the delta method, over groups of entities where these are known (grouped-counts.ts): then noise
 * counts as often as records of an entity are alike. Simulated, the lower bound is above zero in fewer than 1 of 1,000 samples of
 * what has not moved; over groups of entities whose records are alike, in at most 4 of 100 (test/monitoring/grouped.test.ts).
 */

import { correctSmall } from '../evaluation/cluster-error.ts';
import { jensenShannonDistance, stabilityIndex } from '../evaluation/drift-bins.ts';
import { normalWidth, studentWidth } from '../evaluation/normal-quantile.ts';
import { designEffect, type GroupBins, groupError, MIN_GROUPS } from './grouped-counts.ts';
import { CONFIDENCE, type Figure, type Measured, NEEDED, notEnough } from './measured.ts';

export interface DistributionDrift {
  readonly psi: Measured;
  readonly jensenShannon: Measured;
}

const SMALLEST_SHARE = 1e-4;

export interface Sampled {
  /** Of how many records the shares are; null: of very many. */
  readonly rowsThen?: number | null;
  /** The counts by group of entities; null: each record counts by itself. */
  readonly groups?: readonly GroupBins[] | null;
}

/** `then`: shares that sum to 1; `now`: counts of the same bins. */
export function measureDistributionDrift(
  then: readonly number[],
  now: readonly number[],
  { rowsThen = null, groups = null }: Sampled = {},
): DistributionDrift {
  const n = now.reduce((sum, count) => sum + count, 0);
  const lacking = notEnough(n, NEEDED.driftRecords);
  if (n < NEEDED.driftRecords) return { psi: lacking, jensenShannon: lacking };
  const shares = now.map((count) => count / n);
  const bins = then.filter((share, bin) => share > 0 || shares[bin]! > 0).length;
  // Both are samples: together they say as much as one of so many records against what is known for sure.
  const sample = rowsThen === null ? n : 1 / (1 / n + 1 / rowsThen);
  const alike = groups === null ? 1 : designEffect(groups, shares);
  const noise = ((bins - 1) / sample) * alike;
  const counted: Counted = { shares, n, sample, groups };
  const psi = intervalOf(counted, stabilityIndex(then, shares), noise, (share, bin) => {
    const [was, is] = [Math.max(then[bin]!, SMALLEST_SHARE), Math.max(share, SMALLEST_SHARE)];
    return share < SMALLEST_SHARE ? 0 : Math.log(is / was) + 1 - was / is;
  });
  const distance = jensenShannonDistance(then, shares);
  const divergence = intervalOf(counted, distance * distance, noise / (8 * Math.LN2), (share, bin) =>
    share > 0 ? Math.log2((2 * share) / (share + then[bin]!)) / 2 : 0,
  );
  return {
    psi,
    jensenShannon: {
      value: distance,
      low: Math.sqrt(divergence.low),
      high: Math.min(1, Math.sqrt(divergence.high)),
      n,
    },
  };
}

/** Variance of a bin's slope over the records. */
function spreadOf(shares: readonly number[], slopeOf: (share: number, bin: number) => number): number {
  let mean = 0;
  let square = 0;
  for (const [bin, share] of shares.entries()) {
    const slope = slopeOf(share, bin);
    mean += share * slope;
    square += share * slope * slope;
  }
  return Math.max(0, square - mean * mean);
}

interface Counted {
  readonly shares: readonly number[];
  readonly n: number;
  readonly sample: number;
  readonly groups: readonly GroupBins[] | null;
}

/** `noise`: what the figure is on average where nothing has moved. */
function intervalOf(
  { shares, n, sample, groups }: Counted,
  value: number,
  noise: number,
  slopeOf: (share: number, bin: number) => number,
): Figure {
  const reach = normalWidth(CONFIDENCE) * Math.sqrt(spreadOf(shares, slopeOf) / sample);
  if (groups === null) return { value, low: Math.max(0, value - noise - reach), high: value + reach, n };
  // All may be of one account: nothing says that another would be as it is.
  if (groups.length < MIN_GROUPS) return { value, low: 0, high: Math.max(value + reach, 1), n };
  const { standardError, degreesOfFreedom } = correctSmall(groupError(groups, shares, slopeOf));
  const apart = Math.max(
    reach,
    studentWidth(CONFIDENCE, degreesOfFreedom) * standardError * Math.sqrt(n / sample),
  );
  return { value, low: Math.max(0, value - noise - apart), high: value + apart, n };
}
