/**
 * A figure over days as a plot: for each model a line in a band, the interval; a dashed line where the alarm begins, and a mark
 * where it rang. A day without enough data has no number: the line breaks, and a tick on the axis says that it was looked at.
 */
import * as Plot from '@observablehq/plot';
import { DAY_MS } from '../days.ts';
import { isFigure, type Measured } from '../monitoring/measured.ts';
import type { Html } from './html.ts';
import { drawPlot } from './plot-svg.ts';

export interface DayMeasured {
  /** YYYY-MM-DD. */
  readonly day: string;
  readonly model: string;
  /** Whether this model decided on that day. */
  readonly decides: boolean;
  readonly measured: Measured;
  /** Beyond it an alarm rings; null: it never does. */
  readonly limit: number | null;
  readonly hasRung: boolean;
}

export interface SeriesSize {
  readonly width: number;
  readonly format: (value: number) => string;
  /** All plots of a page share their days. */
  readonly days: readonly [first: string, last: string];
}

interface Known {
  readonly date: Date;
  readonly value: number;
  readonly low: number;
  readonly high: number;
  readonly limit: number | null;
  readonly run: string;
  readonly colour: string;
  readonly hasRung: boolean;
}

const HEIGHT = 190;
/** Beside a single day there must be room on both sides. */
const MIN_DAYS = 6;

export function drawTimeSeries(series: readonly DayMeasured[], size: SeriesSize, says: string): Html {
  const known = knownOf(series);
  const unknown = series.filter(({ measured }) => !isFigure(measured)).map(({ day }) => dateOf(day));
  const limits = known.filter(({ limit }) => limit !== null);
  const alone = known.filter(({ run }, at) => known[at - 1]?.run !== run && known[at + 1]?.run !== run);
  const edges = [...known.flatMap(({ low, high }) => [low, high]), ...limits.map(({ limit }) => limit!)];
  const y = yDomain(edges);
  const lines = { x: 'date', z: 'run' } as const;
  return drawPlot(
    {
      width: size.width,
      height: HEIGHT,
      marginLeft: 52,
      marginRight: 12,
      marginTop: 12,
      marginBottom: 26,
      x: {
        type: 'utc',
        domain: dayDomain(size.days),
        ticks: Math.max(2, Math.round(size.width / 110)),
        tickSize: 0,
        label: null,
      },
      y: { domain: y, ticks: 4, grid: true, tickSize: 0, label: null, tickFormat: size.format },
      marks: [
        Plot.areaY(known, { ...lines, y1: 'low', y2: 'high', fill: 'colour', fillOpacity: 0.18 }),
        Plot.ruleX(alone, {
          x: 'date',
          y1: 'low',
          y2: 'high',
          stroke: 'colour',
          strokeOpacity: 0.5,
          strokeWidth: 3,
        }),
        Plot.lineY(limits, {
          ...lines,
          y: 'limit',
          stroke: 'currentColor',
          strokeDasharray: '2,3',
          strokeOpacity: 0.7,
        }),
        Plot.tickX(unknown, {
          x: (date: Date) => date,
          y: null,
          stroke: 'var(--quiet)',
          insetTop: HEIGHT - 44,
        }),
        Plot.lineY(known, { ...lines, y: 'value', stroke: 'colour', strokeWidth: 2 }),
        Plot.dot(alone, { x: 'date', y: 'value', fill: 'colour', r: 3 }),
        Plot.dot(
          known.filter(({ hasRung }) => hasRung),
          { x: 'date', y: 'value', fill: 'var(--up)', stroke: 'var(--page)', strokeWidth: 1.5, r: 4 },
        ),
      ],
    },
    says,
  );
}

/** Days in a row with a number are a run; a model's line is as many runs as it has gaps, and one more. */
function knownOf(series: readonly DayMeasured[]): Known[] {
  const known: Known[] = [];
  for (const model of new Set(series.map((one) => one.model))) {
    let run = 0;
    for (const { measured, day, decides, limit, hasRung } of series.filter((one) => one.model === model)) {
      if (!isFigure(measured)) {
        run++;
        continue;
      }
      const { value, low, high } = measured;
      const colour = decides ? 'var(--down)' : 'var(--quiet)';
      known.push({
        ...{ date: dateOf(day), value, low, high, limit, hasRung, colour },
        run: `${model} ${run} ${colour}`,
      });
    }
  }
  return known;
}

function yDomain(edges: readonly number[]): [number, number] {
  if (edges.length === 0) return [0, 1];
  const [low, high] = [Math.min(0, ...edges), Math.max(...edges)];
  return [low, high === low ? low + 1 : high + 0.08 * (high - low)];
}

function dayDomain([first, last]: SeriesSize['days']): [Date, Date] {
  const lacking = Math.max(0, MIN_DAYS - (dateOf(last).getTime() - dateOf(first).getTime()) / DAY_MS) / 2;
  return [
    new Date(dateOf(first).getTime() - lacking * DAY_MS),
    new Date(dateOf(last).getTime() + lacking * DAY_MS),
  ];
}

function dateOf(day: string): Date {
  return new Date(`${day}T00:00:00Z`);
}
