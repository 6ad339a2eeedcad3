/** From someone who asks the API for an export to the function that makes it: the event that says so, a rule, the function. */
import { type EventBus, Rule } from 'aws-cdk-lib/aws-events';
import { LambdaFunction as LambdaTarget } from 'aws-cdk-lib/aws-events-targets';
import type { Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda';
import { Construct } from 'constructs';
import { EVENT_SOURCE } from './events.ts';
import type { Queues } from './queues.ts';

export interface ExportsProps {
  readonly bus: EventBus;
  readonly queues: Queues;
  readonly make: LambdaFunction;
}

export class Exports extends Construct {
  constructor(scope: Construct, id: string, { bus, queues, make }: ExportsProps) {
    super(scope, id);
    new Rule(this, 'Asked', {
      description: 'Someone asked for a dossier, or for all that is stored on a subject',
      eventBus: bus,
      eventPattern: { source: [EVENT_SOURCE], detailType: ['ExportAsked'] },
      targets: [new LambdaTarget(make, { deadLetterQueue: queues.deadLetters })],
    });
  }
}
