/**
 * Draws rows with replacement, in proportion to their weights: how often each is drawn.
 *
 * The uniform numbers that would pick the rows are made in ascending order, from exponential gaps (Devroye 1986, V.2), so one pass over the
 * running total of weights finds them all: no table, and no jumping about in memory.
 */
import type { Random } from '../random.ts';

/** As many draws as there are weights; a row of weight 0 is never drawn. */
export function drawWithReplacement(weights: Float64Array, random: Random): Uint32Array {
  const gaps = new Float64Array(weights.length);
  let length = drawGap(random);
  for (let i = 0; i < gaps.length; i++) {
    gaps[i] = drawGap(random);
    length += gaps[i]!;
  }
  const [total, last] = findEnd(weights);
  const drawn = new Uint32Array(weights.length);
  let row = 0;
  let upTo = weights[0]!;
  let position = 0;
  for (let i = 0; i < gaps.length; i++) {
    position += gaps[i]!;
    const target = (position / length) * total;
    while (upTo <= target && row < last) upTo += weights[++row]!;
    drawn[row]!++;
  }
  return drawn;
}

function drawGap(random: Random): number {
  return -Math.log(1 - random.uniform());
}

/** The total of the weights and the last row that has any. */
function findEnd(weights: Float64Array): [total: number, last: number] {
  let [total, last] = [0, 0];
  for (let row = 0; row < weights.length; row++) {
    total += weights[row]!;
    if (weights[row]! > 0) last = row;
  }
  return [total, last];
}
