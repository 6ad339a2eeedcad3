/**
 * What someone must be informed of by a point of a model's time series, in words. A condition names a figure, a limit, and the side
 * that is bad; it is met where the whole interval lies beyond the limit, so that chance rings no bell. Where there is not enough
 * data nothing is raised, and nothing is said to be well.
 */
import type { Estimate } from '../evaluation/evaluation.ts';
import type { ModelCard } from '../models/card.ts';
import { type Figure, isFigure, type Measured } from './measured.ts';
import type { FigureName, MonitoringPoint } from './monitoring-point.ts';

export interface AlarmCondition {
  /** `input_psi` looks at each input by itself. */
  readonly figure: FigureName | 'input_psi' | 'input_js';
  readonly bad: 'above' | 'below';
  /** `card`: what the model showed on its held-out part, the near end of its interval. */
  readonly limit: number | 'card';
  /** Whether it may start a retraining by itself. */
  readonly retrain: boolean;
}

const DEFAULT_CONDITIONS: readonly AlarmCondition[] = [
  { figure: 'recall', bad: 'below', limit: 'card', retrain: true },
  { figure: 'precision', bad: 'below', limit: 'card', retrain: true },
  { figure: 'input_psi', bad: 'above', limit: 0.25, retrain: true },
  { figure: 'score_psi', bad: 'above', limit: 0.25, retrain: true },
  { figure: 'explanation_drift', bad: 'above', limit: 0.3, retrain: false },
  { figure: 'rejected_share', bad: 'above', limit: 0.05, retrain: false },
  { figure: 'unknown_share', bad: 'above', limit: 0.1, retrain: false },
  { figure: 'agreement', bad: 'below', limit: 0.4, retrain: false },
  { figure: 'review_hours_p90', bad: 'above', limit: 120, retrain: false },
];

export interface Alarm {
  readonly figure: AlarmCondition['figure'];
  /** The input concerned; null: the model as a whole. */
  readonly input: string | null;
  readonly measured: Figure;
  readonly limit: number;
  readonly retrain: boolean;
  readonly sentence: string;
}

export function raiseAlarms(
  point: MonitoringPoint,
  card: Pick<ModelCard, 'evaluation'>,
  conditions: readonly AlarmCondition[] = DEFAULT_CONDITIONS,
): Alarm[] {
  return conditions.flatMap((condition) => {
    const limit = condition.limit === 'card' ? promised(condition, card) : condition.limit;
    if (limit === null) return [];
    return figuresOf(point, condition.figure).flatMap(({ input, measured }) => {
      if (!isFigure(measured)) return [];
      const isMet = condition.bad === 'above' ? measured.low > limit : measured.high < limit;
      if (!isMet) return [];
      const { figure, retrain } = condition;
      return {
        figure,
        input,
        measured,
        limit,
        retrain,
        sentence: sentenceOf(condition, input, measured, limit),
      };
    });
  });
}

/** Beyond which a figure rings; null: it never does. */
export function limitOf(
  figure: AlarmCondition['figure'],
  card: Pick<ModelCard, 'evaluation'>,
): number | null {
  const condition = DEFAULT_CONDITIONS.find((one) => one.figure === figure);
  if (condition === undefined) return null;
  return condition.limit === 'card' ? promised(condition, card) : condition.limit;
}

/** What the card lets one expect at the least (or most) of a figure; null: it says nothing of it. */
function promised(
  { figure, bad }: AlarmCondition,
  { evaluation }: Pick<ModelCard, 'evaluation'>,
): number | null {
  if (evaluation === null) return null;
  const { precision, recall, falsePositiveRate } = evaluation.atThreshold;
  const known: Partial<Record<AlarmCondition['figure'], Estimate>> = {
    precision,
    recall,
    false_positive_rate: falsePositiveRate,
  };
  const estimate = known[figure];
  return (bad === 'below' ? estimate?.low : estimate?.high) ?? null;
}

function figuresOf(
  point: MonitoringPoint,
  figure: AlarmCondition['figure'],
): { readonly input: string | null; readonly measured: Measured }[] {
  if (figure === 'input_psi') return point.inputs.map(({ name, psi }) => ({ input: name, measured: psi }));
  if (figure === 'input_js')
    return point.inputs.map(({ name, jensenShannon }) => ({ input: name, measured: jensenShannon }));
  return [{ input: null, measured: point.figures[figure] }];
}

const WORDS: Readonly<Record<AlarmCondition['figure'], string>> = {
  precision: 'precision on reviewed flags',
  recall: 'recall, estimated from records below the line',
  false_positive_rate: 'false-positive rate',
  review_hours_median: 'median time to review, in hours',
  review_hours_p90: '90th percentile of the time to review, in hours',
  agreement: 'agreement of two reviewers (kappa)',
  score_psi: 'drift of scores (PSI)',
  score_js: 'drift of scores (Jensen-Shannon)',
  explanation_drift: 'drift of reasons',
  rejected_share: 'share of records rejected',
  missing_share: 'share of values missing',
  unknown_share: 'share of categories that training did not know',
  flagged_share: 'share of records flagged',
  input_psi: 'drift (PSI)',
  input_js: 'drift (Jensen-Shannon)',
};

function sentenceOf(
  { figure, bad, limit: asked }: AlarmCondition,
  input: string | null,
  measured: Figure,
  limit: number,
): string {
  const of = input === null ? '' : ` of ${input}`;
  const { value, low, high, n } = measured;
  const why =
    asked === 'card' ? `, the ${bad === 'below' ? 'least' : 'most'} that the held-out part let expect` : '';
  const number = (x: number) => (Math.abs(x) >= 100 ? x.toFixed(0) : x.toFixed(3));
  return `The ${WORDS[figure]}${of} is ${number(value)} [${number(low)}, ${number(high)}] (n = ${n.toLocaleString('en-US')}), ${bad} ${number(limit)}${why}.`;
}
