/** However an execution ends, someone learns of it: stopped by hand and out of time are reported by Step Functions alone. */
import { Rule } from 'aws-cdk-lib/aws-events';
import { LambdaFunction as LambdaTarget } from 'aws-cdk-lib/aws-events-targets';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import type { StateMachine } from 'aws-cdk-lib/aws-stepfunctions';
import type { Construct } from 'constructs';

export interface StoppedProps {
  readonly machine: StateMachine;
  readonly description: string;
  /** What is called with the event. */
  readonly ends: IFunction;
  readonly deadLetters: IQueue;
}

export function reportStops(
  scope: Construct,
  { machine, description, ends, deadLetters }: StoppedProps,
): void {
  new Rule(scope, 'Stopped', {
    description,
    eventPattern: {
      source: ['aws.states'],
      detailType: ['Step Functions Execution Status Change'],
      detail: { stateMachineArn: [machine.stateMachineArn], status: ['ABORTED', 'TIMED_OUT', 'FAILED'] },
    },
    targets: [new LambdaTarget(ends, { deadLetterQueue: deadLetters })],
  });
}
