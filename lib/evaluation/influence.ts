/**
 * How much each record moves a figure: the derivative of the figure by the record's weight, times the weight. The sum is 0,
 * and the sums over entities are what the figure's error is made of (lib/evaluation/cluster-error.ts): the linearization
 * of survey statistics (Demnati & Rao 2004), also known as the infinitesimal jackknife. It draws no random numbers.
 */
import { orderByScore, type Scores } from './score-order.ts';

export interface Linearized {
  readonly value: number;
  /** One number a record. */
  readonly influence: Float64Array;
}

/** An area under a curve. */
export interface LinearizedArea extends Linearized {
  /** Each record's share of the positives, or of the negatives, that the area is a mean over; 0 where it is none over them. */
  readonly portion: Float64Array;
}

/** Records by score, the highest first, and where each run of equal scores ends. */
interface Ranked {
  readonly order: Uint32Array;
  /** Place in `order` after the last record of the same score, of each place. */
  readonly end: Uint32Array;
}

function rank(scores: Scores): Ranked {
  const order = orderByScore(scores);
  const end = new Uint32Array(order.length);
  for (let place = order.length - 1; place >= 0; place--) {
    const isLast = place + 1 === order.length || scores[order[place]!] !== scores[order[place + 1]!];
    end[place] = isLast ? place + 1 : end[place + 1]!;
  }
  return { order, end };
}

/**
 * Average precision: AP = Σ p T / F / P over records, with p the weight of a positive, T and F the weights of positives and
 * of all records down to its score, ties included, and P of all positives. A record adds to T and F of every score not above
 * its own, a positive one also to P. NaN where there is no positive.
 */
export function linearizeAveragePrecision(
  scores: Scores,
  labels: Uint8Array,
  weights?: Float64Array,
): LinearizedArea {
  const { order, end } = rank(scores);
  const rows = order.length;
  const weightOf = (row: number) => (weights === undefined ? 1 : weights[row]!);
  const positivesTo = new Float64Array(rows + 1);
  const allTo = new Float64Array(rows + 1);
  for (let place = 0; place < rows; place++) {
    const row = order[place]!;
    const weight = weightOf(row);
    positivesTo[place + 1] = positivesTo[place]! + (labels[row] === 1 ? weight : 0);
    allTo[place + 1] = allTo[place]! + weight;
  }
  const total = positivesTo[rows]!;
  let sum = 0;
  for (let place = 0; place < rows; place++) {
    const row = order[place]!;
    const last = end[place]!;
    if (labels[row] === 1) sum += (weightOf(row) * positivesTo[last]!) / allTo[last]!;
  }
  const value = sum / total;
  const influence = new Float64Array(rows);
  // From the lowest score up: what a record adds to the precision of the positives not above it.
  let gained = 0;
  let lost = 0;
  for (let last = rows; last > 0; ) {
    let first = last;
    while (first > 0 && end[first - 1] === last) first--;
    const precision = positivesTo[last]! / allTo[last]!;
    const positives = positivesTo[last]! - positivesTo[first]!;
    gained += positives / allTo[last]!;
    lost += (positives * precision) / allTo[last]!;
    for (let place = first; place < last; place++) {
      const row = order[place]!;
      const own = labels[row] === 1 ? gained + precision - value : 0;
      influence[row] = (weightOf(row) * (own - lost)) / total;
    }
    last = first;
  }
  const portion = influence.map((_, row) => (labels[row] === 1 ? weightOf(row) / total : 0));
  return { value, influence, portion };
}

/**
 * The area under the ROC curve: the chance that a positive scores above a negative. A positive moves it by its placement
 * (the share of negatives below it, ties half) less the area, a negative likewise. NaN where a class is absent.
 */
export function linearizeRocAuc(scores: Scores, labels: Uint8Array, weights?: Float64Array): LinearizedArea {
  const { order, end } = rank(scores);
  const rows = order.length;
  const weightOf = (row: number) => (weights === undefined ? 1 : weights[row]!);
  const totals = [0, 0];
  for (let row = 0; row < rows; row++) totals[labels[row]!]! += weightOf(row);
  const [negatives, positives] = totals as [number, number];
  const placement = new Float64Array(rows);
  const above = [0, 0];
  let wins = 0;
  for (let first = 0; first < rows; ) {
    const last = end[first]!;
    const here = [0, 0];
    for (let place = first; place < last; place++) {
      const row = order[place]!;
      here[labels[row]!]! += weightOf(row);
    }
    const below = negatives - above[0]! - here[0]! / 2;
    const higher = above[1]! + here[1]! / 2;
    for (let place = first; place < last; place++) {
      const row = order[place]!;
      placement[row] = labels[row] === 1 ? below / negatives : higher / positives;
    }
    wins += here[1]! * below;
    above[0]! += here[0]!;
    above[1]! += here[1]!;
    first = last;
  }
  const value = wins / (positives * negatives);
  const influence = placement.map(
    (own, row) => (weightOf(row) * (own - value)) / (labels[row] === 1 ? positives : negatives),
  );
  const portion = influence.map((_, row) => weightOf(row) / (labels[row] === 1 ? positives : negatives));
  return { value, influence, portion };
}

/**
 * A share of records: Σ w·part / Σ w over the records of a base. `part` is what a record counts, 0 to 1; `isOf` whether it
 * is of the base. NaN where the base is empty.
 */
export function linearizeShare(
  rows: number,
  part: (row: number) => number,
  isOf: (row: number) => boolean,
  weights?: Float64Array,
): Linearized {
  const weightOf = (row: number) => (weights === undefined ? 1 : weights[row]!);
  let found = 0;
  let total = 0;
  for (let row = 0; row < rows; row++) {
    if (!isOf(row)) continue;
    total += weightOf(row);
    found += weightOf(row) * part(row);
  }
  const value = found / total;
  const influence = new Float64Array(rows);
  for (let row = 0; row < rows; row++) {
    if (isOf(row)) influence[row] = (weightOf(row) * (part(row) - value)) / total;
  }
  return { value, influence };
}

/** One figure less another, of the same records. */
export function subtract(one: Linearized, other: Linearized): Linearized {
  return {
    value: one.value - other.value,
    influence: one.influence.map((own, row) => own - other.influence[row]!),
  };
}
