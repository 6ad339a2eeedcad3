/** Whether a score can be read as a probability. */
import * as Plot from '@observablehq/plot';
import type { CalibrationBin, Evaluation } from '../evaluation/evaluation.ts';
import type { Html } from './html.ts';
import {
  formatCount,
  formatInterval,
  formatNumber,
  formatScore,
  formatShare,
  isNumber,
} from './number-words.ts';
import { drawPlot } from './plot-svg.ts';
import { figure, figures, NARROW, type Section, table } from './section.ts';

export function describeCalibration(evaluation: Evaluation): Section | null {
  const bins = evaluation.calibration.filter(
    ({ predicted, observed, count }) => count > 0 && isNumber(predicted) && isNumber(observed.value),
  );
  if (bins.length === 0) return null;
  const error = formatScore(evaluation.calibrationError);
  const says = `Mean score against the observed share of positives in ${formatCount(bins.length)} groups of records. Points on the diagonal mean what they say; the average distance from it is ${error}.`;
  return {
    id: 'calibration',
    title: 'Calibration',
    lead: `If scores were probabilities, one in five of the records scored 0.2 would be positive. Brier score ${formatNumber(evaluation.brier)}, log loss ${formatNumber(evaluation.logLoss)}.`,
    body: figures(
      figure('Observed against predicted', says, drawCalibration(bins, says)),
      table(
        'Groups of records by score',
        ['Mean score', 'Observed', '95% interval', 'Records'].map((title) => ({ title, numeric: true })),
        bins.map(({ predicted, observed, count }) => [
          formatScore(predicted),
          formatShare(observed.value),
          formatInterval(observed, formatShare) ?? '–',
          formatCount(count),
        ]),
      ),
    ),
  };
}

function drawCalibration(bins: readonly CalibrationBin[], says: string): Html {
  const axis = { domain: [0, 1], ticks: 5, grid: true, tickSize: 0, labelArrow: 'none' as const };
  const withRange = bins.filter(({ observed }) => isNumber(observed.low) && isNumber(observed.high));
  const observed = (bin: CalibrationBin) => bin.observed.value;
  return drawPlot(
    {
      width: NARROW,
      height: NARROW - 20,
      marginLeft: 40,
      marginRight: 14,
      marginTop: 24,
      marginBottom: 38,
      x: { ...axis, label: 'mean score' },
      y: { ...axis, label: 'observed share of positives' },
      marks: [
        Plot.line(
          [
            [0, 0],
            [1, 1],
          ],
          { x: '0', y: '1', stroke: 'var(--muted)', strokeDasharray: '3,4' },
        ),
        Plot.ruleX(withRange, {
          x: 'predicted',
          y1: (bin: CalibrationBin) => bin.observed.low,
          y2: (bin: CalibrationBin) => bin.observed.high,
          stroke: 'var(--down)',
          strokeOpacity: 0.6,
          strokeWidth: 2,
        }),
        Plot.line(bins, { x: 'predicted', y: observed, stroke: 'var(--down)', strokeOpacity: 0.5 }),
        Plot.dot(bins, { x: 'predicted', y: observed, r: 4, fill: 'var(--down)' }),
      ],
    },
    says,
  );
}
