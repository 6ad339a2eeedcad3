/**
 * What wakes someone. Each alarm's description ends in the heading of docs/runbook.md that says what it means and what to
 * do; all of them speak through one topic.
 */

import { Aws, Duration } from 'aws-cdk-lib';
import type { HttpApi } from 'aws-cdk-lib/aws-apigatewayv2';
import { ComparisonOperator, Stats, TreatMissingData } from 'aws-cdk-lib/aws-cloudwatch';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import { PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { Key } from 'aws-cdk-lib/aws-kms';
import { Topic } from 'aws-cdk-lib/aws-sns';
import { EmailSubscription } from 'aws-cdk-lib/aws-sns-subscriptions';
import type { StateMachine } from 'aws-cdk-lib/aws-stepfunctions';
import { Construct } from 'constructs';
import type { AlarmPlan } from './alarm-plan.ts';
import { deliveryPlans } from './delivery-alarms.ts';
import type { Functions } from './functions.ts';
import { StageMetrics } from './metrics.ts';
import type { Queues } from './queues.ts';
import type { Stage } from './stage.ts';

export interface AlarmsProps {
  readonly key: Key;
  readonly queues: Queues;
  readonly functions: Functions;
  readonly machine: StateMachine;
  readonly retrainMachine: StateMachine;
  readonly api: HttpApi;
  readonly stage: Stage;
  /** Who is written to; without it the topic stands for others to subscribe to. */
  readonly email: string | undefined;
}

const FIVE_MINUTES = { period: Duration.minutes(5) };
/** A file or an event that waits this long has met something that does not fix itself. */
const MAX_WAIT = Duration.minutes(15);
/** A day, and the time in which the schedule may begin. */
const MAX_WATCH_AGE = Duration.hours(26);
const MAX_WEBHOOK_WAIT = Duration.hours(1);

/** A gateway gives up at 30 seconds; a cold start of `api-score` alone stays below this. */
const SLOW_ANSWER = Duration.seconds(10);

export class Alarms extends Construct {
  readonly topic: Topic;

  constructor(scope: Construct, id: string, props: AlarmsProps) {
    super(scope, id);
    this.topic = new Topic(this, 'Topic', { masterKey: props.key, enforceSSL: true });
    props.key.addToResourcePolicy(
      new PolicyStatement({
        principals: [new ServicePrincipal('cloudwatch.amazonaws.com')],
        actions: ['kms:Decrypt', 'kms:GenerateDataKey*'],
        resources: ['*'],
      }),
    );
    this.#letAlarmsPublish();
    if (props.email !== undefined) this.topic.addSubscription(new EmailSubscription(props.email));
    const all = { ...plans(props), ...functionPlans(props.functions), ...deliveryPlans(this) };
    for (const [name, plan] of Object.entries(all)) {
      this.#sound(name, plan);
    }
  }

  /** A topic has a policy that lets its account publish, until it is given one: then that one is all there is. */
  #letAlarmsPublish(): void {
    this.topic.addToResourcePolicy(
      new PolicyStatement({
        sid: 'AllowAlarms',
        principals: [new ServicePrincipal('cloudwatch.amazonaws.com')],
        actions: ['sns:Publish'],
        resources: [this.topic.topicArn],
        conditions: {
          StringEquals: { 'aws:SourceAccount': Aws.ACCOUNT_ID },
          ArnLike: {
            'aws:SourceArn': `arn:${Aws.PARTITION}:cloudwatch:${Aws.REGION}:${Aws.ACCOUNT_ID}:alarm:*`,
          },
        },
      }),
    );
  }

  #sound(name: string, plan: AlarmPlan): void {
    const { metric, atLeast, says, heading, periods = 1, missing = TreatMissingData.NOT_BREACHING } = plan;
    metric
      .createAlarm(this, name, {
        alarmDescription: `${says} See docs/runbook.md#${heading}`,
        threshold: atLeast,
        evaluationPeriods: periods,
        comparisonOperator: ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
        treatMissingData: missing,
      })
      .addAlarmAction(new SnsAction(this.topic));
  }
}

