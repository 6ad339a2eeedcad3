/** One page for who is on duty: what came, what became of it, what waits, and how the API and the models do. */
import { Duration } from 'aws-cdk-lib';
import { Dashboard, GraphWidget, type IMetric, Row, Stats } from 'aws-cdk-lib/aws-cloudwatch';
import { Construct } from 'constructs';
import type { AlarmsProps } from './alarms.ts';
import { COUNTED, StageMetrics } from './metrics.ts';

type Shown = Pick<AlarmsProps, 'queues' | 'functions' | 'machine' | 'api' | 'stage'>;

const PERIOD = { period: Duration.minutes(5) };
const WIDTH = 12;

export class Overview extends Construct {
  constructor(scope: Construct, id: string, { queues, functions, machine, api, stage }: Shown) {
    super(scope, id);
    const own = new StageMetrics(stage.name);
    const names = Object.keys(COUNTED) as (keyof typeof COUNTED)[];
    new Dashboard(this, 'Dashboard', {
      dashboardName: `Assay-${stage.name}`,
      widgets: [
        [
          new Row(
            graph(
              'Rows',
              names.map((name) => own.counted(name)),
            ),
            graph('Drops', [
              machine.metricStarted(PERIOD),
              machine.metricSucceeded(PERIOD),
              machine.metricFailed(PERIOD),
            ]),
          ),
        ],
        [
          new Row(
            graph('Waiting', [
              queues.arrivals.metricApproximateNumberOfMessagesVisible(PERIOD),
              queues.deadLetters.metricApproximateNumberOfMessagesVisible(PERIOD),
            ]),
            graph('How long a drop takes', [
              machine.metricTime({ ...PERIOD, statistic: Stats.p(50) }),
              machine.metricTime({ ...PERIOD, statistic: Stats.p(99) }),
            ]),
          ),
        ],
        [
          new Row(
            graph('API', [
              api.metricCount(PERIOD),
              api.metricClientError(PERIOD),
              api.metricServerError(PERIOD),
            ]),
            graph('In-line scores, milliseconds', [
              own.scoreLatency(Stats.p(50)),
              own.scoreLatency(Stats.p(99)),
            ]),
          ),
        ],
        [
          new Row(
            graph('Precision by domain, with its interval', [own.modelFigure('ModelPrecision')]),
            graph('Recall by domain, with its interval', [own.modelFigure('ModelRecall')]),
          ),
        ],
        [
          new Row(
            graph('Drift of scores (PSI) by domain, with its interval', [own.modelFigure('ModelScorePsi')]),
            graph('Drift of reasons by domain, with its interval', [
              own.modelFigure('ModelExplanationDrift'),
            ]),
          ),
        ],
        [
          new Row(
            graph('Alarms of models', [own.modelAlarms()]),
            graph('Age of the oldest unpublished event in seconds', [own.outboxAge()]),
          ),
        ],
        [
          new Row(
            graph(
              'Errors of functions',
              functions.all().map(([, made]) => made.metricErrors(PERIOD)),
            ),
            graph(
              'Milliseconds of functions',
              functions.all().map(([, made]) => made.metricDuration(PERIOD)),
            ),
          ),
        ],
      ],
    });
  }
}

const graph = (title: string, left: IMetric[]): GraphWidget => new GraphWidget({ title, left, width: WIDTH });
