/**
 * How far two reviewers of the same records, the second blind, agree beyond chance, as Cohen's kappa: 1 is always, 0 no more than
 * chance. The interval is Wilson's of the share they agree in, chance taken as given (Cohen 1960): unlike the normal one it does not
 * shrink to nothing where they always agree.
 */
import { wilsonEstimate } from '../evaluation/intervals.ts';
import type { Review, Verdict } from '../reviews/review.ts';
import { VERDICTS } from '../reviews/review.ts';
import { CONFIDENCE, type Measured, NEEDED, notEnough } from './measured.ts';

export interface VerdictPair {
  readonly first: Verdict;
  readonly second: Verdict;
}

/** The first open review of a decision and the first blind one by someone else; null: it lacks one of them. */
export function pairOf(reviews: readonly Review[]): VerdictPair | null {
  const ordered = reviews.toSorted((a, b) => a.version - b.version);
  const first = ordered.find(({ kind }) => kind === 'open');
  const second = ordered.find(({ kind, by }) => kind === 'blind' && by !== first?.by);
  return first && second ? { first: first.verdict, second: second.verdict } : null;
}

export function measureAgreement(pairs: readonly VerdictPair[]): Measured {
  const n = pairs.length;
  if (n < NEEDED.reviewedTwice) return notEnough(n, NEEDED.reviewedTwice);
  const agreed = pairs.filter(({ first, second }) => first === second).length / n;
  const shareOf = (side: keyof VerdictPair, verdict: Verdict) =>
    pairs.filter((pair) => pair[side] === verdict).length / n;
  const chance = VERDICTS.reduce(
    (sum, verdict) => sum + shareOf('first', verdict) * shareOf('second', verdict),
    0,
  );
  // Where all verdicts are one, there is nothing that agreement could be measured by.
  if (chance > 1 - 1e-9) return notEnough(n, n + 1);
  const { low, high } = wilsonEstimate(agreed, n, CONFIDENCE);
  const kappa = (share: number) => (share - chance) / (1 - chance);
  return { value: kappa(agreed), low: kappa(low!), high: kappa(high!), n };
}
