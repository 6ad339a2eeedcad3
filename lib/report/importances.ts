/** Which sources the model leans on, by three measures in one order. */
import * as Plot from '@observablehq/plot';
import type { Importance, ModelCard } from '../models/card.ts';
import { formatNumber, formatShare, isNumber } from './format-number.ts';
import { type Html, shorten } from './html.ts';
import { drawPlot } from './plot-svg.ts';
import { figure, NARROW, type Section, WIDE } from './section.ts';

interface Measure {
  readonly title: string;
  readonly of: (importance: Importance) => number | null;
  readonly format: (value: number) => string;
}

const MEASURES: readonly Measure[] = [
  { title: 'Mean |contribution|', of: ({ meanContribution }) => meanContribution, format: formatNumber },
  { title: 'Permutation', of: ({ permutation }) => permutation, format: formatNumber },
  { title: 'Gain', of: ({ gain }) => gain, format: formatShare },
];
const MAX_SHOWN = 20;

export function describeImportances({ importances }: ModelCard): Section | null {
  const measures = MEASURES.filter(({ of }) => importances.some((importance) => isNumber(of(importance))));
  const [first] = measures;
  if (first === undefined) return null;
  const sorted = importances.toSorted(
    (a, b) => (first.of(b) ?? 0) - (first.of(a) ?? 0) || (a.source < b.source ? -1 : 1),
  );
  const shown = sorted.slice(0, MAX_SHOWN);
  const says = `${shown.length === sorted.length ? `All ${sorted.length}` : `The ${shown.length} largest of ${sorted.length}`} sources, sorted by ${first.title.toLowerCase()}; “${shorten(shown[0]!.source, 60)}” comes first. Each measure has its own scale.`;
  const drawing = {
    wide: drawMeasures(shown, measures, WIDE, says),
    narrow: measures.map((measure) => drawMeasures(shown, [measure], NARROW, says)),
  };
  return {
    id: 'importances',
    title: 'Importances',
    lead: 'Mean |contribution|: how far a source moves a score. Permutation: average precision lost on held-out records when its values are shuffled. Gain: its share of the impurity removed in training, which favours sources with many values.',
    body: figure('What the model leans on', says, drawing),
  };
}

interface Cell {
  readonly measure: string;
  readonly row: number;
  /** Share of the measure's largest value; a permutation loss may be below zero. */
  readonly length: number;
  readonly text: string;
}

function drawMeasures(
  shown: readonly Importance[],
  measures: readonly Measure[],
  width: number,
  says: string,
): Html {
  const cells = measures.flatMap((measure) => toCells(shown, measure));
  const labelWidth = width === WIDE ? 215 : 140;
  return drawPlot(
    {
      width,
      height: shown.length * 22 + 34,
      marginLeft: labelWidth,
      marginRight: 4,
      marginTop: 30,
      marginBottom: 4,
      fx: { domain: measures.map(({ title }) => title), axis: 'top', label: null, padding: 0.04 },
      x: { domain: [Math.min(0, ...cells.map(({ length }) => length)), 1.42], axis: null },
      y: {
        domain: shown.map((_, row) => row),
        tickFormat: (row: number) => shorten(shown[row]!.source, labelWidth / 7.3),
        label: null,
        tickSize: 0,
        padding: 0.3,
      },
      marks: [
        Plot.barX(cells, { fx: 'measure', y: 'row', x: 'length', fill: 'var(--down)' }),
        Plot.ruleX([0], { stroke: 'currentColor', strokeOpacity: 0.4 }),
        Plot.text(cells, {
          fx: 'measure',
          y: 'row',
          x: (cell: Cell) => Math.max(0, cell.length),
          text: 'text',
          textAnchor: 'start',
          dx: 5,
          fill: 'var(--muted)',
        }),
      ],
    },
    says,
  );
}

function toCells(shown: readonly Importance[], { title, of, format }: Measure): Cell[] {
  const largest = Math.max(...shown.map((importance) => Math.abs(of(importance) ?? 0)), Number.MIN_VALUE);
  return shown.map((importance, row) => {
    const value = of(importance);
    return {
      measure: title,
      row,
      length: isNumber(value) ? value / largest : 0,
      text: isNumber(value) ? format(value) : '–',
    };
  });
}
