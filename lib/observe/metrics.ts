/**
 * The metrics (CloudWatch, by embedded metric format): counts and times under fixed names, by domain. No name, dimension or value
 * ever comes from a record.
 */
import { Metrics, MetricUnit } from '@aws-lambda-powertools/metrics';
import { isFigure } from '../monitoring/measured.ts';
import type { FigureName, MonitoringPoint } from '../monitoring/monitoring-point.ts';

const coldStarts = new Metrics();

/** What is counted of a drop or of an online request. */
export interface RowCounts {
  readonly received: number;
  readonly scored: number;
  readonly rejected: number;
  readonly flagged: number;
  readonly unexplained: number;
}

const NAMES: Readonly<Record<keyof RowCounts, string>> = {
  received: 'RowsReceived',
  scored: 'RowsScored',
  rejected: 'RowsRejected',
  flagged: 'RowsFlagged',
  unexplained: 'RowsUnexplained',
};

export function countRows(domain: string, counts: RowCounts): void {
  emit(domain, (metrics) => {
    for (const key of Object.keys(NAMES) as (keyof RowCounts)[]) {
      metrics.addMetric(NAMES[key], MetricUnit.Count, counts[key]);
    }
  });
}

/** A line in the first call of a process, and none after it. */
export function countColdStart(functionName: string): void {
  coldStarts.captureColdStartMetric(functionName);
}

/** From the request's arrival to its answer. */
export function measureScoring(domain: string, milliseconds: number): void {
  emit(domain, (metrics) => metrics.addMetric('ScoreLatency', MetricUnit.Milliseconds, milliseconds));
}

/** Those whose bounds are sent too, by domain: what the dashboard draws. */
const WITH_BOUNDS: readonly FigureName[] = ['precision', 'recall', 'score_psi', 'explanation_drift'];

/** Of the model that decides, once a day; a figure without enough data is left out. */
export function measureFigures(point: MonitoringPoint, alarms: number): void {
  emit(point.domain, (metrics, isOfDomain) => {
    metrics.addMetric('ModelAlarms', MetricUnit.Count, alarms);
    for (const [figure, measured] of Object.entries(point.figures)) {
      if (!isFigure(measured)) continue;
      const name = metricName(figure);
      metrics.addMetric(name, MetricUnit.NoUnit, measured.value);
      if (!isOfDomain || !WITH_BOUNDS.includes(figure as FigureName)) continue;
      metrics.addMetric(`${name}Low`, MetricUnit.NoUnit, measured.low);
      metrics.addMetric(`${name}High`, MetricUnit.NoUnit, measured.high);
    }
  });
}

/** Age in seconds of the oldest event that is not published yet; 0 where none waits. */
export function measureOutboxAge(seconds: number): void {
  const metrics = new Metrics();
  metrics.addMetric('OutboxAge', MetricUnit.Seconds, seconds);
  metrics.publishStoredMetrics();
}

/** Since when the models were not looked at. */
export function measureWatchAge(seconds: number): void {
  const metrics = new Metrics();
  metrics.addMetric('WatchAge', MetricUnit.Seconds, seconds);
  metrics.publishStoredMetrics();
}

/** `false_positive_rate` is the metric `ModelFalsePositiveRate`. */
function metricName(figure: string): string {
  return `Model${figure.replace(/(?:^|_)(.)/g, (_, letter: string) => letter.toUpperCase())}`;
}

/**
 * Two lines: one over all domains, which the alarms watch, and one by domain. Each by a set of its own, so that one domain's
 * dimension never sticks to another's figures in a process that is used again.
 */
function emit(domain: string, add: (metrics: Metrics, isOfDomain: boolean) => void): void {
  for (const dimensions of [{}, { domain }]) {
    const metrics = new Metrics();
    metrics.addDimensions(dimensions);
    add(metrics, 'domain' in dimensions);
    metrics.publishStoredMetrics();
  }
}
