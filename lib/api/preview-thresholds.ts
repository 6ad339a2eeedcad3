/** What answers what other thresholds of the champion would have flagged: from the counts of scores of its last daily look. */
import { DAY_MS, dayOf } from '../days.ts';
import { thresholdOf } from '../models/model-folder.ts';
import type { MonitoringPoint } from '../monitoring/monitoring-point.ts';
import { otherThresholds } from '../what-if/other-thresholds.ts';
import type { Call, Handlers, Reply } from './endpoints.ts';
import { findChampion, type ModelReader } from './models.ts';
import type { WatchServices } from './watching.ts';

export interface PreviewServices extends Pick<WatchServices, 'metrics' | 'now'> {
  readonly models: ModelReader;
}

/** A look that is older says nothing of the past month. */
const MAX_AGE_MS = 30 * DAY_MS;

export function previewHandlers(services: PreviewServices): Required<Pick<Handlers, 'previewThresholds'>> {
  return { previewThresholds: (call) => previewThresholds(services, call) };
}

async function previewThresholds(
  { models, metrics, now }: PreviewServices,
  { params: { domain } }: Call<'previewThresholds'>,
): Promise<Reply<'previewThresholds'>> {
  const model = await findChampion(models, domain);
  const { version } = model.card;
  const threshold = thresholdOf(model);
  const points = await metrics.range(domain, version, dayOf(now() - MAX_AGE_MS), dayOf(now()));
  const point = points.findLast(({ scores }) => scores !== undefined && scores.positives.length > 0);
  return {
    body: { domain, version, threshold, preview: point === undefined ? null : previewOf(point, threshold) },
  };
}

function previewOf({ day, days, scores }: MonitoringPoint, threshold: number) {
  const { negatives, positives } = scores!;
  const total = (counts: readonly number[]) => counts.reduce((all, one) => all + one, 0);
  return {
    ...{ day, days, flagged: total(positives), scored: total(negatives) + total(positives) },
    thresholds: otherThresholds(scores!, threshold).map(({ lostAtMost, ...one }) => ({
      ...one,
      lost_at_most: lostAtMost,
    })),
  };
}
