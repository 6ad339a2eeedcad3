/** Figures of live models as people read them: what each is called, what it says, and how its numbers are written. */
import { isFigure, type Measured } from '../monitoring/measured.ts';
import type { FigureName, MonitoringPoint } from '../monitoring/monitoring-point.ts';
import { formatCount, formatScore, formatShare } from './format-number.ts';

export interface FigureWords {
  readonly name: FigureName;
  readonly title: string;
  readonly says: string;
  readonly format: (value: number) => string;
  /** Of what there are `n`. */
  readonly of: string;
}

const hours = (value: number): string =>
  `${value < 100 ? value.toFixed(1) : formatCount(Math.round(value))} h`;

export const FIGURES: readonly FigureWords[] = [
  ...figures('flags', formatShare, {
    precision: ['Precision', 'Of the flags that were reviewed, those that were right.'],
  }),
  ...figures('records', formatShare, {
    recall: ['Recall', 'Of all that should be flagged, what is: an estimate from records below the line.'],
    false_positive_rate: ['False-positive rate', 'Of all that should not be flagged, what is.'],
  }),
  ...figures('pairs', formatScore, {
    agreement: ['Agreement', 'Of an open and a blind review of the same flag: Cohen’s kappa.'],
  }),
  ...figures('flags', hours, {
    review_hours_median: ['Time to review, median', 'From flag to verdict.'],
    review_hours_p90: ['Time to review, 90th percentile', 'From flag to verdict, of the slowest tenth.'],
  }),
  ...figures('records', formatScore, {
    score_psi: ['Drift of scores, PSI', 'Scores now against those of the held-out part.'],
    score_js: ['Drift of scores, Jensen-Shannon', 'The same by another measure.'],
  }),
  ...figures('flags', formatScore, {
    explanation_drift: ['Drift of reasons', 'Which columns the reasons come from, against the card.'],
  }),
  ...figures('records', formatShare, {
    flagged_share: ['Flagged', 'Of the records scored.'],
    rejected_share: ['Rejected', 'Of the records received.'],
  }),
  ...figures('values', formatShare, {
    missing_share: ['Missing', 'Of the values that inputs should have.'],
    unknown_share: ['Unknown categories', 'Of the categories’ values, those that training did not keep.'],
  }),
];

function figures(
  of: string,
  format: (value: number) => string,
  named: Readonly<Partial<Record<FigureName, readonly [title: string, says: string]>>>,
): FigureWords[] {
  return Object.entries(named).map(([name, [title, says]]) => ({
    ...{ name: name as FigureName, title, says, format, of },
  }));
}

/** A number with its interval, or that there is too little data for one. */
export function formatMeasured(measured: Measured, format: (value: number) => string): string {
  if (!isFigure(measured)) return formatNotEnough(measured.n, measured.needed);
  const { value, low, high } = measured;
  return `${format(value)} [${format(low)}, ${format(high)}]`;
}

function formatNotEnough(n: number, needed: number): string {
  return `not enough data (${formatCount(n)} of ${formatCount(needed)})`;
}

/** By day; of one day, by model. */
export function inOrder(points: readonly MonitoringPoint[]): MonitoringPoint[] {
  return points.toSorted((a, b) => (a.day === b.day ? compare(a.model, b.model) : compare(a.day, b.day)));
}

function compare(one: string, other: string): number {
  return one < other ? -1 : Number(one > other);
}
