/**
 * A column's float32 values in, the runs of neighbouring values that share a bin out: as equal in rows as can be, and a value
 * that fills a bin by itself has one by itself.
 */
import { floorToFloat32 } from './tree-ensemble.ts';

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

/** Cuts the values into at most `maxRuns` runs of about equal row counts; missing values are left out. */
export function findEdges(values: Float32Array, maxRuns: number): ValueRun[] {
  const sorted = dropMissing(values).sort();
  const runs: ValueRun[] = [];
  let start = 0;
  while (start < sorted.length) {
    const left = maxRuns - runs.length;
    const end = left === 1 ? sorted.length : findRunEnd(sorted, start, (sorted.length - start) / left);
    runs.push({ low: sorted[start]! + 0, high: sorted[end - 1]! + 0 });
    start = end;
  }
  return runs;
}

/** Where a run of about `target` rows from `start` ends: after a whole group of equal values, or before it if that is nearer. */
function findRunEnd(sorted: Float32Array, start: number, target: number): number {
  const reach = Math.min(start + Math.max(Math.ceil(target), 1), sorted.length) - 1;
  const value = sorted[reach]!;
  const before = countUpTo(sorted, value, false);
  const after = countUpTo(sorted, value, true);
  return before > start && start + target - before < after - start - target ? before : after;
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

function dropMissing(values: Float32Array): Float32Array {
  const present = new Float32Array(values.length);
  let count = 0;
  for (let row = 0; row < values.length; row++) {
    present[count] = values[row]!;
    if (!Number.isNaN(values[row]!)) count++;
  }
  return present.subarray(0, count);
}
