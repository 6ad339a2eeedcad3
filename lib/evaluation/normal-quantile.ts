/**
 * How many standard deviations either side of the mean hold a share of a normal distribution: 0.95 → 1.959964.
 * Peter Acklam's rational approximation of the normal quantile, relative error below 1.2e-9.
 */
const A = [
  -39.69683028665376, 220.9460984245205, -275.9285104469687, 138.357751867269, -30.66479806614716,
  2.506628277459239,
];
const B = [
  -54.47609879822406, 161.5858368580409, -155.6989798598866, 66.80131188771972, -13.28068155288572, 1,
];
const C = [
  -0.007784894002430293, -0.3223964580411365, -2.400758277161838, -2.549732539343734, 4.374664141464968,
  2.938163982698783,
];
const D = [0.007784695709041462, 0.3224671290700398, 2.445134137142996, 3.754408661907416, 1];
const TAIL = 0.02425;

export function normalWidth(confidence: number): number {
  if (!(confidence > 0 && confidence < 1))
    throw new RangeError(`confidence ${confidence} is not between 0 and 1`);
  const upper = (1 - confidence) / 2;
  if (upper < TAIL) {
    const q = Math.sqrt(-2 * Math.log(upper));
    return -polynomial(C, q) / polynomial(D, q);
  }
  const q = 0.5 - upper;
  return (polynomial(A, q * q) * q) / polynomial(B, q * q);
}

/** The same of Student's t: the Cornish-Fisher expansion about the normal width (Abramowitz & Stegun 26.7.5). */
export function studentWidth(confidence: number, degreesOfFreedom: number): number {
  const z = normalWidth(confidence);
  const first = (z ** 3 + z) / 4;
  const second = (5 * z ** 5 + 16 * z ** 3 + 3 * z) / 96;
  const third = (3 * z ** 7 + 19 * z ** 5 + 17 * z ** 3 - 15 * z) / 384;
  return z + first / degreesOfFreedom + second / degreesOfFreedom ** 2 + third / degreesOfFreedom ** 3;
}

/** Highest power first. */
function polynomial(coefficients: readonly number[], x: number): number {
  return coefficients.reduce((value, coefficient) => value * x + coefficient, 0);
}
