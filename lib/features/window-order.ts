/**
 * Records in the order of a window's key, and of (time, record id) within it, so that every frame is a stretch of it:
 *
 *     rows    7 2 5 | 0 3 | 1 4 6     records, by their place in what is read
 *     starts  0 0 0 | 3 3 | 5 5 5     where each one's key begins
 *     from    0 0 1 | 3 4 | 5 5 6     the first that its frame holds, and
 *     to      0 1 2 | 3 4 | 5 6 7     the last; before `from` where it holds none
 */
import type { Frame } from './feature-plan.ts';

export interface KeyOrder {
  readonly rows: Int32Array;
  readonly starts: Int32Array;
  readonly times: Float64Array;
}

export interface FrameEdges {
  readonly from: Int32Array;
  readonly to: Int32Array;
}

/**
 * Of the first `known` records, which have a time, those whose key has no missing part. `keys` holds a column of codes for each
 * part of the key; a code is at least 0, or -1 where it is missing.
 */
export function orderByKey(keys: readonly Int32Array[], times: Float64Array, known: number): KeyOrder {
  let rows = new Int32Array(known);
  for (let row = 0; row < known; row++) rows[row] = row;
  for (const codes of keys) rows = withCode(rows, codes);
  for (const codes of keys.toReversed()) rows = sortByCode(rows, codes);
  const isFirst = new Uint8Array(rows.length);
  for (const codes of keys) markChanges(rows, codes, isFirst);
  const starts = new Int32Array(rows.length);
  for (let at = 1; at < rows.length; at++) starts[at] = isFirst[at] === 1 ? at : starts[at - 1]!;
  return { rows, starts, times: gather(times, rows, new Float64Array(rows.length)) };
}

/** A column in the order of `rows`: read along an order, it is many times faster than by each record's place. */
export function gather<Column extends Float64Array | Int32Array | Int8Array>(
  column: Column,
  rows: Int32Array,
  out: Column,
): Column {
  for (let at = 0; at < rows.length; at++) out[at] = column[rows[at]!]!;
  return out;
}

function withCode(rows: Int32Array<ArrayBuffer>, codes: Int32Array): Int32Array<ArrayBuffer> {
  let count = 0;
  for (let at = 0; at < rows.length; at++) {
    const row = rows[at]!;
    if (codes[row]! >= 0) rows[count++] = row;
  }
  return rows.subarray(0, count);
}

function markChanges(rows: Int32Array, codes: Int32Array, isFirst: Uint8Array): void {
  for (let at = 1; at < rows.length; at++) if (codes[rows[at]!] !== codes[rows[at - 1]!]) isFirst[at] = 1;
}

/** Counting sort: equal codes stay in their order. */
function sortByCode(rows: Int32Array<ArrayBuffer>, codes: Int32Array): Int32Array<ArrayBuffer> {
  let largest = 0;
  for (let at = 0; at < rows.length; at++) largest = Math.max(largest, codes[rows[at]!]!);
  const next = new Int32Array(largest + 2);
  for (let at = 0; at < rows.length; at++) next[codes[rows[at]!]! + 1]!++;
  for (let code = 1; code < next.length; code++) next[code]! += next[code - 1]!;
  const sorted = new Int32Array(rows.length);
  for (let at = 0; at < rows.length; at++) sorted[next[codes[rows[at]!]!]!++] = rows[at]!;
  return sorted;
}

/** `isBefore`: without a delay, the frame ends before the record itself. */
export function frameEdges(
  { starts, times }: KeyOrder,
  { over, delay }: Pick<Frame, 'over' | 'delay'>,
  isBefore: boolean,
): FrameEdges {
  const count = starts.length;
  const from = over === null ? starts : new Int32Array(count);
  const to = new Int32Array(count);
  let first = 0;
  let after = 0;
  for (let at = 0; at < count; at++) {
    const start = starts[at]!;
    if (over !== null) {
      const earliest = times[at]! - (over + delay);
      first = Math.max(first, start);
      while (times[first]! < earliest) first++;
      from[at] = first;
    }
    if (delay === 0) {
      to[at] = isBefore ? at - 1 : at;
      continue;
    }
    const latest = times[at]! - delay;
    after = Math.max(after, start);
    while (after < at && times[after]! <= latest) after++;
    to[at] = after - 1;
  }
  return { from, to };
}
