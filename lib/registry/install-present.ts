/** The registry of a domain begins with the model that came with the installation: the first act on it is its installation. */
import type { AtThreshold, Evaluation } from '../evaluation/evaluation.ts';
import { hashCard } from '../models/card-schema.ts';
import type { Model } from '../models/model-folder.ts';
import { changeRegistry, type RegistryStore } from './change-registry.ts';
import { installModel } from './registry-promotion.ts';
import type { ModelMetrics } from './registry-state.ts';

/** The actor where no person acts. */
export const SYSTEM = 'assay';

export interface PresentModel {
  readonly registry: RegistryStore;
  /** The model that decides, whether the registry knows it or not; null: none does. */
  readonly champion: (domain: string) => Promise<Model | null>;
}

/** `at`: ISO 8601. */
export async function installPresent(
  { registry, champion }: PresentModel,
  domain: string,
  at: string,
): Promise<void> {
  const present = await champion(domain);
  if (present === null) return;
  const { version, dataset, evaluation } = present.card;
  const installed = {
    version,
    card: hashCard(present.card),
    dataset: dataset.hash.slice(0, 16),
    metrics: evaluation && metricsOf({ ...evaluation, ...evaluation.atThreshold }),
  };
  // Refused where there is a champion already.
  await changeRegistry(registry, domain, (known) => installModel(known, installed, { by: SYSTEM, at }));
}

type Figures = Pick<Evaluation, 'rocAuc' | 'prAuc'> & Pick<AtThreshold, 'precision' | 'recall' | 'threshold'>;

/** The figures of a card that the registry shows beside a version. */
export function metricsOf({ rocAuc, prAuc, precision, recall, threshold }: Figures): ModelMetrics {
  return {
    rocAuc: rocAuc.value,
    prAuc: prAuc.value,
    precision: precision.value,
    recall: recall.value,
    threshold,
  };
}
