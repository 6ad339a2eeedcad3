/** Quality by the values of the pack's segment columns: a model may be good on the whole and poor for some. */
import * as Plot from '@observablehq/plot';
import type { Estimate, Evaluation, SegmentEvaluation } from '../evaluation/evaluation.ts';
import { formatCount, formatScore, formatShare, isNumber } from './format-number.ts';
import { type Html, html, shorten } from './html.ts';
import { drawPlot } from './plot-svg.ts';
import { figure, NARROW, type Section, table, WIDE } from './section.ts';

interface Measure {
  readonly title: string;
  readonly of: (segment: SegmentEvaluation) => Estimate | null;
  readonly overall: (evaluation: Evaluation) => Estimate;
}

const MEASURES: readonly Measure[] = [
  { title: 'PR-AUC', of: ({ prAuc }) => prAuc, overall: ({ prAuc }) => prAuc },
  {
    title: 'Precision',
    of: ({ precision }) => precision,
    overall: ({ atThreshold }) => atThreshold.precision,
  },
  { title: 'Recall', of: ({ recall }) => recall, overall: ({ atThreshold }) => atThreshold.recall },
];
const MAX_DRAWN = 15;

export function describeSegments(evaluation: Evaluation): Section | null {
  if (evaluation.segments.length === 0) return null;
  const columns = [...Map.groupBy(evaluation.segments, ({ column }) => column)];
  return {
    id: 'segments',
    title: 'Segments',
    lead: 'The same measures within groups of held-out records. A short bar is a sure figure, a long one is not; the dotted line is the figure over all records.',
    body: html`${columns.map(([column, segments]) => showColumn(column, segments, evaluation))}`,
  };
}

function showColumn(column: string, segments: readonly SegmentEvaluation[], evaluation: Evaluation): Html {
  const drawn = segments.slice(0, MAX_DRAWN);
  const name = shorten(column, 60);
  const says = `PR-AUC, precision and recall with 95% intervals for ${drawn.length === segments.length ? 'each value' : `the first ${drawn.length} of ${segments.length} values`} of ${name}.`;
  const drawing = {
    wide: drawSegments(drawn, MEASURES, evaluation, WIDE, says),
    narrow: MEASURES.map((measure) => drawSegments(drawn, [measure], evaluation, NARROW, says)),
  };
  return html`${figure(`By ${name}`, says, drawing)}${table(
    `Held-out records by ${name}`,
    [
      { title: name },
      ...['Records', 'Positive', 'Flagged', 'ROC-AUC', 'PR-AUC', 'Precision', 'Recall'].map((title) => ({
        title,
        numeric: true,
      })),
    ],
    segments.map((segment) => [
      shorten(segment.value, 60),
      formatCount(segment.rows),
      formatCount(segment.positives),
      formatShare(segment.flaggedShare),
      formatScore(segment.rocAuc?.value ?? null),
      formatScore(segment.prAuc?.value ?? null),
      formatShare(segment.precision?.value ?? null),
      formatShare(segment.recall?.value ?? null),
    ]),
  )}`;
}

interface Mark {
  readonly measure: string;
  readonly row: number;
  readonly value: number;
  readonly low: number | null;
  readonly high: number | null;
}

function drawSegments(
  segments: readonly SegmentEvaluation[],
  measures: readonly Measure[],
  evaluation: Evaluation,
  width: number,
  says: string,
): Html {
  const marks: Mark[] = measures.flatMap(({ title, of }) =>
    segments.flatMap((segment, row) => {
      const estimate = of(segment);
      return estimate !== null && isNumber(estimate.value) ? [{ measure: title, row, ...estimate }] : [];
    }),
  );
  const overall = measures
    .map(({ title, overall }) => ({ measure: title, value: overall(evaluation).value }))
    .filter(({ value }) => isNumber(value));
  const labelWidth = width === WIDE ? 170 : 120;
  return drawPlot(
    {
      width,
      height: segments.length * 26 + 56,
      marginLeft: labelWidth,
      marginRight: 14,
      marginTop: 28,
      marginBottom: 26,
      fx: { domain: measures.map(({ title }) => title), label: null, padding: 0.16 },
      x: {
        domain: [0, 1],
        ticks: width === WIDE ? 3 : 5,
        grid: true,
        tickSize: 0,
        label: null,
        tickFormat: (value: number) => String(value),
      },
      y: {
        type: 'point',
        domain: segments.map((_, row) => row),
        tickFormat: (row: number) => shorten(segments[row]!.value, labelWidth / 7),
        label: null,
        tickSize: 0,
        padding: 0.7,
      },
      marks: [
        Plot.ruleX(overall, { fx: 'measure', x: 'value', stroke: 'currentColor', strokeDasharray: '2,3' }),
        Plot.ruleY(
          marks.filter(({ low, high }) => isNumber(low) && isNumber(high)),
          {
            fx: 'measure',
            y: 'row',
            x1: 'low',
            x2: 'high',
            stroke: 'var(--down)',
            strokeWidth: 7,
            strokeOpacity: 0.3,
          },
        ),
        Plot.dot(marks, { fx: 'measure', y: 'row', x: 'value', r: 4, fill: 'var(--down)' }),
      ],
    },
    says,
  );
}
