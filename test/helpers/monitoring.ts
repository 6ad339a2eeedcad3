/** A point of a model's time series, made up. */
import type { Measured } from '../../lib/monitoring/measured.ts';
import type { FigureName, MonitoringPoint } from '../../lib/monitoring/monitoring-point.ts';

const NAMES: readonly FigureName[] = [
  ...(['precision', 'recall', 'false_positive_rate', 'review_hours_median', 'review_hours_p90'] as const),
  ...(['agreement', 'score_psi', 'score_js', 'explanation_drift'] as const),
  ...(['rejected_share', 'missing_share', 'unknown_share', 'flagged_share'] as const),
];

export function pointOf(domain: string, model: string, day: string): MonitoringPoint {
  const figure: Measured = { value: 0.5, low: 0.4, high: 0.6, n: 100 };
  const few: Measured = { not_enough_data: true, n: 3, needed: 20 };
  const figures = Object.fromEntries(NAMES.map((name, at) => [name, at % 2 === 0 ? figure : few]));
  return {
    ...{ format: 'assay-monitoring/1', domain, model, day, days: 30 },
    figures: figures as MonitoringPoint['figures'],
    inputs: [{ name: 'amount', psi: figure, jensenShannon: figure, missing: few }],
    ...{ reasons: [], waiting: 3, longestWaitHours: 4.5 },
  };
}
