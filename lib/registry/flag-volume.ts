/** Which records a model flags if it may flag so many. */
import { orderByScore } from '../evaluation/score-order.ts';

/**
 * How far each record is flagged, 0 to 1, if the highest scores are flagged until they weigh `volume`: two models are compared
 * fairly if they make the same work. Where the volume ends among equal scores, each is flagged in part.
 */
export function flagVolume(scores: Float32Array, volume: number, weights?: Float64Array): Float64Array {
  const order = orderByScore(scores);
  const weightOf = (row: number) => (weights === undefined ? 1 : weights[row]!);
  const flagged = new Float64Array(scores.length);
  let left = volume;
  for (let first = 0; first < order.length && left > 0; ) {
    let last = first;
    let weight = 0;
    while (last < order.length && scores[order[last]!] === scores[order[first]!])
      weight += weightOf(order[last++]!);
    const share = Math.min(1, left / weight);
    for (let place = first; place < last; place++) flagged[order[place]!] = share;
    left -= weight;
    first = last;
  }
  return flagged;
}
