/** What the functions count, by the names under which Powertools publishes it; alarms and dashboard read these. */
import { Duration } from 'aws-cdk-lib';
import { MathExpression, Metric } from 'aws-cdk-lib/aws-cloudwatch';
import type { StageName } from './stage.ts';

const SERVICE = 'assay';

/** One for each stage: stages may share an account, and what one counts is no matter of the other. */
export const metricsNamespace = (stage: StageName): string => `Assay/${stage}`;

/** Sums over five minutes, of all domains together. */
export const COUNTED = {
  received: 'RowsReceived',
  scored: 'RowsScored',
  rejected: 'RowsRejected',
  flagged: 'RowsFlagged',
  unexplained: 'RowsUnexplained',
} as const;

/** Milliseconds that an online score took. */
const SCORE_LATENCY = 'ScoreLatency';

/** The metrics of one stage. */
export class StageMetrics {
  readonly #namespace: string;

  constructor(stage: StageName) {
    this.#namespace = metricsNamespace(stage);
  }

  counted(name: keyof typeof COUNTED): Metric {
    return this.#own(COUNTED[name], 'Sum');
  }

  scoreLatency(statistic: string): Metric {
    return this.#own(SCORE_LATENCY, statistic);
  }

  /** How many figures of models lie beyond their limit, of all domains together. */
  modelAlarms(): Metric {
    return this.#own('ModelAlarms', 'Sum');
  }

  /** Age in seconds of the oldest event that is not published yet. */
  outboxAge(): Metric {
    return this.#own('OutboxAge', 'Maximum');
  }

  /** Seconds since every domain's model was last looked at. */
  watchAge(): Metric {
    return this.#own('WatchAge', 'Maximum');
  }

  /** A figure of each domain's model with the bounds of its interval, a point a day; domains are found by themselves. */
  modelFigure(name: string): MathExpression {
    const names = [name, `${name}Low`, `${name}High`].map((one) => `"${one}"`).join(' OR ');
    const searched = `{${this.#namespace},domain,service} MetricName=(${names})`;
    const period = Duration.days(1);
    const expression = `SEARCH('${searched}', 'Average', ${period.toSeconds()})`;
    return new MathExpression({ expression, usingMetrics: {}, label: '', period });
  }

  #own(metricName: string, statistic: string): Metric {
    return new Metric({
      namespace: this.#namespace,
      metricName,
      dimensionsMap: { service: SERVICE },
      statistic,
      period: Duration.minutes(5),
    });
  }
}
