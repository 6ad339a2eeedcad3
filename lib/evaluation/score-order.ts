/**
 * Row positions in order of score: the highest first, ties in input order. A stable counting sort over the bits of the floats
 * (eleven a pass), because everything in this folder starts from a sorted column and a comparator costs ten times as much.
 */
export type Scores = Float32Array | Float64Array;

const DIGIT_BITS = 11;
const DIGITS = 1 << DIGIT_BITS;

/** Positions of `scores`, highest first, ties by position; -0 ties with 0. Scores must not be NaN. */
export function orderByScore(scores: Scores): Uint32Array {
  let order = new Uint32Array(scores.length);
  let next = new Uint32Array(scores.length);
  for (let row = 0; row < order.length; row++) order[row] = row;
  for (const word of descendingWords(scores)) {
    for (let shift = 0; shift < 32; shift += DIGIT_BITS) {
      sortByDigit(word, shift, order, next);
      [order, next] = [next, order];
    }
  }
  return order;
}

/** Unsigned words, least significant first, that rise as the score falls. */
function descendingWords(scores: Scores): Uint32Array[] {
  const rows = scores.length;
  if (scores instanceof Float32Array) {
    const bits = new Uint32Array(scores.map((score) => score + 0).buffer);
    for (let row = 0; row < rows; row++)
      bits[row] = bits[row]! >>> 31 ? bits[row]! : ~bits[row]! & 0x7fffffff;
    return [bits];
  }
  const bits = new Uint32Array(scores.map((score) => score + 0).buffer);
  const low = new Uint32Array(rows);
  const high = new Uint32Array(rows);
  for (let row = 0; row < rows; row++) {
    const negative = bits[2 * row + 1]! >>> 31 === 1;
    low[row] = negative ? bits[2 * row]! : ~bits[2 * row]!;
    high[row] = negative ? bits[2 * row + 1]! : ~bits[2 * row + 1]! & 0x7fffffff;
  }
  return [low, high];
}

function sortByDigit(word: Uint32Array, shift: number, from: Uint32Array, to: Uint32Array): void {
  const starts = new Uint32Array(DIGITS + 1);
  for (let row = 0; row < word.length; row++) starts[((word[row]! >>> shift) & (DIGITS - 1)) + 1]!++;
  for (let digit = 0; digit < DIGITS; digit++) starts[digit + 1]! += starts[digit]!;
  for (let place = 0; place < from.length; place++) {
    const row = from[place]!;
    to[starts[(word[row]! >>> shift) & (DIGITS - 1)]!++] = row;
  }
}
