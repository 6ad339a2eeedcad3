/**
 * Cuts a column's float32 values into runs of neighbours that share a bin. Runs of equal row counts alone hide what is rare: with 255 of
 * them a rule on .3 % of the rows shares its bin with rows on the other side of it. So some of the runs come of dividing others where the
 * classes meet (docs/decisions/0006). A value that fills a run by itself has one by itself.
 */
import { floorToFloat32 } from '../tree-ensemble.ts';
import { countUpTo, cutWhereClassesMeet, type Divisible, moveCuts, type SortedColumn } from './class-cuts.ts';

/** The smallest and the largest observed value of a bin. */
export interface ValueRun {
  readonly low: number;
  readonly high: number;
}

const LARGEST_FLOAT32 = 3.4028234663852886e38;

/**
 * A float32 threshold with a <= threshold < b, halfway where that is a number. Next to an infinity it keeps all
 * finite values on one side.
 */
export function midpoint(a: number, b: number): number {
  if (a === Number.NEGATIVE_INFINITY) return a;
  if (b === Number.POSITIVE_INFINITY) return LARGEST_FLOAT32;
  return floorToFloat32((a + b) / 2);
}

/** How far bins are divided where the classes meet. */
export interface Refinement {
  /** At most this share of the bins comes of it. */
  readonly share: number;
  /** What a cut must show: the G² statistic of the two sides against one rate for both. A lone positive shows about 11. */
  readonly minEvidence: number;
  /** By how much a cut that shows enough must show more elsewhere between its neighbours to be moved there; Infinity: never. */
  readonly minGain: number;
}

export const REFINEMENT: Refinement = { share: 0.25, minEvidence: 40, minGain: 12 };

/** Cuts the values into at most `maxRuns` runs; missing values are left out. */
export function findEdges(
  values: Float32Array,
  labels: Uint8Array,
  maxRuns: number,
  { share, minEvidence, minGain }: Refinement = REFINEMENT,
): ValueRun[] {
  const sorted = selectPresent(values, () => true).sort();
  const column: SortedColumn = { sorted, rare: selectRarerClass(values, labels).sort() };
  const refine = (cuts: number): Divisible[] => {
    const ends = cutEqually(sorted, maxRuns - cuts);
    return cutWhereClassesMeet(column, ends, ends.length + cuts, minEvidence);
  };
  // A column that needs fewer cuts, mostly none, has the more equal runs for it.
  const most = Math.floor(maxRuns * share);
  const equal = cutEqually(sorted, maxRuns - most).length;
  const runs = refine(Math.min(most, refine(most).length - equal));
  moveCuts(column, runs, { minEvidence, minGain });
  return runs.map(({ start, end }) => ({ low: sorted[start]! + 0, high: sorted[end - 1]! + 0 }));
}

/** Where runs of about equal row counts end. */
function cutEqually(sorted: Float32Array, maxRuns: number): number[] {
  const ends: number[] = [];
  for (let start = 0; start < sorted.length; start = ends.at(-1)!) {
    const left = maxRuns - ends.length;
    ends.push(left === 1 ? sorted.length : findRunEnd(sorted, start, (sorted.length - start) / left));
  }
  return ends;
}

/** Where a run of about `target` rows from `start` ends: after a whole group of equal values, or before it if that is nearer. */
function findRunEnd(sorted: Float32Array, start: number, target: number): number {
  const reach = Math.min(start + Math.max(Math.ceil(target), 1), sorted.length) - 1;
  const value = sorted[reach]!;
  const before = countUpTo(sorted, value, false);
  const after = countUpTo(sorted, value, true);
  return before > start && start + target - before < after - start - target ? before : after;
}

/** The observed values of the class that has fewer of the rows. */
function selectRarerClass(values: Float32Array, labels: Uint8Array): Float32Array {
  const positives = labels.reduce((sum, label) => sum + label, 0);
  const rarer = 2 * positives <= labels.length ? 1 : 0;
  return selectPresent(values, (row) => labels[row] === rarer);
}

function selectPresent(values: Float32Array, isWanted: (row: number) => boolean): Float32Array {
  const present = new Float32Array(values.length);
  let count = 0;
  for (let row = 0; row < values.length; row++) {
    present[count] = values[row]!;
    if (!Number.isNaN(values[row]!) && isWanted(row)) count++;
  }
  return present.subarray(0, count);
}
