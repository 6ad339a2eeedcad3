/**
 * Numbers with nine decimals, held as whole billionths: shares out what rounding leaves, so that base + Σ contributions = score
 * without remainder. A reader who adds up the printed decimals finds the printed score.
 *
 * Billionths below 1e15 are exact in a double, and so is the way back: up to 15 digits survive text → double → text.
 */

/** Beyond this a double cannot hold nine decimals exactly. A score or a log-odds is nowhere near. */
const LARGEST = 1e6;
const BILLIONTHS = 1e9;
/** The runtime sums float32 leaves: more than this between it and base + Σ is no rounding. */
const TOLERANCE_BILLIONTHS = 10_000;

/** `x` in billionths, rounded to the nearest; undefined if that cannot be exact. */
export function toBillionths(x: number): number | undefined {
  if (!(Math.abs(x) < LARGEST)) return undefined;
  return Math.round(x * BILLIONTHS) + 0;
}

/** A number at the nine decimals that decisions are stored and compared with. */
export function roundToBillionths(x: number): number {
  return Math.round(x * BILLIONTHS) / BILLIONTHS;
}

export function fromBillionths(billionths: number): number {
  return billionths / BILLIONTHS;
}

/** A number of at most nine decimals as plain decimal text: never an exponent, never -0. */
export function decimalText(x: number): string {
  const billionths = Math.round(x * BILLIONTHS);
  const digits = String(Math.abs(billionths)).padStart(10, '0');
  const fraction = digits.slice(-9).replace(/0+$/, '');
  const text = fraction === '' ? digits.slice(0, -9) : `${digits.slice(0, -9)}.${fraction}`;
  return billionths < 0 ? `-${text}` : text;
}

/**
 * Contributions in billionths that sum to exactly `total`; undefined if they are further from it than float32 sums can
 * be (1e-5). The difference is shared out by size (all zero: equally), then what rounding down left over goes, a
 * billionth each, to the largest remainders; ties to the earlier one. None moves by more than 1e-5 and a billionth.
 */
export function apportion(contributions: readonly number[], total: number): number[] | undefined {
  let sum = 0;
  let size = 0;
  for (const contribution of contributions) {
    if (!(Math.abs(contribution) < LARGEST)) return undefined;
    sum += contribution * BILLIONTHS;
    size += Math.abs(contribution);
  }
  const difference = total - sum;
  if (!(Math.abs(difference) <= TOLERANCE_BILLIONTHS)) return undefined;
  if (contributions.length === 0) return difference === 0 ? [] : undefined;
  const wanted = contributions.map((contribution) => {
    const share = size === 0 ? 1 / contributions.length : Math.abs(contribution) / size;
    return contribution * BILLIONTHS + difference * share;
  });
  return largestRemainders(wanted, total);
}

function largestRemainders(wanted: readonly number[], total: number): number[] {
  const whole = wanted.map((value) => Math.floor(value));
  const left = total - whole.reduce((sum, value) => sum + value, 0);
  const order = wanted.map((_, index) => index);
  order.sort((a, b) => wanted[b]! - whole[b]! - (wanted[a]! - whole[a]!));
  // Float error in `wanted` can leave one too many or one too few: hence the sign, and the wrap.
  for (let k = 0; k < Math.abs(left); k++) {
    const index = left > 0 ? k % order.length : order.length - 1 - (k % order.length);
    whole[order[index]!]! += Math.sign(left);
  }
  return whole.map((value) => value + 0);
}
