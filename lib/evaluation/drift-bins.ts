/**
 * How one input's values fall into the bins of its training profile, and how far two such distributions are apart.
 * Shares here are over all records: the profile's bins and one more for "missing".
 */
import type { InputProfile } from './evaluation.ts';

/**
 * A bin's share counts as at least this much in the population stability index: an empty bin would make it infinite, and a
 * value that training never saw should count as much, not as everything. One record in ten thousand.
 */
const SMALLEST_SHARE = 1e-4;

/** Anything larger (a ratio to nothing is infinite) counts as this: profiles are JSON, which has no infinity. A float32. */
const LARGEST = 2 ** 126;

/** NaN stays NaN; -0 becomes 0. */
export function clampToFinite(value: number): number {
  return value > LARGEST ? LARGEST : value < -LARGEST ? -LARGEST : value + 0;
}

/** The profile's bins, then missing. */
export function sharesOfProfile(profile: InputProfile): number[] {
  return [...profile.shares.map((share) => share * (1 - profile.missingShare)), profile.missingShare];
}

/**
 * Population stability index, Σ (now - then) ln(now / then): below 0.1 is usually called stable, above 0.25 shifted. Noise alone
 * gives about (bins - 1) × (1/rows now + 1/rows then).
 */
export function stabilityIndex(then: readonly number[], now: readonly number[]): number {
  let index = 0;
  for (let bin = 0; bin < then.length; bin++) {
    const was = Math.max(then[bin]!, SMALLEST_SHARE);
    const is = Math.max(now[bin]!, SMALLEST_SHARE);
    index += (is - was) * Math.log(is / was);
  }
  return index;
}

/**
 * What the index stays below in about 999 of 1,000 samples of so many independent records where nothing has moved: rows × index is then
 * distributed as chi-squared, with as many degrees of freedom as there are bins but one.
 */
export function chanceIndex(then: readonly number[], now: readonly number[], rows: number): number {
  const freedom = then.filter((share, bin) => share > 0 || now[bin]! > 0).length - 1;
  return freedom <= 0 ? 0 : (freedom + 3.1 * Math.sqrt(2 * freedom)) / rows;
}

/** Jensen-Shannon distance, base 2: symmetric, 0 for the same distribution, 1 for disjoint ones; no floor needed. */
export function jensenShannonDistance(one: readonly number[], other: readonly number[]): number {
  let divergence = 0;
  for (let bin = 0; bin < one.length; bin++) {
    const middle = (one[bin]! + other[bin]!) / 2;
    divergence += (informationIn(one[bin]!, middle) + informationIn(other[bin]!, middle)) / 2;
  }
  return Math.sqrt(Math.min(1, Math.max(0, divergence)));
}

function informationIn(share: number, reference: number): number {
  return share > 0 ? share * Math.log2(share / reference) : 0;
}
