/**
 * What became of records by how high they scored: the flagged scores of the held-out part in up to five bands with like numbers
 * of records, the lowest first, each with the share of positives and its interval. It is what an officer may expect of a flag.
 */

import { type Dependence, estimateShare } from './clustered-estimates.ts';
import type { ScoreBand } from './evaluation.ts';
import { wilsonEstimate } from './intervals.ts';
import { effectiveCount } from './score-groups.ts';
import type { Scored } from './scored.ts';

const MAX_BANDS = 5;
/** With fewer a band says nothing. */
const MIN_RECORDS = 20;

export function evaluateScoreBands(
  scored: Scored,
  threshold: number,
  confidence: number,
  dependence?: Dependence,
): ScoreBand[] {
  const { scores } = scored;
  const flagged = [...scores.keys()].filter((row) => scores[row]! >= threshold);
  flagged.sort((a, b) => scores[a]! - scores[b]!);
  const starts = bandStarts(
    flagged.map((row) => scores[row]!),
    threshold,
  );
  return starts.map((from, at) => {
    const to = starts[at + 1] ?? 1;
    const isOf = (row: number) => scores[row]! >= from && (at + 1 === starts.length || scores[row]! < to);
    return { from, to, ...describeBand(scored, isOf, confidence, dependence) };
  });
}

/** The lowest score of each band; equal scores stay together. */
function bandStarts(ascending: readonly number[], threshold: number): number[] {
  const bands = Math.min(MAX_BANDS, Math.floor(ascending.length / MIN_RECORDS));
  const starts = Array.from({ length: bands }, (_, band) =>
    band === 0 ? threshold : ascending[Math.floor((band * ascending.length) / bands)]!,
  );
  // A band that began at the lowest score would leave none between it and the threshold.
  return starts.filter((start, at) => at === 0 || (start > starts[at - 1]! && start > ascending[0]!));
}

function describeBand(
  { scores, labels, weights }: Scored,
  isOf: (row: number) => boolean,
  confidence: number,
  dependence: Dependence | undefined,
): Pick<ScoreBand, 'records' | 'score' | 'observed'> {
  const rows = [...scores.keys()].filter(isOf);
  const weightOf = (row: number) => weights?.[row] ?? 1;
  const sum = (of: (row: number) => number) => rows.reduce((total, row) => total + of(row), 0);
  const total = sum(weightOf);
  const part = (row: number) => labels[row]!;
  return {
    records: rows.length,
    score: sum((row) => weightOf(row) * scores[row]!) / total,
    observed:
      dependence === undefined
        ? wilsonEstimate(
            sum((row) => weightOf(row) * part(row)) / total,
            effectiveCount(
              total,
              sum((row) => weightOf(row) ** 2),
            ),
            confidence,
          )
        : estimateShare({ rows: scores.length, part, isOf, weights }, dependence, confidence),
  };
}
