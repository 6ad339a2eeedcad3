/**
 * Every sampled record's contributions, a row per source, dots piled up where there are many. The piles are laid out
 * here, because a row must hold its dots however many there are: dots of one narrow column are stacked outwards from
 * the middle and squeezed into the row's height.
 */
import * as Plot from '@observablehq/plot';
import { countOf, formatSigned, isNumber } from './format-number.ts';
import { Html, html, shorten } from './html.ts';
import { drawPlot, JOINED_DOTS, renderJoined } from './plot-svg.ts';
import type { BeeswarmPoint } from './report-data.ts';
import { figure, NARROW, type Section, WIDE } from './section.ts';

const MAX_ROWS = 16;
const MAX_DOTS_A_ROW = 400;
/** Steps of the colour ramp, from low values to high ones; CSS has a variable for each. */
export const RAMP_STEPS = 9;
const ROW_HEIGHT = 30;
const DOT_RADIUS = 1.9;

interface Dot {
  readonly x: number;
  /** Row plus an offset within ±0.45. */
  readonly y: number;
  readonly colour: string;
}

export function describeBeeswarm(
  points: readonly BeeswarmPoint[],
  of: 'records' | 'flagged records',
): Section | null {
  const rows = groupBySource(points.filter(({ contribution }) => isNumber(contribution)));
  if (rows.length === 0) return null;
  const shown = rows.slice(0, MAX_ROWS);
  const says = `Each dot is one record: right of the line the source raised its score, left of it it lowered it. ${shown.length === rows.length ? countOf(rows.length, 'source') : `The ${shown.length} strongest of ${rows.length} sources`}, strongest first.`;
  const drawing = { wide: drawSwarm(shown, WIDE, says), narrow: drawSwarm(shown, NARROW, says) };
  return {
    id: 'beeswarm',
    title: 'Contributions',
    lead: `What each source did to the scores of a sample of ${of} (SHAP values, in units of the score). Colour shows whether the value itself was low or high.`,
    body: html`${figure('Contributions by source', says, drawing, rampLegend())}`,
  };
}

function groupBySource(points: readonly BeeswarmPoint[]): (readonly [string, readonly BeeswarmPoint[]])[] {
  const groups = [...Map.groupBy(points, ({ source }) => source)];
  const strength = (group: readonly BeeswarmPoint[]) =>
    group.reduce((total, { contribution }) => total + Math.abs(contribution), 0) / group.length;
  return groups.sort(
    ([a, pointsA], [b, pointsB]) => strength(pointsB) - strength(pointsA) || (a < b ? -1 : 1),
  );
}

/** Places the dots of one row: equal columns over the whole axis, each stacked 0, +1, −1, +2, … from the middle. */
function pile(points: readonly BeeswarmPoint[], row: number, columnOf: (x: number) => number): Dot[] {
  const stride = Math.ceil(points.length / MAX_DOTS_A_ROW);
  const sample = points
    .filter((_, i) => i % stride === 0)
    .sort((a, b) => a.contribution - b.contribution || (a.valueRank ?? -1) - (b.valueRank ?? -1));
  const heights = new Map<number, number>();
  const placed = sample.map((point) => {
    const column = columnOf(point.contribution);
    const height = heights.get(column) ?? 0;
    heights.set(column, height + 1);
    return { point, layer: Math.ceil(height / 2) * (height % 2 === 1 ? 1 : -1) };
  });
  const step = Math.min((2 * DOT_RADIUS) / ROW_HEIGHT, 0.42 / Math.max(1, ...heights.values()) / 0.5);
  return placed.map(({ point, layer }) => ({
    x: point.contribution,
    y: row + layer * step,
    colour: colourOf(point.valueRank),
  }));
}

function colourOf(valueRank: number | null): string {
  if (!isNumber(valueRank)) return 'category';
  return String(Math.max(0, Math.min(RAMP_STEPS - 1, Math.floor(valueRank * RAMP_STEPS))));
}

function drawSwarm(
  rows: readonly (readonly [string, readonly BeeswarmPoint[]])[],
  width: number,
  says: string,
): Html {
  const labelWidth = width === WIDE ? 215 : 120;
  const values = rows.flatMap(([, points]) => points.map(({ contribution }) => contribution));
  const low = values.reduce((a, b) => Math.min(a, b), 0);
  const high = values.reduce((a, b) => Math.max(a, b), 0);
  const columns = (width - labelWidth) / (2 * DOT_RADIUS);
  const columnOf = (x: number) => Math.floor(((x - low) / Math.max(high - low, 1e-12)) * columns);
  const dots = rows.flatMap(([, points], row) => pile(points, row, columnOf));
  const byColour = [...Map.groupBy(dots, ({ colour }) => colour)].sort(([a], [b]) => (a < b ? 1 : -1));
  return drawPlot(
    {
      width,
      height: rows.length * ROW_HEIGHT + 46,
      marginLeft: labelWidth,
      marginRight: 14,
      marginTop: 6,
      marginBottom: 40,
      x: {
        nice: true,
        label: 'contribution to the score',
        ticks: width === WIDE ? 8 : 4,
        tickFormat: tickText,
        labelArrow: 'none',
      },
      y: {
        domain: [rows.length - 0.5, -0.5],
        ticks: rows.map((_, row) => row),
        tickFormat: (row: number) => shorten(rows[row]![0], labelWidth / 7),
        tickSize: 0,
        label: null,
      },
      marks: [
        Plot.ruleY(rows.slice(1), { y: (_: unknown, i: number) => i + 0.5, stroke: 'var(--line)' }),
        Plot.ruleX([0], { stroke: 'currentColor', strokeOpacity: 0.5 }),
        byColour.map(([colour, group]) =>
          Plot.dot(group, {
            ...{ x: 'x', y: 'y', r: DOT_RADIUS, render: renderJoined },
            className: `${JOINED_DOTS} ramp-${colour}`,
          }),
        ),
      ],
    },
    says,
  );
}

function tickText(value: number): string {
  return value === 0 ? '0' : formatSigned(value).replace(/0+$/, '');
}

function rampLegend(): Html {
  const steps = Array.from(
    { length: RAMP_STEPS },
    (_, step) => new Html(`<i class="swatch" style="background:var(--ramp-${step})"></i>`),
  );
  return html`<p class="legend"><span>low value <span class="ramp">${steps}</span> high value</span><span><i class="swatch" style="background:var(--ramp-category)"></i>category or missing</span></p>`;
}
