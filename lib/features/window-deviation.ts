/**
 * The standard deviation over a window, bit for bit as `deviationSql` has DuckDB compute it in 128-bit integers: √((n Σx² − (Σx)²) /
 * n(n−1)), x in millionths. Squares and their sums are kept in two limbs, high · 2³² + low.
 */
import type { FrameEdges, KeyOrder } from './window-order.ts';

/** Millionths: six decimals. */
const DECIMALS_SCALE = 1e6;
const LIMB = 2 ** 32;
/** A number below this is split in two halves whose products are exact. */
const MAX_SPLIT = 2 ** 42;
const HALF = 2 ** 21;
const MAX_PRODUCT = 2 ** 52;

interface Totals {
  readonly counts: Int32Array;
  readonly sums: Float64Array;
  readonly highs: Float64Array;
  readonly lows: Float64Array;
}

/** `values` are integers along the order, in units of 1/`scale`. False: they are too large for this, and nothing is written. */
export function deviationOver(
  order: KeyOrder,
  { from, to }: FrameEdges,
  values: Float64Array,
  scale: number,
  out: Float64Array,
): boolean {
  const { starts } = order;
  const totals = squareTotals(order, values, scale);
  if (totals === null) return false;
  const { counts, sums, highs, lows } = totals;
  for (let at = 0; at < starts.length; at++) {
    const first = from[at]!;
    const last = to[at]!;
    if (last <= first) continue;
    const before = first === starts[at] ? -1 : first - 1;
    const isWhole = before < 0;
    const n = counts[last]! - (isWhole ? 0 : counts[before]!);
    if (n < 2) continue;
    const sum = sums[last]! - (isWhole ? 0 : sums[before]!);
    const high = highs[last]! - (isWhole ? 0 : highs[before]!);
    const low = lows[last]! - (isWhole ? 0 : lows[before]!);
    const numerator = spread(n, sum, high, low);
    out[at] = Math.sqrt(numerator / (DECIMALS_SCALE ** 2 * n * (n - 1)));
  }
  return true;
}

function squareTotals({ starts }: KeyOrder, values: Float64Array, scale: number): Totals | null {
  const counts = new Int32Array(starts.length);
  const sums = new Float64Array(starts.length);
  const highs = new Float64Array(starts.length);
  const lows = new Float64Array(starts.length);
  let count = 0;
  let sum = 0;
  let size = 0;
  let high = 0;
  let low = 0;
  for (let at = 0; at < starts.length; at++) {
    if (starts[at] === at) count = sum = size = high = low = 0;
    const value = values[at]!;
    if (!Number.isNaN(value)) {
      const x = toMillionths(value, scale);
      const absolute = Math.abs(x);
      if (absolute >= MAX_SPLIT) return null;
      const squareHigh = highOfSquare(absolute);
      count++;
      sum += x;
      size += absolute;
      high += squareHigh;
      low += lowOfSquare(absolute);
      if (size > Number.MAX_SAFE_INTEGER || Math.max(high, low) > Number.MAX_SAFE_INTEGER) return null;
    }
    counts[at] = count;
    sums[at] = sum;
    highs[at] = high;
    lows[at] = low;
  }
  return { counts, sums, highs, lows };
}

/** Halves go away from zero, as in DuckDB's casts of decimals. */
function toMillionths(value: number, scale: number): number {
  if (scale <= DECIMALS_SCALE) return value * (DECIMALS_SCALE / scale);
  const step = scale / DECIMALS_SCALE;
  return Math.sign(value) * Math.floor((Math.abs(value) + step / 2) / step);
}

/** x = a · 2²¹ + b, so x² = a² · 2⁴² + 2ab · 2²¹ + b²; `lowOfSquare` is the rest, which may be a little more than a limb. */
function highOfSquare(x: number): number {
  const a = Math.floor(x / HALF);
  const b = x - a * HALF;
  return a * a * 1024 + Math.floor((2 * a * b) / 2048);
}

function lowOfSquare(x: number): number {
  const a = Math.floor(x / HALF);
  const b = x - a * HALF;
  return ((2 * a * b) % 2048) * HALF + b * b;
}

/** n (high · 2³² + low) − sum², at least 0, rounded once as an integer of 64 bits and twice as a larger one, as DuckDB does. */
function spread(n: number, sum: number, high: number, low: number): number {
  const size = Math.abs(sum);
  if (n * high >= MAX_PRODUCT || n * low >= MAX_PRODUCT || size >= MAX_SPLIT)
    return wideSpread(n, sum, high, low);
  const rest = n * low - lowOfSquare(size);
  const carry = Math.floor(rest / LIMB);
  const top = n * high - highOfSquare(size) + carry;
  return top < 0 ? 0 : asDouble(top, rest - carry * LIMB);
}

/** The double that DuckDB makes of the integer top · 2³² + rest. */
function asDouble(top: number, rest: number): number {
  if (top < LIMB) return top * LIMB + rest;
  const upper = Math.floor(top / LIMB);
  return (top - upper * LIMB) * LIMB + rest + upper * LIMB * LIMB;
}

function wideSpread(n: number, sum: number, high: number, low: number): number {
  const exact = BigInt(n) * ((BigInt(high) << 32n) + BigInt(low)) - BigInt(sum) ** 2n;
  if (exact <= 0n) return 0;
  return Number(exact & 0xffffffffffffffffn) + Number(exact >> 64n) * LIMB * LIMB;
}
