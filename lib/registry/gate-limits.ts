/**
 * What a challenger does at its own threshold, held against what the champion does at its own: how many positives each finds,
 * and how many records each flags. A ranking as good as ever is worth nothing behind a threshold that flags all or nothing.
 */

import type { Estimate } from '../evaluation/evaluation.ts';
import { type Linearized, linearizeShare } from '../evaluation/influence.ts';
import { wilsonEstimate } from '../evaluation/intervals.ts';
import { type Criterion, count, criterion } from './acceptance.ts';
import type { GateInput, ScoredBy } from './gate-input.ts';
import { judgeNonInferiority, type PairedFigures } from './non-inferiority.ts';

type Input = Pick<GateInput, 'champion' | 'challenger' | 'labels' | 'weights' | 'acceptance'>;
type Known = Pick<PairedFigures, 'clusters' | 'positiveEntities'>;

const isFlagged = ({ scores, threshold }: ScoredBy, row: number) => scores[row]! >= threshold;

function recall(side: ScoredBy, { labels, weights }: Input): Linearized {
  const found = (row: number) => (isFlagged(side, row) ? 1 : 0);
  return linearizeShare(labels.length, found, (row) => labels[row] === 1, weights);
}

/** With a champion: no lower by `max_recall_loss`. Without: positives are flagged more often than negatives. */
export function judgeRecall(input: Input, known: Known): Criterion {
  const { champion, challenger, labels, acceptance } = input;
  const own = recall(challenger, input);
  if (champion === null) return judgeFirstRecall(input, known, own);
  const margin = acceptance.maxRecallLoss;
  const was = recall(champion, input);
  const isSame = labels.every((_, row) => isFlagged(champion, row) === isFlagged(challenger, row));
  const pair = { champion: was, challenger: own, isSame, ...known };
  const { outcome, difference, moreNeeded } = judgeNonInferiority(pair, margin);
  const positives = labels.reduce((sum, label) => sum + label, 0);
  const needed = moreNeeded === null ? null : Math.ceil(moreNeeded * positives);
  const found = `At its threshold it finds ${percent(own.value)} of the held-out positives, the present model at its own ${percent(was.value)}: a difference of ${signed(difference)}; `;
  const estimate = (value: number): Estimate => wilsonEstimate(value, known.positiveEntities, 0.95);
  return criterion('recall', outcome, {
    limit: margin,
    champion: estimate(was.value),
    challenger: estimate(own.value),
    difference,
    positivesNeeded: needed,
    sentence: found + sayOutcome(outcome, margin, positives, needed),
  });
}

function judgeFirstRecall({ challenger, labels, weights }: Input, known: Known, own: Linearized): Criterion {
  const flagged = (row: number) => (isFlagged(challenger, row) ? 1 : 0);
  const ofNegatives = linearizeShare(labels.length, flagged, (row) => labels[row] === 0, weights);
  const pair = { champion: ofNegatives, challenger: own, isSame: false, ...known };
  const { difference } = judgeNonInferiority(pair, 0);
  const outcome =
    difference.low! > 0 ? 'passed' : own.value <= ofNegatives.value ? 'failed' : 'not_enough_data';
  const end = {
    passed: 'it separates the two',
    failed: 'it does not separate the two',
    not_enough_data: 'that may be chance',
  }[outcome];
  return criterion('recall', outcome, {
    limit: null,
    challenger: wilsonEstimate(own.value, known.positiveEntities, 0.95),
    sentence: `At its threshold it flags ${percent(own.value)} of the held-out positives and ${percent(ofNegatives.value)} of the negatives; ${end}.`,
  });
}

/** How a comparison by a margin ended, as the end of a sentence. */
export function sayOutcome(
  outcome: Criterion['outcome'],
  margin: number,
  positives: number,
  needed: number | null,
): string {
  if (outcome === 'passed') return `it is shown to be no worse by ${margin}.`;
  if (outcome === 'failed') return `at most ${margin} lower is allowed.`;
  const enough = needed === null ? '' : `; about ${count(needed)} held-out positives would show it`;
  return `whether it is lower by ${margin} cannot be distinguished from ${count(positives)} positives${enough}.`;
}

/** As many flags as there are positives are never too many; none at all are never enough. */
export function judgeVolume(input: Input): Criterion {
  const { champion, challenger, labels, weights, acceptance } = input;
  const share = (isOf: (row: number) => boolean) =>
    linearizeShare(
      labels.length,
      (row) => (isOf(row) ? 1 : 0),
      () => true,
      weights,
    ).value;
  const positive = share((row) => labels[row] === 1);
  const own = share((row) => isFlagged(challenger, row));
  const was = champion === null ? 0 : share((row) => isFlagged(champion, row));
  // A champion that flags nothing gives no measure either.
  const limit =
    was === 0 ? firstVolume(positive) : Math.min(1, Math.max(acceptance.maxFlagGrowth * was, positive));
  const bare = (value: number): Estimate => ({ value, low: null, high: null });
  const found = `At its threshold it flags ${percent(own)} of the held-out records`;
  const than = champion === null ? '' : `, the present model at its own ${percent(was)}`;
  return criterion('flag_volume', own > 0 && own <= limit ? 'passed' : 'failed', {
    limit,
    champion: champion === null ? null : bare(was),
    challenger: bare(own),
    sentence: `${found}${than}; some, and at most ${percent(limit)}, are asked for.`,
  });
}

/** Three times as many as are positive, and half of the negatives at most; but always one in twenty. */
function firstVolume(positive: number): number {
  return Math.max(0.05, Math.min(3 * positive, (1 + positive) / 2));
}

export function judgeRecallFloor(input: Input, floor: number, { positiveEntities }: Known): Criterion {
  const own = wilsonEstimate(recall(input.challenger, input).value, positiveEntities, 0.95);
  return criterion('recall_floor', own.value >= floor ? 'passed' : 'failed', {
    limit: floor,
    challenger: own,
    sentence: `It finds ${percent(own.value)} [${percent(own.low!)}, ${percent(own.high!)}] of the held-out positives at its threshold; at least ${percent(floor)} are asked for.`,
  });
}

export function signed({ value, low, high }: Estimate): string {
  const one = (x: number) => `${x < 0 ? '−' : '+'}${Math.abs(x).toFixed(3)}`;
  return `${one(value)} [${one(low!)}, ${one(high!)}]`;
}

function percent(share: number): string {
  return `${(share * 100).toFixed(1)}%`;
}
