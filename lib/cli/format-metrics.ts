/** Figures of live models for a terminal: the last day's with their intervals, and how they went, as a line of blocks. */
import { isFigure, type Measured } from '../monitoring/measured.ts';
import { formatCount } from '../report/format-number.ts';
import { FIGURES, formatMeasured } from '../report/monitored.ts';
import type { WatchedPoint } from '../report/monitoring-page.ts';
import { textTable } from './text-table.ts';

const BLOCKS = '▁▂▃▄▅▆▇█';
/** Where there was not enough data. */
const NOTHING = '·';
const MAX_DAYS = 30;

/** At least one; by day. */
export function formatMetrics(points: readonly WatchedPoint[]): string {
  const models = [...new Set(points.map(({ point }) => point.model))];
  return models
    .toSorted((a, b) => lastDay(points, b).localeCompare(lastDay(points, a)))
    .map((model) => formatModel(points.filter(({ point }) => point.model === model)))
    .join('\n');
}

function lastDay(points: readonly WatchedPoint[], model: string): string {
  return points.findLast(({ point }) => point.model === model)!.point.day;
}

function formatModel(points: readonly WatchedPoint[]): string {
  const { point, decides, alarms } = points.at(-1)!;
  const { model, day, days, waiting, longestWaitHours } = point;
  const rows = FIGURES.map(({ name, title, format }) => {
    const measured = point.figures[name];
    return [
      title,
      formatMeasured(measured, format),
      formatCount(measured.n),
      sparkline(points.slice(-MAX_DAYS).map((one) => one.point.figures[name])),
    ];
  });
  const table = textTable(
    [{ head: 'figure' }, { head: 'value [95 %]' }, { head: 'n', align: 'right' }, { head: 'over time' }],
    rows,
    process.stdout.columns ?? Number.POSITIVE_INFINITY,
  );
  const wait = longestWaitHours === null ? '' : `, the longest for ${longestWaitHours.toFixed(0)} hours`;
  return [
    `${model}  ${decides ? 'decides' : 'decided before'}; ${day}, over ${days} days; ${formatCount(waiting)} flags wait${wait}\n`,
    table,
    ...alarms.map(({ sentence }) => `alarm        ${sentence}\n`),
  ].join('');
}

/** From the least to the most of these days: a shape, not a scale. */
function sparkline(series: readonly Measured[]): string {
  const values = series.filter(isFigure).map(({ value }) => value);
  const [low, high] = [Math.min(...values), Math.max(...values)];
  return series
    .map((one) => {
      if (!isFigure(one)) return NOTHING;
      const share = high === low ? 0.5 : (one.value - low) / (high - low);
      return BLOCKS[Math.min(BLOCKS.length - 1, Math.floor(share * BLOCKS.length))];
    })
    .join('');
}
