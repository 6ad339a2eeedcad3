/**
 * Cuts a column's float32 values into runs of neighbours that share a bin. Runs of equal row counts alone hide what is rare: with 255 of
 * them a rule on .3 % of the rows shares its bin with rows on the other side of it. So some of the runs come of dividing others where the
 * classes meet (docs/decisions/0006). A value that fills a run by itself has one by itself.
 */
import { floorToFloat32 } from '../tree-ensemble.ts';

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
}

export const REFINEMENT: Refinement = { share: 0.25, minEvidence: 40 };

/** Cuts the values into at most `maxRuns` runs; missing values are left out. */
export function findEdges(
  values: Float32Array,
  labels: Uint8Array,
  maxRuns: number,
  { share, minEvidence }: Refinement = REFINEMENT,
): ValueRun[] {
  const sorted = selectPresent(values, () => true).sort();
  const rare = selectRarerClass(values, labels).sort();
  const refine = (cuts: number): Divisible[] => {
    const ends = cutEqually(sorted, maxRuns - cuts);
    return cutWhereClassesMeet(sorted, rare, ends, ends.length + cuts, minEvidence);
  };
  // A column that needs fewer cuts, mostly none, has the more equal runs for it.
  const most = Math.floor(maxRuns * share);
  const equal = cutEqually(sorted, maxRuns - most).length;
  const runs = refine(Math.min(most, refine(most).length - equal));
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

/** A run by the places of its rows, and the cut in it that separates the classes best. */
interface Divisible {
  readonly start: number;
  readonly end: number;
  readonly cut: number;
  readonly evidence: number;
}

/** Divides the run whose cut shows most, the first of equals, until there are `maxRuns` or none shows enough. */
function cutWhereClassesMeet(
  sorted: Float32Array,
  rare: Float32Array,
  ends: readonly number[],
  maxRuns: number,
  minEvidence: number,
): Divisible[] {
  const runs = ends.map((end, at) => findCut(sorted, rare, at === 0 ? 0 : ends[at - 1]!, end));
  while (runs.length < maxRuns) {
    const best = runs.reduce((most, run, at) => (run.evidence > runs[most]!.evidence ? at : most), 0);
    const run = runs[best];
    if (run === undefined || run.evidence < minEvidence) break;
    const { start, cut, end } = run;
    runs.splice(best, 1, findCut(sorted, rare, start, cut), findCut(sorted, rare, cut, end));
  }
  return runs;
}

/** The best cut lies next to a value of the rarer class. */
function findCut(sorted: Float32Array, rare: Float32Array, start: number, end: number): Divisible {
  const first = countUpTo(rare, sorted[start]!, false);
  const last = countUpTo(rare, sorted[end - 1]!, true);
  const whole = logLikelihood(last - first, end - start);
  let [cut, evidence] = [start, 0];
  const consider = (at: number, below: number): void => {
    if (at <= start || at >= end) return;
    const apart = logLikelihood(below, at - start) + logLikelihood(last - first - below, end - at);
    if (2 * (apart - whole) > evidence) [cut, evidence] = [at, 2 * (apart - whole)];
  };
  for (let from = first; from < last; ) {
    const to = countUpTo(rare, rare[from]!, true);
    consider(countUpTo(sorted, rare[from]!, false), from - first);
    consider(countUpTo(sorted, rare[from]!, true), to - first);
    from = to;
  }
  return { start, end, cut, evidence };
}

/** Of `some` among `all` rows, at their own rate. */
function logLikelihood(some: number, all: number): number {
  const others = all - some;
  return (
    (some === 0 ? 0 : some * Math.log(some / all)) + (others === 0 ? 0 : others * Math.log(others / all))
  );
}

/** The observed values of the class that has fewer of the rows. */
function selectRarerClass(values: Float32Array, labels: Uint8Array): Float32Array {
  const positives = labels.reduce((sum, label) => sum + label, 0);
  const rarer = 2 * positives <= labels.length ? 1 : 0;
  return selectPresent(values, (row) => labels[row] === rarer);
}

/** How many of the sorted values are below `value`, or not above it. */
function countUpTo(sorted: Float32Array, value: number, inclusive: boolean): number {
  let low = 0;
  for (let high = sorted.length; low < high; ) {
    const middle = (low + high) >>> 1;
    const belongs = inclusive ? sorted[middle]! <= value : sorted[middle]! < value;
    if (belongs) low = middle + 1;
    else high = middle;
  }
  return low;
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
