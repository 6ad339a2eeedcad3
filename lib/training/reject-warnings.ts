/** What a training has to say of the records that were rejected: the commonest reasons, and whether they are unlike the rest. */
import type { IntakeResult } from '../intake/read-records.ts';
import type { DatasetManifest } from '../models/card.ts';
import { commonRejects } from '../report/common-rejects.ts';

const SHOWN_REASONS = 3;

export async function rejectWarnings({
  rejected,
  rejects,
}: Pick<IntakeResult, 'rejected' | 'rejects'>): Promise<string[]> {
  if (rejected === 0) return [];
  const reasons = await commonRejects(rejects, SHOWN_REASONS);
  return reasons.map(({ count, says }) => `rejected ${count.toLocaleString('en-US')} times: ${says}`);
}

/** Rejects that are of one class take what they would teach out of the training. */
export function warnOfOneSidedRejects(
  rejects: IntakeResult['rejectedLabels'],
  { labelled, positives }: Pick<DatasetManifest, 'labelled' | 'positives'>,
): string[] {
  if (rejects === undefined || rejects.labelled === 0) return [];
  const own = rejects.positives / rejects.labelled;
  const rest = positives / labelled;
  const all = (positives + rejects.positives) / (labelled + rejects.labelled);
  const deviation = Math.sqrt(all * (1 - all) * (1 / labelled + 1 / rejects.labelled));
  if (Math.abs(own - rest) <= 3 * deviation) return [];
  const percent = (share: number) => `${(100 * share).toFixed(1)} %`;
  return [
    `${percent(own)} of the rejected records are positive (${rejects.positives.toLocaleString('en-US')} of ${rejects.labelled.toLocaleString('en-US')} with a label), of the others ${percent(rest)}: the model never sees what was rejected, see rejects.csv`,
  ];
}
