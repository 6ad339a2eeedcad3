/**
 * What happens by the clock: each domain's model looked at once a day, and trained again as the settings say (`retraining.schedules`); every
 * five minutes, events that could not be published, the logs of domains, and the past that windows see.
 */
import { Aws, Duration, TimeZone } from 'aws-cdk-lib';
import { Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import { Schedule, ScheduleExpression, ScheduleTargetInput, TimeWindow } from 'aws-cdk-lib/aws-scheduler';
import { LambdaInvoke, StepFunctionsStartExecution } from 'aws-cdk-lib/aws-scheduler-targets';
import type { IStateMachine } from 'aws-cdk-lib/aws-stepfunctions';
import { Construct } from 'constructs';
import type { Queues } from './queues.ts';

export interface SchedulesProps {
  /** By domain: cron(…) or rate(…), in UTC. */
  readonly retrain: Readonly<Record<string, string>>;
  readonly machine: IStateMachine;
  readonly monitor: IFunction;
  readonly publishEvents: IFunction;
  readonly extendLog: IFunction;
  readonly compactHistory: IFunction;
  readonly key: IKey;
  readonly queues: Queues;
}

const TELL_EVERY = Duration.minutes(5);
/** After midnight in UTC: the day that has ended is looked at. */
const DAILY = 'cron(20 0 * * ? *)';

export class Schedules extends Construct {
  constructor(scope: Construct, id: string, props: SchedulesProps) {
    super(scope, id);
    const { retrain, machine, monitor, publishEvents, extendLog, compactHistory, key, queues } = props;
    const common = {
      deadLetterQueue: queues.deadLetters,
      retryAttempts: 10,
      maxEventAge: Duration.hours(20),
    };
    const at = (when: string) => ({
      schedule: ScheduleExpression.expression(when, TimeZone.ETC_UTC),
      timeWindow: TimeWindow.flexible(Duration.minutes(15)),
      key,
    });
    new Schedule(this, 'Monitor', {
      ...at(DAILY),
      description: 'How the models do, and what someone must know of them',
      target: new LambdaInvoke(monitor, { ...common, role: this.#role('Monitor', key) }),
    });
    new Schedule(this, 'PublishEvents', {
      schedule: ScheduleExpression.rate(TELL_EVERY),
      key,
      description: 'Events that could not be published at once',
      // The next call says what this one could not.
      target: new LambdaInvoke(publishEvents, {
        ...common,
        retryAttempts: 0,
        maxEventAge: TELL_EVERY,
        role: this.#role('PublishEvents', key),
      }),
    });
    new Schedule(this, 'ExtendLog', {
      schedule: ScheduleExpression.rate(TELL_EVERY),
      key,
      description: 'The logs of domains, brought up to what was done',
      // The next call does what this one could not.
      target: new LambdaInvoke(extendLog, {
        ...common,
        retryAttempts: 0,
        maxEventAge: TELL_EVERY,
        role: this.#role('ExtendLog', key),
      }),
    });
    new Schedule(this, 'CompactHistory', {
      schedule: ScheduleExpression.rate(TELL_EVERY),
      key,
      description: 'What drops and requests left of the past, put together',
      // The next call does what this one could not.
      target: new LambdaInvoke(compactHistory, {
        ...common,
        retryAttempts: 0,
        maxEventAge: TELL_EVERY,
        role: this.#role('CompactHistory', key),
      }),
    });
    for (const [domain, when] of Object.entries(retrain)) {
      const input = ScheduleTargetInput.fromObject({ domain, startedBy: 'assay schedule' });
      new Schedule(this, `Retrain-${domain}`, {
        ...at(when),
        description: `A retraining of ${domain}`,
        target: new StepFunctionsStartExecution(machine, {
          ...common,
          input,
          role: this.#role(`Retrain-${domain}`, key),
        }),
      });
    }
  }

  /** A schedule acts by its role alone, towards the encrypted queue of its dead letters too. */
  #role(schedule: string, key: IKey): Role {
    const role = new Role(this, `${schedule}-Role`, {
      assumedBy: new ServicePrincipal('scheduler.amazonaws.com', {
        conditions: { StringEquals: { 'aws:SourceAccount': Aws.ACCOUNT_ID } },
      }),
      description: `Assay: the schedule ${schedule}`,
    });
    key.grant(role, 'kms:Decrypt', 'kms:GenerateDataKey');
    return role;
  }
}
