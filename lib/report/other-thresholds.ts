/** What other thresholds would give: how many flags, how many of the positives found, how many looked at in vain. */
import type { CurvePoint, Evaluation } from '../evaluation/evaluation.ts';
import { formatCount, formatNumber, formatScore, formatShare, isNumber } from './format-number.ts';
import { type Html, html } from './html.ts';
import { type Section, table } from './section.ts';

const RECALLS = [0.2, 0.4, 0.6, 0.7, 0.8, 0.9, 0.95];

interface Choice {
  readonly threshold: number;
  readonly recall: number;
  readonly precision: number;
  readonly isOwn: boolean;
}

export function describeThresholds(evaluation: Evaluation): Section | null {
  const { rows, positives, atThreshold } = evaluation;
  if (positives === 0 || !isNumber(atThreshold.precision.value)) return null;
  const own: Choice = {
    threshold: atThreshold.threshold,
    recall: atThreshold.recall.value,
    precision: atThreshold.precision.value,
    isOwn: true,
  };
  const choices = [...RECALLS.flatMap((recall) => reaching(evaluation.pr, recall) ?? []), own]
    .sort((a, b) => b.threshold - a.threshold || Number(b.isOwn) - Number(a.isOwn))
    .filter((one, index, all) => one.isOwn || all.every((other) => !isSame(one, other, index, all)));
  if (choices.length < 2) return null;
  return {
    id: 'thresholds',
    title: 'Other thresholds',
    lead: `Measured on the ${formatCount(rows)} held-out records, ${formatCount(positives)} of them positive. A lower threshold finds more and costs more looks; \`assay score --threshold\` sets another.`,
    body: table(
      'From the strictest to the most lenient',
      ['Threshold', 'Flags in 1,000 records', 'Found', 'Of positives', 'Looked at in vain', 'Precision'].map(
        (title) => ({ title, numeric: true }),
      ),
      choices.map((choice) => rowOf(choice, rows, positives)),
    ),
  };
}

/** The strictest threshold that finds this share. */
function reaching(points: readonly CurvePoint[], recall: number): Choice | null {
  const found = points
    .filter(({ x, y, threshold }) => x >= recall && y > 0 && isNumber(threshold))
    .toSorted((a, b) => b.threshold - a.threshold)[0];
  if (found === undefined) return null;
  return { threshold: found.threshold, recall: found.x, precision: found.y, isOwn: false };
}

/** Whether another one before it, or the card's own, reads alike. */
function isSame(one: Choice, other: Choice, index: number, all: readonly Choice[]): boolean {
  if (one === other || formatScore(one.threshold) !== formatScore(other.threshold)) return false;
  return other.isOwn || all.indexOf(other) < index;
}

function rowOf(
  { threshold, recall, precision, isOwn }: Choice,
  rows: number,
  positives: number,
): (string | Html)[] {
  const found = Math.round(recall * positives);
  const flags = Math.round(found / precision);
  const name = formatScore(threshold);
  return [
    isOwn ? html`<b>${name}</b> (this model's)` : name,
    formatNumber((flags / rows) * 1_000),
    formatCount(found),
    formatShare(recall),
    formatCount(flags - found),
    formatShare(precision),
  ];
}
