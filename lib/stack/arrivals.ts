/**
 * From a file that lands in the bucket to the function that takes it up: bucket event ─► rule ─► queue ─► receive. The
 * queue holds what comes faster than it is taken, and keeps an event until a drop's item stands for it.
 */
import { Rule } from 'aws-cdk-lib/aws-events';
import { SqsQueue } from 'aws-cdk-lib/aws-events-targets';
import type { Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda';
import { SqsEventSource } from 'aws-cdk-lib/aws-lambda-event-sources';
import type { Bucket } from 'aws-cdk-lib/aws-s3';
import type { StateMachine } from 'aws-cdk-lib/aws-stepfunctions';
import { Construct } from 'constructs';
import type { Queues } from './queues.ts';

export interface ArrivalsProps {
  readonly drops: Bucket;
  readonly queues: Queues;
  readonly receive: LambdaFunction;
  readonly machine: StateMachine;
}

export class Arrivals extends Construct {
  constructor(scope: Construct, id: string, { drops, queues, receive, machine }: ArrivalsProps) {
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
    receive.addEventSource(
      new SqsEventSource(queues.arrivals, {
        batchSize: 10,
        maxConcurrency: 10,
        reportBatchItemFailures: true,
      }),
    );
    receive.addEnvironment('ASSAY_DROP_MACHINE_ARN', machine.stateMachineArn);
    machine.grantStartExecution(receive);
  }
}
