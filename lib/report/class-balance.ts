/** How many labelled records are positive, in the data and in each part of the split. */
import * as Plot from '@observablehq/plot';
import type { ModelCard } from '../models/card.ts';
import { formatCount, formatShare } from './format-number.ts';
import { html } from './html.ts';
import { drawPlot } from './plot-svg.ts';
import { figure, legend, NARROW, type Section, table, WIDE } from './section.ts';

interface Part {
  readonly name: string;
  readonly rows: number;
  readonly positives: number;
}

export function describeClassBalance(card: ModelCard): Section | null {
  const parts = listParts(card).filter(({ rows }) => rows > 0);
  const [all] = parts;
  if (all === undefined) return null;
  const share = formatShare(all.positives / all.rows);
  const says = `${formatCount(all.positives)} of ${formatCount(all.rows)} labelled records are positive, ${share}.`;
  const drawing = { wide: drawBalance(parts, WIDE, says), narrow: drawBalance(parts, NARROW, says) };
  const colours = legend([
    ['up', 'positive'],
    ['quiet', 'negative'],
  ]);
  return {
    id: 'class-balance',
    title: 'Class balance',
    lead: 'Positives are the records that people labelled as a risk. The rarer they are, the more PR-AUC says and the less accuracy does.',
    body: html`${figure('Share of positives', says, drawing, colours)}${table(
      'Labelled records in each part',
      [
        { title: 'Part' },
        ...['Records', 'Positive', 'Negative', 'Share positive'].map((title) => ({ title, numeric: true })),
      ],
      parts.map(({ name, rows, positives }) => [
        name,
        formatCount(rows),
        formatCount(positives),
        formatCount(rows - positives),
        formatShare(positives / rows),
      ]),
    )}`,
  };
}

function listParts({ dataset, split }: ModelCard): Part[] {
  const all = { name: 'All labelled', rows: dataset.labelled, positives: dataset.positives };
  if (split === null) return [all];
  return [
    all,
    { name: 'Training', rows: split.train, positives: split.trainPositives },
    { name: 'Held out', rows: split.heldOut, positives: split.heldOutPositives },
  ];
}

function drawBalance(parts: readonly Part[], width: number, says: string) {
  const share = ({ rows, positives }: Part) => positives / rows;
  return drawPlot(
    {
      width,
      height: parts.length * 34 + 30,
      marginLeft: 90,
      marginTop: 4,
      marginRight: 16,
      x: {
        domain: [0, 1],
        tickFormat: (value: number) => `${Math.round(value * 100)}%`,
        label: null,
        ticks: 5,
      },
      y: { domain: parts.map(({ name }) => name), label: null, padding: 0.35, tickSize: 0 },
      marks: [
        Plot.barX(parts, { y: 'name', x1: share, x2: 1, fill: 'var(--quiet)' }),
        Plot.barX(parts, { y: 'name', x1: 0, x2: share, fill: 'var(--up)' }),
      ],
    },
    says,
  );
}
