/** What `assay train` prints: the figures that decide whether to use the model, and where it is. */
import type { Estimate } from '../evaluation/evaluation.ts';
import type { ModelCard } from '../models/card.ts';

export function trainingSummary(card: ModelCard, folder: string, json: boolean): string {
  const { evaluation, training, dataset, split } = card;
  if (json) {
    return `${JSON.stringify({
      domain: card.domain,
      version: card.version,
      algorithm: card.algorithm,
      threshold: card.threshold.value,
      rocAuc: evaluation?.rocAuc ?? null,
      prAuc: evaluation?.prAuc ?? null,
      precision: evaluation?.atThreshold.precision ?? null,
      recall: evaluation?.atThreshold.recall ?? null,
      trainPrAuc: training?.prAuc.value ?? null,
      compared: card.crossValidation.map(({ algorithm, hyperParameters, meanPrAuc, chosen }) => ({
        algorithm,
        hyperParameters,
        meanPrAuc,
        chosen,
      })),
      received: dataset.received,
      rejected: dataset.rejected,
      split,
      out: folder,
    })}\n`;
  }
  const lines = [
    `${card.domain} model ${card.version} (${card.algorithm}), in ${folder}/`,
    `records      ${count(dataset.received)} received, ${count(dataset.rejected)} rejected, ${count(dataset.labelled)} labelled, ${count(dataset.positives)} positive`,
  ];
  if (split !== null) {
    lines.push(
      `split        ${count(split.train)} to train on, ${count(split.heldOut)} held out (${count(split.heldOutPositives)} positive), ${count(split.unused)} in neither`,
    );
  }
  if (card.crossValidation.length > 1) lines.push(`compared     ${comparison(card)}`);
  if (evaluation !== null) {
    const { precision, recall, flaggedShare } = evaluation.atThreshold;
    lines.push(
      `held out     ROC-AUC ${interval(evaluation.rocAuc)}   PR-AUC ${interval(evaluation.prAuc)}   (on its training rows: PR-AUC ${training?.prAuc.value.toFixed(3)})`,
      `threshold    ${card.threshold.value.toFixed(4)}: precision ${interval(precision)}, recall ${interval(recall)}, ${(flaggedShare * 100).toFixed(2)} % flagged`,
    );
  }
  if (evaluation === null)
    lines.push(`threshold    ${card.threshold.value.toFixed(4)}, chosen on ${card.threshold.chosenOn}`);
  if (dataset.rejected > 0) lines.push(`rejects      ${folder}/rejects.csv`);
  lines.push(`report       ${folder}/report.html`);
  return `${lines.join('\n')}\n`;
}

/** The best candidate of each algorithm, the chosen one first. */
function comparison(card: ModelCard): string {
  const { crossValidation } = card;
  const ranked = crossValidation.toSorted(
    (a, b) => Number(b.chosen) - Number(a.chosen) || b.meanPrAuc - a.meanPrAuc,
  );
  const shown = ranked.filter(
    ({ algorithm }, at) => ranked.findIndex((one) => one.algorithm === algorithm) === at,
  );
  const figures = shown.map(({ algorithm, meanPrAuc, chosen }) => {
    const settings = crossValidation.filter((one) => one.algorithm === algorithm).length;
    const of = settings > 1 ? `, best of ${settings} settings` : '';
    return `${algorithm} PR-AUC ${meanPrAuc.toFixed(3)}${of}${chosen ? ' (chosen)' : ''}`;
  });
  const folds = `${ranked[0]!.folds.length} folds`;
  const how = / training part, (.+)$/.exec(card.threshold.chosenOn)?.[1] ?? folds;
  return `${figures.join(', ')}; mean of ${folds} of the training part${how === folds ? '' : ` (${how})`}`;
}

function interval({ value, low, high }: Estimate): string {
  return low === null || high === null
    ? value.toFixed(3)
    : `${value.toFixed(3)} [${low.toFixed(3)}, ${high.toFixed(3)}]`;
}

function count(n: number): string {
  return n.toLocaleString('en-US');
}
