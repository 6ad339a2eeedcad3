/** One model's scores of some records, put in order once, so that the figures of many resamples cost a pass each. */
import { orderByScore } from '../evaluation/score-order.ts';

export interface Ranking {
  /** Rows, the highest score first. */
  readonly rows: Uint32Array;
  /** 1 where a row is the last of its score. */
  readonly closes: Uint8Array;
}

/** `among`: the rows that are looked at; absent: all. */
export function rankRows(scores: Float32Array, among?: readonly number[]): Ranking {
  const own = among === undefined ? scores : Float32Array.from(among, (row) => scores[row]!);
  const order = orderByScore(own);
  const closes = new Uint8Array(order.length);
  for (let place = 0; place < order.length; place++) {
    const isLast = place + 1 === order.length;
    closes[place] = isLast || own[order[place]!] !== own[order[place + 1]!] ? 1 : 0;
  }
  return { rows: among === undefined ? order : order.map((place) => among[place]!), closes };
}

/** Average precision with each row weighed; NaN where no positive has any weight. Equal scores count together. */
export function rankedPrecision(ranking: Ranking, labels: Uint8Array, weights: Float64Array): number {
  const { rows, closes } = ranking;
  let positives = 0;
  let all = 0;
  let before = 0;
  let area = 0;
  for (let place = 0; place < rows.length; place++) {
    const row = rows[place]!;
    const weight = weights[row]!;
    all += weight;
    if (labels[row] === 1) positives += weight;
    if (closes[place] === 1 && all > 0) {
      area += (positives - before) * (positives / all);
      before = positives;
    }
  }
  return area / positives;
}

/**
 * How far each record is flagged, 0 to 1, if the highest scores are flagged until they weigh `volume`: two models are held
 * against each other fairly if they make the same work. Where the volume ends among equal scores, each is flagged in part.
 */
export function flagVolume(ranking: Ranking, weights: Float64Array, volume: number): Float64Array {
  const flagged = new Float64Array(weights.length);
  let left = volume;
  let first = 0;
  for (let place = 0; place < ranking.rows.length && left > 0; place++) {
    if (ranking.closes[place] === 0) continue;
    const group = ranking.rows.subarray(first, place + 1);
    const weight = group.reduce((sum, row) => sum + weights[row]!, 0);
    const share = weight === 0 ? 1 : Math.min(1, left / weight);
    for (const row of group) flagged[row] = share;
    left -= weight;
    first = place + 1;
  }
  return flagged;
}

/** The share of the positives among `rows` that is flagged; NaN where none has any weight. */
export function recallOf(
  flagged: Float64Array,
  rows: Uint32Array,
  labels: Uint8Array,
  weights: Float64Array,
): number {
  let found = 0;
  let all = 0;
  for (const row of rows) {
    if (labels[row] !== 1) continue;
    all += weights[row]!;
    found += weights[row]! * flagged[row]!;
  }
  return found / all;
}
