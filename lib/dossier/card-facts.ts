/** What a dossier says of a model: from its card. */
import { hashCard } from '../models/card-schema.ts';
import type { Model } from '../models/model-folder.ts';
import type { DossierFigure, DossierModel } from './dossier.ts';

export function modelFacts({ card, pack }: Model): DossierModel {
  const { evaluation, split, dataset } = card;
  const figure = (name: string, one: Omit<DossierFigure, 'name'>): DossierFigure => ({
    ...{ name, value: one.value, low: one.low, high: one.high },
  });
  return {
    version: card.version,
    algorithm: card.algorithm,
    pack: `${pack.domain}@${pack.version}`,
    trained: {
      records: split?.train ?? dataset.labelled,
      positives: split?.trainPositives ?? dataset.positives,
      dataset: dataset.hash,
    },
    threshold: card.threshold.value,
    held_out:
      evaluation === null
        ? null
        : {
            records: evaluation.rows,
            positives: evaluation.positives,
            figures: [
              figure('ROC-AUC', evaluation.rocAuc),
              figure('PR-AUC', evaluation.prAuc),
              figure('Precision', evaluation.atThreshold.precision),
              figure('Recall', evaluation.atThreshold.recall),
            ],
          },
    card_sha256: hashCard(card),
    warnings: card.warnings ?? [],
  };
}
