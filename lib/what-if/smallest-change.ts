/**
 * The smallest change of one input, or of two, that takes a record's score under the threshold, by the model's own trees.
 *
 * A score is constant between two split points of an input, so a value of each such interval stands for all of it. Of single changes
 * all are tried. Of pairs, those of the inputs that lower the score most, each by the values that lower it further than any nearer
 * one does. How far a value is from another is the share of the training records that lie between them.
 */
import type { InputProfile } from '../evaluation/evaluation.ts';
import { predictProbabilities } from '../forest/predict.ts';
import type { TreeEnsemble } from '../forest/tree-ensemble.ts';
import { rankOf } from './profile-rank.ts';
import { stepsOf } from './split-steps.ts';

export interface Changeable {
  /** Its place in the row. */
  readonly input: number;
  /** It counts, or says yes or no. */
  readonly isWhole: boolean;
  readonly profile: InputProfile;
}

export interface Change {
  readonly input: number;
  readonly to: number;
}

export interface SmallestChange {
  readonly changes: readonly Change[];
  /** With the changes. */
  readonly score: number;
}

interface Step extends Change {
  readonly cost: number;
}

interface ScoredStep extends Step {
  readonly score: number;
}

/** The runtime sums in float32: a score this near the threshold could stand on its other side. */
const MARGIN = 2e-5;
const MAX_PAIRED_INPUTS = 12;
const ROWS_AT_ONCE = 1_024;

/** Null: no change of one of them or two does it. */
export function smallestChange(
  ensemble: TreeEnsemble,
  row: Float32Array,
  threshold: number,
  changeable: readonly Changeable[],
): SmallestChange | null {
  const score = (changes: readonly (readonly Change[])[]) => scoresOf(ensemble, row, changes);
  const steps = changeable.flatMap((one) => stepsFrom(ensemble, row, one));
  const scores = score(steps.map((step) => [step]));
  const singles = steps.map((step, at): ScoredStep => ({ ...step, score: scores[at]! }));
  const limit = threshold - MARGIN;
  const [best] = singles.filter((one) => one.score < limit).toSorted((a, b) => a.cost - b.cost);
  if (best !== undefined) return { changes: [changeOf(best)], score: best.score };
  return smallestPair(singles, score([[]])[0]!, limit, score);
}

function stepsFrom(
  ensemble: TreeEnsemble,
  row: Float32Array,
  { input, isWhole, profile }: Changeable,
): Step[] {
  const from = row[input]!;
  if (Number.isNaN(from)) return [];
  return stepsOf(ensemble, input, from, isWhole).map((to) => {
    const share = Math.abs(rankOf(profile, to) - rankOf(profile, from));
    // Where no training record lies between: the nearer one first.
    const nearness = Math.abs(to - from) / (Math.abs(to) + Math.abs(from) + 1);
    return { input, to, cost: share + 1e-6 * nearness };
  });
}

function smallestPair(
  singles: readonly ScoredStep[],
  before: number,
  limit: number,
  score: (changes: readonly (readonly Change[])[]) => Float64Array,
): SmallestChange | null {
  const byInput = [...Map.groupBy(singles, ({ input }) => input).values()]
    .map((steps) => lowering(steps, before))
    .filter((steps) => steps.length > 0)
    .toSorted((a, b) => a.at(-1)!.score - b.at(-1)!.score)
    .slice(0, MAX_PAIRED_INPUTS);
  let best: { readonly pair: readonly [ScoredStep, ScoredStep]; readonly cost: number } | null = null;
  let bestScore = 0;
  for (const [at, steps] of byInput.entries()) {
    for (const others of byInput.slice(at + 1)) {
      const cheaper = steps
        .flatMap((one) =>
          others.map((other) => ({ pair: [one, other] as const, cost: one.cost + other.cost })),
        )
        .filter(({ cost }) => best === null || cost < best.cost);
      const scores = score(cheaper.map(({ pair }) => pair));
      for (const [n, one] of cheaper.entries()) {
        if (scores[n]! >= limit || (best !== null && one.cost >= best.cost)) continue;
        best = one;
        bestScore = scores[n]!;
      }
    }
  }
  return best === null ? null : { changes: best.pair.map(changeOf), score: bestScore };
}

/** The nearest first, each of which lowers the score further than all before it. */
function lowering(steps: readonly ScoredStep[], before: number): ScoredStep[] {
  let lowest = before;
  return steps
    .toSorted((a, b) => a.cost - b.cost)
    .filter(({ score }) => {
      if (score >= lowest) return false;
      lowest = score;
      return true;
    });
}

function changeOf({ input, to }: Step): Change {
  return { input, to };
}

/** Of the row with each of these changes. */
function scoresOf(
  ensemble: TreeEnsemble,
  row: Float32Array,
  changes: readonly (readonly Change[])[],
): Float64Array {
  const scores = new Float64Array(changes.length);
  for (let from = 0; from < changes.length; from += ROWS_AT_ONCE) {
    const block = changes.slice(from, from + ROWS_AT_ONCE);
    const values = new Float32Array(block.length * row.length);
    for (const [at, own] of block.entries()) {
      values.set(row, at * row.length);
      for (const { input, to } of own) values[at * row.length + input] = to;
    }
    scores.set(predictProbabilities(ensemble, values, block.length), from);
  }
  return scores;
}
