/**
 * How many positives there are among the records that were not flagged, from those of them that were reviewed by chance.
 * Each positive found stands for the inverse of its chance of being found (Horvitz & Thompson 1952); the chance is taken as
 * it came out, reviewed / unflagged of its stratum, so that reviews still to come are no bias.
 *
 * Positives are rare, so the number found is Poisson, and the bounds are those of Fay & Feuer 1997 for weighted sums of
 * Poisson counts: gamma quantiles that are exact for one stratum, hold for several, and say something sensible of
 * no positive at all. Of a stratum that was reviewed to the last record there is nothing to estimate.
 */
import { gammaQuantile } from './gamma-quantile.ts';

/** Unflagged records that had the same chance of being reviewed: those of a drop, a day, a model. */
export interface Stratum {
  readonly unflagged: number;
  /** With a verdict; inconclusive ones are not counted. */
  readonly reviewed: number;
  readonly positives: number;
  /** The chance of each, and how many were drawn; absent: not known, of drops of earlier versions. */
  readonly draw?: { readonly chance: number; readonly drawn: number };
}

export interface Count {
  readonly value: number;
  readonly low: number;
  readonly high: number;
}

/** Null: of some stratum no one has reviewed anything. */
export function countMissed(strata: readonly Stratum[], confidence: number): Count | null {
  const filled = strata.filter(({ unflagged }) => unflagged > 0);
  if (filled.some((stratum) => stratum.reviewed === 0 && !isEmptyDraw(stratum))) return null;
  const known = filled.filter(({ unflagged, reviewed }) => reviewed >= unflagged);
  const sampled = filled.filter(({ unflagged, reviewed }) => reviewed < unflagged);
  const certain = known.reduce((sum, { positives }) => sum + positives, 0);
  const found = sampled.reduce((sum, { positives }) => sum + positives, 0);
  const rest = sampled.reduce(
    (sum, { unflagged, reviewed, positives }) => sum + unflagged - reviewed + positives,
    0,
  );
  if (sampled.length === 0) return { value: certain, low: certain, high: certain };
  const { value, low, high } = weighCounts(sampled, (1 - confidence) / 2);
  // At least those that were found, at most all that were not reviewed: that much is certain.
  const within = (count: number) => certain + Math.min(rest, Math.max(found, count));
  return { value: within(value), low: within(low), high: within(high) };
}

/** Of so few expected draws that there may well be none, what was drawn says little of how many there are. */
const MIN_EXPECTED = 10;

function isSmall({ unflagged, draw }: Stratum): boolean {
  return draw !== undefined && draw.chance > 0 && draw.chance * unflagged < MIN_EXPECTED;
}

function isEmptyDraw(stratum: Stratum): boolean {
  return isSmall(stratum) && stratum.draw?.drawn === 0;
}

/**
 * How many records one that was reviewed stands for. By the number that were there, which varies least; where that may be divided
 * by none, by the chance that each had (Horvitz and Thompson): which of the two is decided before anything is drawn.
 */
function weightOf(stratum: Stratum): number {
  const { unflagged, reviewed, draw } = stratum;
  if (draw === undefined || !isSmall(stratum)) return unflagged / reviewed;
  return (draw.drawn === 0 ? 1 : draw.drawn / reviewed) / draw.chance;
}

function weighCounts(strata: readonly Stratum[], tail: number): Count {
  let value = 0;
  let variance = 0;
  let heaviest = 0;
  for (const stratum of strata) {
    const { positives } = stratum;
    const weight = weightOf(stratum);
    value += weight * positives;
    variance += weight * weight * positives;
    heaviest = Math.max(heaviest, weight);
  }
  const low = value === 0 ? 0 : (variance / value) * gammaQuantile(tail, (value * value) / variance);
  const spread = variance + heaviest * heaviest;
  const centre = value + heaviest;
  const high = (spread / centre) * gammaQuantile(1 - tail, (centre * centre) / spread);
  return { value, low, high };
}
