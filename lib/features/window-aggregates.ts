/**
 * Computes the aggregates of a window over typed arrays, given an order by key, the frames in it and a column along it: a number per
 * record, along the order too, NaN where it is missing. All sums are of integers, and exact.
 */
import type { FrameEdges, KeyOrder } from './window-order.ts';

/** Running totals of a column along an order: of a key's records, from its first one on. */
export interface RunningTotals {
  readonly sums: Float64Array;
  readonly counts: Int32Array;
}

/** Beyond this a double holds no longer every integer. */
const MAX_TOTAL = Number.MAX_SAFE_INTEGER;

/** `values` are integers, NaN where missing. Null: they add up to more than can be exact. */
export function runningTotals({ starts }: KeyOrder, values: Float64Array): RunningTotals | null {
  const sums = new Float64Array(starts.length);
  const counts = new Int32Array(starts.length);
  let sum = 0;
  let size = 0;
  let count = 0;
  for (let at = 0; at < starts.length; at++) {
    if (starts[at] === at) sum = size = count = 0;
    const value = values[at]!;
    if (!Number.isNaN(value)) {
      sum += value;
      size += Math.abs(value);
      count++;
      if (size > MAX_TOTAL) return null;
    }
    sums[at] = sum;
    counts[at] = count;
  }
  return { sums, counts };
}

export function runningCounts({ starts }: KeyOrder, present: Int8Array): Int32Array {
  const counts = new Int32Array(starts.length);
  let count = 0;
  for (let at = 0; at < starts.length; at++) {
    if (starts[at] === at) count = 0;
    counts[at] = count += present[at]!;
  }
  return counts;
}

/** What a frame adds to a running total. */
function within(totals: Float64Array | Int32Array, from: number, to: number, start: number): number {
  return from === start ? totals[to]! : totals[to]! - totals[from - 1]!;
}

/** `counts` null: of all records. */
export function countOver(
  { starts }: KeyOrder,
  { from, to }: FrameEdges,
  counts: Int32Array | null,
  out: Float64Array,
): void {
  for (let at = 0; at < starts.length; at++) {
    const first = from[at]!;
    const last = to[at]!;
    let count = 0;
    if (last >= first) count = counts === null ? last - first + 1 : within(counts, first, last, starts[at]!);
    out[at] = count;
  }
}

/** Divided by `scale`, and by the count for an average: once, so that nothing is rounded twice. */
export function sumOver(
  { starts }: KeyOrder,
  { from, to }: FrameEdges,
  { sums, counts }: RunningTotals,
  { scale, isAverage }: { readonly scale: number; readonly isAverage: boolean },
  out: Float64Array,
): void {
  for (let at = 0; at < starts.length; at++) {
    const first = from[at]!;
    const last = to[at]!;
    const start = starts[at]!;
    if (last < first) continue;
    const count = within(counts, first, last, start);
    if (count === 0) continue;
    out[at] = within(sums, first, last, start) / (isAverage ? count * scale : scale);
  }
}

/** `sign` 1: the largest; -1: the smallest. The candidates of a frame, each smaller than the one before it, wait in a queue. */
export function extremeOver(
  { starts }: KeyOrder,
  { from, to }: FrameEdges,
  values: Float64Array,
  sign: 1 | -1,
  out: Float64Array,
): void {
  const queue = new Int32Array(starts.length);
  let head = 0;
  let tail = 0;
  let next = 0;
  for (let at = 0; at < starts.length; at++) {
    if (starts[at] === at) {
      head = tail = 0;
      next = at;
    }
    for (; next <= to[at]!; next++) {
      const value = values[next]!;
      if (Number.isNaN(value)) continue;
      while (tail > head && sign * values[queue[tail - 1]!]! < sign * value) tail--;
      queue[tail++] = next;
    }
    while (head < tail && queue[head]! < from[at]!) head++;
    if (head < tail) out[at] = values[queue[head]!]!;
  }
}

/** Different codes in a frame; -1 is none. */
export function distinctOver(
  { starts }: KeyOrder,
  { from, to }: FrameEdges,
  codes: Int32Array,
  out: Float64Array,
): void {
  let largest = 0;
  for (let row = 0; row < codes.length; row++) largest = Math.max(largest, codes[row]!);
  const seen = new Int32Array(largest + 1);
  let different = 0;
  let first = 0;
  let next = 0;
  const leave = (until: number): void => {
    for (; first < until; first++) {
      const code = codes[first]!;
      if (code >= 0 && --seen[code]! === 0) different--;
    }
  };
  for (let at = 0; at < starts.length; at++) {
    if (starts[at] === at) {
      leave(next);
      first = next = at;
    }
    for (; next <= to[at]!; next++) {
      const code = codes[next]!;
      if (code >= 0 && seen[code]!++ === 0) different++;
    }
    leave(Math.min(from[at]!, next));
    out[at] = different;
  }
}

/** The first of a frame, or the last; of those with a value where `skipsMissing`. */
export function endOver(
  { starts }: KeyOrder,
  { from, to }: FrameEdges,
  values: Float64Array,
  { isLast, skipsMissing }: { readonly isLast: boolean; readonly skipsMissing: boolean },
  out: Float64Array,
): void {
  const near = skipsMissing ? nearestPresent(values, isLast) : null;
  for (let at = 0; at < starts.length; at++) {
    const first = from[at]!;
    const last = to[at]!;
    if (last < first) continue;
    const end = isLast ? last : first;
    const found = near === null ? end : near[end]!;
    if (found >= first && found <= last) out[at] = values[found]!;
  }
}

/** For each place, the nearest one with a value from there on back (`isLast`) or forth; -1 before all. */
function nearestPresent(values: Float64Array, isLast: boolean): Int32Array {
  const count = values.length;
  const near = new Int32Array(count);
  let found = -1;
  for (let step = 0; step < count; step++) {
    const at = isLast ? step : count - 1 - step;
    const value = values[at]!;
    if (!Number.isNaN(value)) found = at;
    near[at] = found;
  }
  return near;
}
