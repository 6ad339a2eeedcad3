/**
 * From a file that lands in the bucket to the function that takes it up: bucket event ─► rule ─► queue ─► receive. The
 * queue holds what comes faster than it is taken, and keeps an event until a drop's item stands for it.
 */
import { type EventBus, Rule } from 'aws-cdk-lib/aws-events';
import { SqsQueue } from 'aws-cdk-lib/aws-events-targets';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda';
import { SqsEventSource } from 'aws-cdk-lib/aws-lambda-event-sources';
import type { Bucket } from 'aws-cdk-lib/aws-s3';
import type { StateMachine } from 'aws-cdk-lib/aws-stepfunctions';
import { Construct } from 'constructs';
import { EVENT_SOURCE } from './events.ts';
import type { Queues } from './queues.ts';

export interface ArrivalsProps {
  readonly drops: Bucket;
  readonly bus: EventBus;
  readonly queues: Queues;
  readonly receive: LambdaFunction;
  readonly machine: StateMachine;
  /** Drops under way at a time. */
  readonly maxDrops: number;
}

export class Arrivals extends Construct {
  constructor(
    scope: Construct,
    id: string,
    { drops, bus, queues, receive, machine, maxDrops }: ArrivalsProps,
  ) {
    super(scope, id);
    new Rule(this, 'Dropped', {
      description: 'A file was dropped under drops/<domain>/ or labels/<domain>/',
      eventPattern: {
        source: ['aws.s3'],
        detailType: ['Object Created'],
        detail: {
          bucket: { name: [drops.bucketName] },
          object: { key: [{ prefix: 'drops/' }, { prefix: 'labels/' }] },
        },
      },
      targets: [new SqsQueue(queues.arrivals, { deadLetterQueue: queues.deadLetters })],
    });
    new Rule(this, 'Resumed', {
      description: 'What may let the drops of a stopped domain go on',
      eventBus: bus,
      eventPattern: {
        source: [EVENT_SOURCE],
        detailType: ['DomainResumed', 'ModelPromoted', 'ModelRolledBack'],
      },
      targets: [new SqsQueue(queues.arrivals, { deadLetterQueue: queues.deadLetters })],
    });
    receive.addEventSource(
      new SqsEventSource(queues.arrivals, {
        // A message that ends the process would take the others of its batch with it.
        batchSize: 1,
        // Few at a time, so that all see how many drops are under way.
        maxConcurrency: 2,
        reportBatchItemFailures: true,
      }),
    );
    receive.addEnvironment('ASSAY_DROP_MACHINE_ARN', machine.stateMachineArn);
    receive.addEnvironment('ASSAY_MAX_DROPS', String(maxDrops));
    receive.addEnvironment('ASSAY_ARRIVALS_URL', queues.arrivals.queueUrl);
    machine.grantStartExecution(receive);
    receive.addToRolePolicy(
      new PolicyStatement({ actions: ['states:ListExecutions'], resources: [machine.stateMachineArn] }),
    );
    receive.addToRolePolicy(
      new PolicyStatement({ actions: ['sqs:SendMessage'], resources: [queues.arrivals.queueArn] }),
    );
  }
}
