/** Whether a score can be read as a probability. */
import * as Plot from '@observablehq/plot';
import type { CalibrationBin, Evaluation } from '../evaluation/evaluation.ts';
import {
  countOf,
  formatCount,
  formatInterval,
  formatNumber,
  formatScore,
  formatShare,
  isNumber,
} from './format-number.ts';
import type { Html } from './html.ts';
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
      figure('Observed against predicted', says, drawCalibration(bins, says, [0, 1])),
      drawBands(evaluation),
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

/** From the threshold up: nine of ten groups of all records lie left of it, crowded in a corner. */
function drawBands({ scoreBands = [], atThreshold }: Evaluation): Html | null {
  if (scoreBands.length === 0) return null;
  const bins = scoreBands.map(({ score, observed, records }) => ({
    predicted: score,
    observed,
    count: records,
  }));
  const from = Math.min(0.9, Math.max(0, atThreshold.threshold));
  const says = `The flagged records alone, in ${countOf(scoreBands.length, 'band')} of like numbers: mean score against the share that was positive, from the threshold of ${formatScore(atThreshold.threshold)} up. ${scoreBands.map((band) => `From ${formatScore(band.from)}: ${formatShare(band.observed.value)} of ${formatCount(band.records)}`).join('; ')}.`;
  return figure('Where the flags are', says, drawCalibration(bins, says, [from, 1]));
}

function drawCalibration(
  bins: readonly CalibrationBin[],
  says: string,
  domain: readonly [number, number],
): Html {
  const axis = { ticks: 5, grid: true, tickSize: 0, labelArrow: 'none' as const };
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
      x: { ...axis, domain, label: 'mean score' },
      y: { ...axis, domain: [0, 1], label: 'observed share of positives' },
      marks: [
        Plot.line(
          [
            [domain[0], domain[0]],
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
