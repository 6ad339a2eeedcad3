/**
 * The metrics (CloudWatch, by embedded metric format): counts and times go in under fixed names, by domain. No name,
 * dimension or value ever comes from a record.
 */
import { Metrics, MetricUnit } from '@aws-lambda-powertools/metrics';
import { isFigure } from '../monitoring/measured.ts';
import type { MonitoringPoint } from '../monitoring/monitoring-point.ts';

const coldStarts = new Metrics();

/** What is counted of a drop or of an in-line request. */
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

/** Of the model that decides, once a day; a figure without enough data is not told. */
export function measureFigures(point: MonitoringPoint, alarms: number): void {
  emit(point.domain, (metrics) => {
    metrics.addMetric('ModelAlarms', MetricUnit.Count, alarms);
    for (const [figure, measured] of Object.entries(point.figures)) {
      if (isFigure(measured)) metrics.addMetric(metricName(figure), MetricUnit.NoUnit, measured.value);
    }
  });
}

/** `false_positive_rate` is the metric `ModelFalsePositiveRate`. */
function metricName(figure: string): string {
  return `Model${figure.replace(/(?:^|_)(.)/g, (_, letter: string) => letter.toUpperCase())}`;
}

/**
 * Two lines: one over all domains, which the alarms watch, and one by domain. Each by a set of its own, so that one domain's
 * dimension never sticks to another's figures in a process that is used again.
 */
function emit(domain: string, add: (metrics: Metrics) => void): void {
  for (const dimensions of [{}, { domain }]) {
    const metrics = new Metrics();
    metrics.addDimensions(dimensions);
    add(metrics);
    metrics.publishStoredMetrics();
  }
}
