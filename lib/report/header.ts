/** The top of the page: what this is about, and the figures that matter most, each with its interval. */
import type { Estimate } from '../evaluation/evaluation.ts';
import type { ModelCard } from '../models/card.ts';
import { countDrifted } from './drift.ts';
import { countOf, formatCount, formatInterval, formatScore, formatShare } from './format-number.ts';
import { type Html, html } from './html.ts';
import { renderNav } from './page.ts';
import type { ReportData, ScoringSection } from './report-data.ts';
import type { Section } from './section.ts';

interface KeyFigure {
  readonly name: string;
  readonly value: string;
  readonly note: string | null;
}

export function renderHeader(data: ReportData, sections: readonly Section[]): Html {
  const { card, scoring } = data;
  const figures = scoring === null ? trainingFigures(card) : scoringFigures(scoring, card);
  return html`<header>
<p class="eyebrow">${data.kind === 'training' ? 'Training report' : 'Scoring report'}</p>
<h1>${data.title}</h1>
<p class="facts"><span>Domain <b>${card.domain}</b></span> <span>Model <b class="code">${card.version}</b></span> <span>${
    ALGORITHMS[card.algorithm]
  }</span> <span>Pack <b>version ${card.pack.version}</b></span>${
    // On files there is no approval to wait for.
    card.approvedBy === null ? null : html` <span>Approved by <b>${card.approvedBy}</b></span>`
  }</p>
<p class="summary">${scoring === null ? summarizeTraining(card) : summarizeScoring(scoring)}</p>
<dl class="cards">${figures.map(
    ({ name, value, note }) =>
      html`<div><dt>${name}</dt><dd><b>${value}</b>${note === null ? null : html`<small>${note}</small>`}</dd></div>`,
  )}</dl>
${renderNav(sections)}
</header>
`;
}

const ALGORITHMS: Readonly<Record<ModelCard['algorithm'], string>> = {
  forest: 'Random forest',
  boosting: 'Gradient boosting',
  imported: 'Imported tree ensemble',
};

function summarizeTraining({ dataset, evaluation, split }: ModelCard): string {
  const read = `${countOf(dataset.received, 'record')} received, ${formatCount(dataset.rejected)} rejected; ${formatCount(dataset.labelled)} labelled, ${formatCount(dataset.positives)} of them positive.`;
  if (evaluation === null)
    return `${read} There is no held-out part, so the quality of this model is not known.`;
  const trained = split === null ? '' : ` The model learned from ${countOf(split.train, 'record')}.`;
  return `${read}${trained} The figures below were measured on ${countOf(evaluation.rows, 'record')} that it never saw.`;
}

function summarizeScoring(scoring: ScoringSection): string {
  const { received, scored, rejected, flagged, unexplained } = scoring;
  const from = scoring.files.length === 1 ? ` from ${scoring.files[0]}` : '';
  const flags = `${countOf(received, 'record')} received${from}: ${formatCount(scored)} scored, ${formatCount(rejected)} rejected. ${flagged === 0 ? 'None' : formatCount(flagged)} of the scored ${flagged <= 1 ? 'is' : 'are'} flagged`;
  if (flagged === 0) return `${flags}.`;
  return unexplained === 0
    ? `${flags}, each with reasons that add up to its score.`
    : `${flags}; ${formatCount(unexplained)} could not be explained and must be looked at.`;
}

function estimateFigure(name: string, estimate: Estimate, format: (value: number) => string): KeyFigure {
  const interval = formatInterval(estimate, format);
  return {
    name,
    value: format(estimate.value),
    note: interval === null ? 'too few records for an interval' : `95% interval ${interval}`,
  };
}

function trainingFigures(card: ModelCard): KeyFigure[] {
  const { evaluation, dataset } = card;
  const threshold = {
    name: 'Threshold',
    value: formatScore(card.threshold.value),
    note: `chosen on ${card.threshold.chosenOn}`,
  };
  const records = {
    name: 'Labelled records',
    value: formatCount(dataset.labelled),
    note: dataset.labelled > 0 ? `${formatShare(dataset.positives / dataset.labelled)} positive` : null,
  };
  if (evaluation === null) return [records, threshold];
  const { atThreshold } = evaluation;
  return [
    estimateFigure('ROC-AUC', evaluation.rocAuc, formatScore),
    estimateFigure('PR-AUC', evaluation.prAuc, formatScore),
    estimateFigure('Precision', atThreshold.precision, formatShare),
    estimateFigure('Recall', atThreshold.recall, formatShare),
    { name: 'F1', value: formatScore(atThreshold.f1), note: 'at the threshold' },
    { name: 'Flagged', value: formatShare(atThreshold.flaggedShare), note: 'of the held-out records' },
    threshold,
    records,
  ];
}

function scoringFigures(scoring: ScoringSection, card: ModelCard): KeyFigure[] {
  const shareOf = (part: number, whole: number, of: string) =>
    whole > 0 ? `${formatShare(part / whole)} of the ${of}` : null;
  const drifting = countDrifted(scoring.drift);
  return [
    { name: 'Received', value: formatCount(scoring.received), note: countOf(scoring.files.length, 'file') },
    {
      name: 'Scored',
      value: formatCount(scoring.scored),
      note: shareOf(scoring.scored, scoring.received, 'received'),
    },
    {
      name: 'Rejected',
      value: formatCount(scoring.rejected),
      note: shareOf(scoring.rejected, scoring.received, 'received'),
    },
    {
      name: 'Flagged',
      value: formatCount(scoring.flagged),
      note: shareOf(scoring.flagged, scoring.scored, 'scored'),
    },
    {
      name: 'Unexplained',
      value: formatCount(scoring.unexplained),
      note: scoring.unexplained === 0 ? 'every flag adds up' : 'to be looked at',
    },
    { name: 'Threshold', value: formatScore(card.threshold.value), note: 'flagged from this score on' },
    ...(scoring.drift.length === 0
      ? []
      : [
          {
            name: 'Inputs that drifted',
            value: formatCount(drifting),
            note: `of ${formatCount(scoring.drift.length)}, PSI 0.25 or more beyond chance`,
          },
        ]),
  ];
}
