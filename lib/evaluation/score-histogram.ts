/** Counts scores, a batch at a time, in equal bins over [0, 1]. Flat memory, whatever the number of rows. */
import { ENTITY_GROUPS } from './entity-groups.ts';
import type { GroupedScores, ScoreHistogram } from './evaluation.ts';
import type { Scores } from './score-order.ts';

const BINS = 50;

export class ScoreHistogramCounter {
  readonly #negatives = new Float64Array(BINS);
  readonly #positives = new Float64Array(BINS);

  /** Without labels everything counts as negative. The last bin holds the score 1. */
  add(scores: Scores, labels?: Uint8Array): void {
    for (let row = 0; row < scores.length; row++) this.addOne(scores[row]!, labels?.[row] === 1);
  }

  addOne(score: number, isPositive: boolean): void {
    const bin = Math.max(0, Math.min(BINS - 1, Math.floor(score * BINS)));
    (isPositive ? this.#positives : this.#negatives)[bin]!++;
  }

  counts(): ScoreHistogram {
    return { negatives: [...this.#negatives], positives: [...this.#positives] };
  }
}

/** The same, and of each group of entities by itself. */
export class GroupedScoresCounter {
  readonly #all = new ScoreHistogramCounter();
  readonly #groups = Array.from({ length: ENTITY_GROUPS }, () => new ScoreHistogramCounter());
  readonly #filled = new Set<number>();

  add(score: number, isPositive: boolean, group: number): void {
    this.#filled.add(group);
    this.#all.addOne(score, isPositive);
    this.#groups[group]!.addOne(score, isPositive);
  }

  counts(): GroupedScores {
    const filled = [...this.#filled].sort((a, b) => a - b);
    return {
      ...this.#all.counts(),
      groups: filled.map((group) => ({ group, ...this.#groups[group]!.counts() })),
    };
  }
}

/** Counts of several; groups only where all have them. */
export function addScores(parts: readonly GroupedScores[]): GroupedScores {
  const sums = parts.reduce<ScoreHistogram>(addBins, { negatives: [], positives: [] });
  const counted = parts.filter(({ negatives, positives }) => [...negatives, ...positives].some(Boolean));
  if (counted.some(({ groups }) => groups === undefined)) return sums;
  const all = counted.flatMap(({ groups = [] }) => groups);
  const groups = [...Map.groupBy(all, ({ group }) => group)]
    .sort(([a], [b]) => a - b)
    .map(([group, own]) => ({
      group,
      ...own.reduce<ScoreHistogram>(addBins, { negatives: [], positives: [] }),
    }));
  return { ...sums, groups };
}

function addBins(sum: ScoreHistogram, one: ScoreHistogram): ScoreHistogram {
  const add = (side: 'negatives' | 'positives') => {
    const [longer, shorter] =
      sum[side].length >= one[side].length ? [sum[side], one[side]] : [one[side], sum[side]];
    return longer.map((count, bin) => count + (shorter[bin] ?? 0));
  };
  return { negatives: add('negatives'), positives: add('positives') };
}
