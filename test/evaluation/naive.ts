/** Slow twins of lib/evaluation: each is its definition, written as a loop over pairs or thresholds. */

/** A seeded source of uniform numbers in [0, 1): mulberry32. */
export function seededUniform(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t = (t + Math.imul(t ^ (t >>> 7), t | 61)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

export function seededNormal(uniform: () => number): number {
  return Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform());
}

/** Scores of `positives` records around `distance` and of the others around 0, all with deviation 1. */
export function drawNormals(rows: number, positives: number, distance: number, uniform: () => number) {
  const labels = Uint8Array.from({ length: rows }, (_, row) => (row < positives ? 1 : 0));
  return { labels, scores: Float64Array.from(labels, (label) => seededNormal(uniform) + distance * label) };
}

const win = (positive: number, negative: number) =>
  positive > negative ? 1 : positive === negative ? 0.5 : 0;

/** ROC-AUC and DeLong's two variance parts from every pair of a positive and a negative. */
export function naiveDelong(scores: ArrayLike<number>, labels: ArrayLike<number>) {
  const rows = Array.from({ length: scores.length }, (_, row) => row);
  const positives = rows.filter((row) => labels[row] === 1).map((row) => scores[row]!);
  const negatives = rows.filter((row) => labels[row] === 0).map((row) => scores[row]!);
  const mean = (values: number[]) => values.reduce((a, b) => a + b, 0) / values.length;
  const ofPositives = positives.map((p) => mean(negatives.map((n) => win(p, n))));
  const ofNegatives = negatives.map((n) => mean(positives.map((p) => win(p, n))));
  const area = mean(ofPositives);
  const part = (values: number[]) =>
    values.reduce((sum, value) => sum + (value - area) ** 2, 0) / (values.length - 1) / values.length;
  return { area, variances: [part(ofPositives), part(ofNegatives)] as const };
}

/** Confusion counts at a threshold. */
export function naiveConfusion(scores: ArrayLike<number>, labels: ArrayLike<number>, threshold: number) {
  const counts = { tp: 0, fp: 0, tn: 0, fn: 0 };
  for (let row = 0; row < scores.length; row++) {
    const flagged = scores[row]! >= threshold;
    counts[labels[row] === 1 ? (flagged ? 'tp' : 'fn') : flagged ? 'fp' : 'tn']++;
  }
  return counts;
}

/** Σ (Rₙ - Rₙ₋₁) Pₙ with every distinct score tried as a threshold. */
export function naiveAveragePrecision(scores: ArrayLike<number>, labels: ArrayLike<number>): number {
  const thresholds = [...new Set(Array.from(scores))].sort((a, b) => b - a);
  let area = 0;
  let before = 0;
  for (const threshold of thresholds) {
    const { tp, fp, fn } = naiveConfusion(scores, labels, threshold);
    area += (tp / (tp + fn) - before) * (tp / (tp + fp));
    before = tp / (tp + fn);
  }
  return area;
}
