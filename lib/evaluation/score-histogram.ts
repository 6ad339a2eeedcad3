/** Scores in, a batch at a time; counts in equal bins over [0, 1] out. Flat memory, whatever the number of rows. */
import type { ScoreHistogram } from './evaluation.ts';
import type { Scores } from './score-order.ts';

const BINS = 50;

export class ScoreHistogramCounter {
  readonly #negatives = new Float64Array(BINS);
  readonly #positives = new Float64Array(BINS);

  /** Without labels everything counts as negative. The last bin holds the score 1. */
  add(scores: Scores, labels?: Uint8Array): void {
    for (let row = 0; row < scores.length; row++) {
      const bin = Math.max(0, Math.min(BINS - 1, Math.floor(scores[row]! * BINS)));
      (labels?.[row] === 1 ? this.#positives : this.#negatives)[bin]!++;
    }
  }

  counts(): ScoreHistogram {
    return { negatives: [...this.#negatives], positives: [...this.#positives] };
  }
}
