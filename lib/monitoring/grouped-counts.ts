/**
 * The error of a share, or of a figure made of shares, from counts of records by group of entities: records of one account are
 * alike, so what moves is groups of entities, not records. Each group moves the figure by what it has over its part of the whole
 * (the linearisation of lib/evaluation/influence.ts), and the error is that of lib/evaluation/cluster-error.ts.
 */
import { type ClusterError, clusterError } from '../evaluation/cluster-error.ts';

/** Records of a group, and how many of them fell into each bin. */
export interface GroupBins {
  readonly rows: number;
  readonly bins: readonly number[];
}

/** With fewer groups that have records nothing is known of how much they differ. */
export const MIN_GROUPS = 4;

/** `slopeOf`: how much the figure rises with the share of a bin, at these shares. */
export function groupError(
  groups: readonly GroupBins[],
  shares: readonly number[],
  slopeOf: (share: number, bin: number) => number,
): ClusterError {
  const rows = groups.reduce((sum, group) => sum + group.rows, 0);
  const slopes = shares.map(slopeOf);
  const influence = Float64Array.from(groups, (group) =>
    slopes.reduce(
      (sum, slope, bin) => sum + (slope * (group.bins[bin]! - shares[bin]! * group.rows)) / rows,
      0,
    ),
  );
  return clusterError(influence, { code: Int32Array.from(groups.keys()), count: groups.length });
}

/**
 * By how much shares differ between groups over what they would if each record were by itself: the design effect, as Rao and Scott
 * (1981) average it over bins. What noise adds to a distance between distributions is so many times as much. At least 1.
 */
export function designEffect(groups: readonly GroupBins[], shares: readonly number[]): number {
  const rows = groups.reduce((sum, group) => sum + group.rows, 0);
  const filled = shares.flatMap((share, bin) => (share > 0 ? [{ share, bin }] : []));
  if (filled.length < 2 || groups.length < 2) return 1;
  const correction = groups.length / (groups.length - 1);
  const spread = filled.reduce((sum, { share, bin }) => {
    const squares = groups.reduce((total, group) => total + (group.bins[bin]! - share * group.rows) ** 2, 0);
    return sum + (correction * squares) / rows ** 2 / share;
  }, 0);
  return Math.max(1, (spread * rows) / (filled.length - 1));
}
