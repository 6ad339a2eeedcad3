/** Training against held-out records, and the folds of every candidate: where the two part ways, the model learned by heart. */
import * as Plot from '@observablehq/plot';
import type { Estimate } from '../evaluation/evaluation.ts';
import type { ModelCard } from '../models/card.ts';
import { compareCandidates } from './cross-validation.ts';
import { formatInterval, formatNumber, formatScore, isNumber } from './format-number.ts';
import { type Html, html } from './html.ts';
import { drawPlot } from './plot-svg.ts';
import { figure, legend, NARROW, type Section, table, WIDE } from './section.ts';

export function describeOverFitting(card: ModelCard): Section | null {
  const parts = [compareTraining(card), compareCandidates(card.crossValidation)].filter(
    (part) => part !== null,
  );
  if (parts.length === 0) return null;
  return {
    id: 'over-fitting',
    title: 'Training against validation',
    lead: 'A model always looks better on the records that it learned from. The wider the gap, the less of what it learned carries over.',
    body: html`${parts}`,
  };
}

interface Gap {
  readonly measure: string;
  readonly trained: Estimate;
  readonly heldOut: Estimate;
}

function compareTraining({ training, evaluation, outOfBag }: ModelCard): Html | null {
  if (training === null || evaluation === null) return null;
  const gaps: Gap[] = [
    { measure: 'ROC-AUC', trained: training.rocAuc, heldOut: evaluation.rocAuc },
    { measure: 'PR-AUC', trained: training.prAuc, heldOut: evaluation.prAuc },
  ];
  const known = gaps.filter(({ trained, heldOut }) => isNumber(trained.value) && isNumber(heldOut.value));
  const says = `${known.map(({ measure, trained, heldOut }) => `${measure} is ${formatScore(trained.value)} on the training records and ${formatScore(heldOut.value)} on held-out ones`).join('; ')}. Bars through held-out points are 95% intervals.`;
  const draw = (width: number) => drawGaps(known, width, says);
  const colours = legend([
    ['muted', 'training records'],
    ['down', 'held-out records'],
  ]);
  const rows = gaps.map(({ measure, trained, heldOut }) => [
    measure,
    formatScore(trained.value),
    formatScore(heldOut.value),
    formatInterval(heldOut, formatScore) ?? '–',
  ]);
  return html`${known.length === 0 ? null : figure('The gap', says, { wide: draw(WIDE), narrow: draw(NARROW) }, colours)}${table(
    'Quality on training and held-out records',
    [
      { title: 'Measure' },
      ...['Training', 'Held out', '95% interval'].map((title) => ({ title, numeric: true })),
    ],
    [
      ...rows,
      ['Log loss', formatNumber(training.logLoss), formatNumber(evaluation.logLoss), '–'],
      ...(outOfBag === undefined ? [] : [['PR-AUC, out of bag', formatScore(outOfBag.prAuc), '–', '–']]),
    ],
  )}`;
}

function drawGaps(gaps: readonly Gap[], width: number, says: string): Html {
  const ranged = gaps.filter(({ heldOut }) => isNumber(heldOut.low) && isNumber(heldOut.high));
  return drawPlot(
    {
      width,
      height: gaps.length * 36 + 40,
      marginLeft: 76,
      marginRight: 16,
      marginTop: 4,
      x: { domain: [0, 1], ticks: 5, grid: true, tickSize: 0, label: null },
      y: {
        type: 'point',
        domain: gaps.map(({ measure }) => measure),
        label: null,
        tickSize: 0,
        padding: 0.7,
      },
      marks: [
        Plot.ruleY(ranged, {
          y: 'measure',
          x1: (gap: Gap) => gap.heldOut.low,
          x2: (gap: Gap) => gap.heldOut.high,
          stroke: 'var(--down)',
          strokeWidth: 7,
          strokeOpacity: 0.3,
        }),
        Plot.dot(gaps, {
          y: 'measure',
          x: (gap: Gap) => gap.trained.value,
          r: 5,
          stroke: 'var(--muted)',
          strokeWidth: 2,
        }),
        Plot.dot(gaps, { y: 'measure', x: (gap: Gap) => gap.heldOut.value, r: 5, fill: 'var(--down)' }),
      ],
    },
    says,
  );
}
