/** What a team finds that looks at the k highest scores only. */
import * as Plot from '@observablehq/plot';
import type { Evaluation } from '../evaluation/evaluation.ts';
import { formatCount, formatInterval, formatShare, isNumber } from './format-number.ts';
import { drawPlot } from './plot-svg.ts';
import { figure, figures, NARROW, type Section, table } from './section.ts';

type AtK = Evaluation['atK'][number];

export function describePrecisionAtK(evaluation: Evaluation): Section | null {
  const points = evaluation.atK.filter(({ k, precision }) => k > 0 && isNumber(precision.value));
  const [first] = points;
  if (first === undefined) return null;
  const says = `Of the ${formatCount(first.k)} highest scores ${formatShare(first.precision.value)} are positive${points.length > 1 ? `; of the ${formatCount(points.at(-1)!.k)} highest ${formatShare(points.at(-1)!.precision.value)}` : ''}. Bars are 95% intervals.`;
  return {
    id: 'precision-at-k',
    title: 'Precision at k',
    lead: 'If only the k highest scores can be reviewed: how many of them are worth it, and how many of all positives they hold.',
    body: figures(
      figure('Precision among the k highest scores', says, drawPoints(points, says)),
      table(
        'Held-out records by rank of score',
        ['k', 'Precision', '95% interval', 'Recall'].map((title) => ({ title, numeric: true })),
        points.map(({ k, precision, recall }) => [
          formatCount(k),
          formatShare(precision.value),
          formatInterval(precision, formatShare) ?? '–',
          formatShare(recall),
        ]),
      ),
    ),
  };
}

function drawPoints(points: readonly AtK[], says: string) {
  const ranged = points.filter(({ precision }) => isNumber(precision.low) && isNumber(precision.high));
  const value = ({ precision }: AtK) => precision.value;
  return drawPlot(
    {
      width: NARROW,
      height: 260,
      marginLeft: 44,
      marginRight: 20,
      marginTop: 24,
      marginBottom: 38,
      x: {
        type: 'point',
        domain: points.map(({ k }) => k),
        tickFormat: formatCount,
        label: 'k',
        tickSize: 0,
        labelArrow: 'none',
      },
      y: {
        domain: [0, 1],
        ticks: 5,
        grid: true,
        tickSize: 0,
        label: 'precision',
        tickFormat: (share: number) => `${Math.round(share * 100)}%`,
        labelArrow: 'none',
      },
      marks: [
        Plot.ruleX(ranged, {
          x: 'k',
          y1: (point: AtK) => point.precision.low,
          y2: (point: AtK) => point.precision.high,
          stroke: 'var(--down)',
          strokeWidth: 7,
          strokeOpacity: 0.3,
        }),
        Plot.line(points, { x: 'k', y: value, stroke: 'var(--down)', strokeOpacity: 0.5 }),
        Plot.dot(points, { x: 'k', y: value, r: 4, fill: 'var(--down)' }),
      ],
    },
    says,
  );
}
