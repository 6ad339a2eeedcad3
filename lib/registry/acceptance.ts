/** What a pack asks of a new model, and what became of each demand: numbers, and a sentence that a person can check them by. */

import type { Estimate } from '../evaluation/evaluation.ts';
import type { Acceptance } from '../packs/pack.ts';

/** `not_enough_data`: neither shown nor refuted; more labelled records can decide it. */
export type CriterionOutcome = 'passed' | 'failed' | 'not_enough_data';

export interface Criterion {
  readonly id:
    | 'labels'
    | 'positives'
    | 'held_out'
    | 'overall'
    | 'segments'
    | 'recall'
    | 'recall_floor'
    | 'flag_volume';
  readonly passed: boolean;
  readonly outcome: CriterionOutcome;
  readonly sentence: string;
  /** What is asked for; null where it is not a number. */
  readonly limit: number | null;
  readonly champion: Estimate | null;
  readonly challenger: Estimate | null;
  /** Challenger minus champion. */
  readonly difference: Estimate | null;
  /** With `not_enough_data`: about how many held-out positives can decide it. Null: not known, or no number can. */
  readonly positivesNeeded: number | null;
}

/** Comparisons stored by earlier versions have no outcome. */
export function outcomeOf({
  outcome,
  passed,
}: Pick<Criterion, 'passed'> & Partial<Criterion>): CriterionOutcome {
  return outcome ?? (passed ? 'passed' : 'failed');
}

export interface LabelCounts {
  readonly labelled: number;
  readonly positives: number;
}

/** Why there are not labels enough to train at all; null: there are. */
export interface LabelShortage {
  readonly outcome: 'too_few_labels' | 'one_class_only';
  readonly reason: string;
}

/** Why there are too few labels to train or judge a model by; null: there are enough. */
export function findShortage(acceptance: Acceptance, counts: LabelCounts): LabelShortage | null {
  const { labelled, positives } = counts;
  if (labelled > 0 && (positives === 0 || positives === labelled)) {
    const reason = `all ${count(labelled)} labels are ${positives === 0 ? 'negative' : 'positive'}; a model needs records of both kinds`;
    return { outcome: 'one_class_only', reason };
  }
  const missed = judgeLabels(acceptance, counts).filter(({ passed }) => !passed);
  if (missed.length === 0) return null;
  return { outcome: 'too_few_labels', reason: missed.map(({ sentence }) => sentence).join(' ') };
}

export function judgeLabels(acceptance: Acceptance, { labelled, positives }: LabelCounts): Criterion[] {
  const judge = (id: 'labels' | 'positives', found: number, limit: number, of: string): Criterion =>
    criterion(id, found >= limit ? 'passed' : 'not_enough_data', {
      limit,
      sentence: `${count(found)} ${of}; at least ${count(limit)} are asked for.`,
    });
  return [
    judge('labels', labelled, acceptance.minLabels, 'labelled records'),
    judge('positives', positives, acceptance.minPositives, 'of them positive'),
  ];
}

/** Figures that are not given are null. */
export function criterion(
  id: Criterion['id'],
  outcome: CriterionOutcome,
  rest: Pick<Criterion, 'limit' | 'sentence'> & Partial<Criterion>,
): Criterion {
  return {
    champion: null,
    challenger: null,
    difference: null,
    positivesNeeded: null,
    ...rest,
    id,
    passed: outcome === 'passed',
    outcome,
  };
}

/** A number of records or labels in a sentence: `1,234`. */
export function count(value: number): string {
  return value.toLocaleString('en-US');
}