function plans({ queues, machine, retrainMachine, api, stage }: AlarmsProps): Record<string, AlarmPlan> {
  const own = new StageMetrics(stage.name);
  return {
    DeadLetters: {
      metric: queues.deadLetters.metricApproximateNumberOfMessagesVisible({
        ...FIVE_MINUTES,
        statistic: Stats.MAXIMUM,
      }),
      atLeast: 1,
      says: 'Drops or events that could not be handled wait for a person.',
      heading: 'dead-letters',
    },
    FailedDrops: {
      metric: machine.metricFailed(FIVE_MINUTES),
      atLeast: 1,
      says: 'A drop failed, and not by its sender’s fault.',
      heading: 'failed-drops',
    },
    TimedOutDrops: {
      metric: machine.metricTimedOut(FIVE_MINUTES),
      atLeast: 1,
      says: 'A drop took longer than a drop may.',
      heading: 'stuck-drops',
    },
    WaitingArrivals: {
      metric: queues.arrivals.metricApproximateAgeOfOldestMessage({
        ...FIVE_MINUTES,
        statistic: Stats.MAXIMUM,
      }),
      atLeast: MAX_WAIT.toSeconds(),
      says: `A file has waited ${MAX_WAIT.toMinutes()} minutes to be started.`,
      heading: 'stuck-drops',
    },
    ...(queues.webhook !== null && webhookPlans(queues.webhook)),
    FailedRetrainings: {
      metric: retrainMachine.metricFailed(FIVE_MINUTES),
      atLeast: 1,
      says: 'A retraining failed by an error; the model that decides is the one before.',
      heading: 'failed-retrainings',
    },
    TimedOutRetrainings: {
      metric: retrainMachine.metricTimedOut(FIVE_MINUTES),
      atLeast: 1,
      says: 'A retraining took longer than one may.',
      heading: 'failed-retrainings',
    },
    ModelAlarms: {
      metric: own.modelAlarms(),
      atLeast: 1,
      says: 'A model does worse than its card let expect, or sees other data than it was trained on.',
      heading: 'model-alarms',
    },
    UnpublishedEvents: {
      metric: own.outboxAge(),
      atLeast: MAX_WAIT.toSeconds(),
      says: `An event has not been published for ${MAX_WAIT.toMinutes()} minutes.`,
      heading: 'unpublished-events',
    },
    MissedWatch: {
      metric: own.watchAge(),
      atLeast: MAX_WATCH_AGE.toSeconds(),
      says: `The models were not all looked at for ${MAX_WATCH_AGE.toHours()} hours, or nothing measures it.`,
      heading: 'missed-watch',
      periods: 3,
      missing: TreatMissingData.BREACHING,
    },
    UnexplainedFlags: {
      metric: own.counted('unexplained'),
      atLeast: 1,
      says: 'A flag was stored whose reasons do not add up to its score.',
      heading: 'unexplained-flags',
    },
    ApiFaults: {
      metric: api.metricServerError(FIVE_MINUTES).with({ statistic: Stats.SUM }),
      atLeast: 1,
      says: 'The API answered 5xx.',
      heading: 'api-faults',
    },
    ApiLatency: {
      metric: api.metricLatency(FIVE_MINUTES).with({ statistic: Stats.p(99) }),
      atLeast: SLOW_ANSWER.toMilliseconds(),
      says: `One answer of the API in a hundred took ${SLOW_ANSWER.toSeconds()} seconds or more, for 15 minutes.`,
      heading: 'api-latency',
      periods: 3,
    },
  };
}

function webhookPlans({ waiting, undelivered }: NonNullable<Queues['webhook']>): Record<string, AlarmPlan> {
  return {
    WaitingEvents: {
      metric: waiting.metricApproximateAgeOfOldestMessage({ ...FIVE_MINUTES, statistic: Stats.MAXIMUM }),
      atLeast: MAX_WEBHOOK_WAIT.toSeconds(),
      says: 'The webhook has not taken an event for an hour.',
      heading: 'undelivered-events',
    },
    UndeliveredEvents: {
      metric: undelivered.metricApproximateNumberOfMessagesVisible({
        ...FIVE_MINUTES,
        statistic: Stats.MAXIMUM,
      }),
      atLeast: 1,
      says: 'The webhook did not take an event for about a day.',
      heading: 'undelivered-events',
    },
  };
}

function functionPlans(functions: Functions): Record<string, AlarmPlan> {
  return Object.fromEntries(
    functions.all().flatMap(([name, made]) => [
      [
        `${name}-errors`,
        {
          metric: made.metricErrors(FIVE_MINUTES),
          atLeast: 1,
          says: `The function ${name} ended in an error in two periods running.`,
          heading: 'function-errors',
          periods: 2,
        },
      ],
      [
        `${name}-throttles`,
        {
          metric: made.metricThrottles(FIVE_MINUTES),
          atLeast: 1,
          says: `The function ${name} was throttled in three periods running.`,
          heading: 'function-throttles',
          periods: 3,
        },
      ],
    ]),
  );
}
