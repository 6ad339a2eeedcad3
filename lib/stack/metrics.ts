/** What the functions count, by the names under which Powertools publishes it; alarms and dashboard read these. */
import { Duration } from 'aws-cdk-lib';
import { MathExpression, Metric } from 'aws-cdk-lib/aws-cloudwatch';

const NAMESPACE = 'Assay';
const SERVICE = 'assay';

/** Sums over five minutes, of all domains together. */
export const COUNTED = {
  received: 'RowsReceived',
  scored: 'RowsScored',
  rejected: 'RowsRejected',
  flagged: 'RowsFlagged',
  unexplained: 'RowsUnexplained',
} as const;

/** Milliseconds that an in-line score took. */
const SCORE_LATENCY = 'ScoreLatency';

export const counted = (name: keyof typeof COUNTED): Metric => own(COUNTED[name], 'Sum');

export const scoreLatency = (statistic: string): Metric => own(SCORE_LATENCY, statistic);

/** How many figures of models lie beyond their limit, of all domains together. */
export const modelAlarms = (): Metric => own('ModelAlarms', 'Sum');

/** Seconds that the oldest event waits which other systems could not be told of. */
export const oldestUntold = (): Metric => own('OldestUntoldEvent', 'Maximum');

/** A figure of each domain's model with the bounds of its interval, a point a day; domains are found by themselves. */
export const modelFigure = (name: string): MathExpression => {
  const names = [name, `${name}Low`, `${name}High`].map((one) => `"${one}"`).join(' OR ');
  const searched = `{${NAMESPACE},domain,service} MetricName=(${names})`;
  const period = Duration.days(1);
  const expression = `SEARCH('${searched}', 'Average', ${period.toSeconds()})`;
  return new MathExpression({ expression, usingMetrics: {}, label: '', period });
};

const own = (metricName: string, statistic: string): Metric =>
  new Metric({
    namespace: NAMESPACE,
    metricName,
    dimensionsMap: { service: SERVICE },
    statistic,
    period: Duration.minutes(5),
  });
