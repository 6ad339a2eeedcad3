/**
 * Two models' scores of the same records in; how far the difference of their quality may be chance out. A paired bootstrap:
 * each resample weighs the records anew, for both models alike, so that what is hard for both cancels out. What is drawn
 * are entities, whose records are alike; a record is drawn by itself where it has none. Each entity counts as often as a
 * Poisson number of mean 1 says (Hanley & MacGibbon 2006): for many entities the same as drawing with replacement.
 */

import type { Estimate } from '../evaluation/evaluation.ts';
import { normalWidth } from '../evaluation/normal-quantile.ts';
import { Random } from '../forest/random.ts';

/** The difference of a figure between two models, by how much each record weighs. */
export type Difference = (weights: Float64Array) => number;

export interface Resampling {
  /** Own weight of each record; absent: 1. */
  readonly weights?: Float64Array;
  /** Entity of each record, from 0. */
  readonly entity: Int32Array;
  readonly entities: number;
  readonly seed: number;
}

/** The chance of 0, 1, 2, … up to each number, of a Poisson number of mean 1. */
const POISSON = cumulate(16);

/**
 * The intervals of several differences from the same resamples. The first is that of the percentiles; the others, of which there
 * may be many, are normal ones that hold for all of them at once (Bonferroni).
 */
export function bootstrapDifferences(
  differences: readonly Difference[],
  { weights, entity, entities, seed }: Resampling,
  confidence = 0.95,
): Estimate[] {
  const rows = entity.length;
  const own = weights ?? new Float64Array(rows).fill(1);
  const values = differences.map((difference) => difference(own));
  const resamples = rows > 200_000 ? 300 : 1000;
  const drawn = differences.map(() => new Float64Array(resamples));
  const random = new Random(seed, 0);
  const times = new Uint8Array(entities);
  const resampled = new Float64Array(rows);
  for (let resample = 0; resample < resamples; resample++) {
    for (let one = 0; one < entities; one++) times[one] = drawPoisson(random);
    for (let row = 0; row < rows; row++) resampled[row] = own[row]! * times[entity[row]!]!;
    for (const [at, difference] of differences.entries()) drawn[at]![resample] = difference(resampled);
  }
  const each = 1 - (1 - confidence) / Math.max(1, differences.length - 1);
  return values.map((value, at) =>
    at === 0 ? percentiles(value, drawn[at]!, confidence) : normal(value, drawn[at]!, each),
  );
}

/** Resamples without a positive have no figure. */
function percentiles(value: number, drawn: Float64Array, confidence: number): Estimate {
  const sorted = drawn.filter((one) => !Number.isNaN(one)).sort();
  const tail = (1 - confidence) / 2;
  const at = (share: number) => sorted[Math.round(share * (sorted.length - 1))]!;
  return { value, low: Math.min(value, at(tail)), high: Math.max(value, at(1 - tail)) };
}

function normal(value: number, drawn: Float64Array, confidence: number): Estimate {
  const known = drawn.filter((one) => !Number.isNaN(one));
  const mean = known.reduce((sum, one) => sum + one, 0) / known.length;
  const squares = known.reduce((sum, one) => sum + (one - mean) ** 2, 0);
  const reach = normalWidth(confidence) * Math.sqrt(squares / (known.length - 1));
  return { value, low: value - reach, high: value + reach };
}

function drawPoisson(random: Random): number {
  const uniform = random.uniform();
  let number = 0;
  while (uniform >= POISSON[number]!) number++;
  return number;
}

function cumulate(most: number): Float64Array {
  const sums = new Float64Array(most + 1);
  for (let number = 0, chance = Math.exp(-1), sum = 0; number <= most; number++) {
    sum += chance;
    sums[number] = number === most ? 1 : sum;
    chance /= number + 1;
  }
  return sums;
}
