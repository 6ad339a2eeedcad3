/** ROC and precision-recall curves of the held-out part, with the point at which the model is run. */
import * as Plot from '@observablehq/plot';
import type { CurvePoint, Estimate, Evaluation } from '../evaluation/evaluation.ts';
import { formatCount, formatInterval, formatScore, formatShare, isNumber } from './format-number.ts';
import type { Html } from './html.ts';
import { drawPlot } from './plot-svg.ts';
import { figure, figures, NARROW, type Section } from './section.ts';

export function describeCurves(evaluation: Evaluation): Section | null {
  if (evaluation.roc.length === 0 || evaluation.pr.length === 0) return null;
  return {
    id: 'curves',
    title: 'ROC and precision-recall',
    lead: 'Each point of a curve is a threshold that could have been chosen. The marked one is in force; its arms are 95% intervals.',
    body: figures(rocFigure(evaluation), prFigure(evaluation)),
  };
}

function rocFigure({ roc, rocAuc, atThreshold }: Evaluation): Html {
  const { falsePositiveRate, recall } = atThreshold;
  const says = `Area ${withInterval(rocAuc)}. At the threshold ${formatShare(recall.value)} of positives are found, for ${formatShare(falsePositiveRate.value)} of negatives flagged wrongly.`;
  const diagonal = [
    { x: 0, y: 0, threshold: 0 },
    { x: 1, y: 1, threshold: 0 },
  ];
  const axes = { x: 'false positive rate', y: 'recall' };
  return figure('ROC curve', says, drawCurve(roc, diagonal, falsePositiveRate, recall, axes, says));
}

function prFigure({ pr, prAuc, atThreshold, positives, rows }: Evaluation): Html {
  const { precision, recall } = atThreshold;
  const rate = rows > 0 ? positives / rows : 0;
  const says = `Area ${withInterval(prAuc)}; guessing would give ${formatScore(rate)}. At the threshold ${formatShare(precision.value)} of the flagged are positive, of ${formatCount(positives)} positives in all.`;
  const guessing = [
    { x: 0, y: rate, threshold: 0 },
    { x: 1, y: rate, threshold: 0 },
  ];
  const axes = { x: 'recall', y: 'precision' };
  return figure('Precision-recall curve', says, drawCurve(pr, guessing, recall, precision, axes, says));
}

function withInterval(estimate: Estimate): string {
  const interval = formatInterval(estimate, formatScore);
  return interval === null ? formatScore(estimate.value) : `${formatScore(estimate.value)} (${interval})`;
}

function drawCurve(
  curve: readonly CurvePoint[],
  guessing: readonly CurvePoint[],
  x: Estimate,
  y: Estimate,
  axes: { readonly x: string; readonly y: string },
  says: string,
): Html {
  const known = isNumber(x.value) && isNumber(y.value);
  const axis = { domain: [0, 1], ticks: 5, grid: true, tickSize: 0, labelArrow: 'none' as const };
  return drawPlot(
    {
      width: NARROW,
      height: NARROW - 20,
      marginLeft: 40,
      marginRight: 14,
      marginTop: 24,
      marginBottom: 38,
      x: { ...axis, label: axes.x },
      y: { ...axis, label: axes.y },
      marks: [
        Plot.line(guessing, { x: 'x', y: 'y', stroke: 'var(--muted)', strokeDasharray: '3,4' }),
        Plot.line(
          curve.filter((point) => isNumber(point.x) && isNumber(point.y)),
          { x: 'x', y: 'y', stroke: 'var(--down)', strokeWidth: 2 },
        ),
        known ? [arm(x, y, 'x'), arm(x, y, 'y'), operatingPoint(x, y)] : [],
      ],
    },
    says,
  );
}

function arm(x: Estimate, y: Estimate, along: 'x' | 'y') {
  const { low, high } = along === 'x' ? x : y;
  if (!isNumber(low) || !isNumber(high)) return null;
  const options = { stroke: 'var(--up)', strokeWidth: 2, strokeOpacity: 0.7 };
  return along === 'x'
    ? Plot.ruleY([y.value], { ...options, y: (value: number) => value, x1: low, x2: high })
    : Plot.ruleX([x.value], { ...options, x: (value: number) => value, y1: low, y2: high });
}

function operatingPoint(x: Estimate, y: Estimate) {
  return Plot.dot([[x.value, y.value]], {
    x: '0',
    y: '1',
    r: 5,
    fill: 'var(--up)',
    stroke: 'var(--page)',
    strokeWidth: 1.5,
  });
}
