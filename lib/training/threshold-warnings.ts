/** What is doubtful about a threshold that a policy led to: a sentence each. */

import type { ChosenThreshold } from '../evaluation/choose-threshold.ts';
import type { TrainingSet } from '../forest/training-set.ts';
import type { ThresholdPolicy } from '../packs/pack.ts';

/**
 * A threshold is "about 0" below half of the share of positives. With scores that are probabilities the best F1 lies at half of itself,
 * and flagging all records reaches an F1 above that share: a lower threshold says that scores are no probabilities, or say nothing.
 */
const ABOUT_ZERO = 0.5;

export function thresholdWarnings(
  { value, reached }: ChosenThreshold,
  { policy }: ThresholdPolicy,
  data: Pick<TrainingSet, 'labels' | 'weights'>,
): string[] {
  if (reached.flaggedShare >= 1)
    return [`the threshold policy ${policy} leads to flagging every record that it was chosen on`];
  const share = shareOfPositives(data);
  if (value >= ABOUT_ZERO * share) return [];
  const percent = (part: number) => `${(100 * part).toFixed(part < 0.01 ? 2 : 1)} %`;
  return [
    `the threshold ${value.toPrecision(2)} is about 0, below half of the share of positives (${percent(share)}): policy ${policy} flags ${percent(reached.flaggedShare)} of the records, also those that the model takes to be less likely positive than any record; choose another policy or look at the scores`,
  ];
}

function shareOfPositives({ labels, weights }: Pick<TrainingSet, 'labels' | 'weights'>): number {
  let [positive, total] = [0, 0];
  for (const [row, label] of labels.entries()) {
    const weight = weights?.[row] ?? 1;
    total += weight;
    positive += label * weight;
  }
  return positive / total;
}
