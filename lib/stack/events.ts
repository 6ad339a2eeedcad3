/**
 * Where other systems hear of what happens: a bus for those that filter by rules of their own, a topic for those that only want
 * to be told.
 */
import { EventBus, EventField, Rule, RuleTargetInput } from 'aws-cdk-lib/aws-events';
import { SnsTopic } from 'aws-cdk-lib/aws-events-targets';
import { PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { Key } from 'aws-cdk-lib/aws-kms';
import { Topic } from 'aws-cdk-lib/aws-sns';
import { Construct } from 'constructs';
import type { Stage } from './stage.ts';

/** As every event names where it is from. */
export const EVENT_SOURCE = 'assay';

export class Events extends Construct {
  readonly bus: EventBus;
  readonly topic: Topic;

  constructor(scope: Construct, id: string, { key, stage }: { readonly key: Key; readonly stage: Stage }) {
    super(scope, id);
    this.bus = new EventBus(this, 'Bus', {
      eventBusName: `assay-${stage.name}`,
      description: 'What happens in Assay: docs/events.md',
    });
    this.topic = new Topic(this, 'Topic', { masterKey: key, enforceSSL: true });
    key.addToResourcePolicy(
      new PolicyStatement({
        principals: [new ServicePrincipal('events.amazonaws.com')],
        actions: ['kms:Decrypt', 'kms:GenerateDataKey*'],
        resources: ['*'],
      }),
    );
    new Rule(this, 'Everything', {
      description: 'Every event of Assay to the topic',
      eventBus: this.bus,
      eventPattern: { source: [EVENT_SOURCE] },
      targets: [
        new SnsTopic(this.topic, {
          message: RuleTargetInput.fromObject({
            type: EventField.detailType,
            detail: EventField.fromPath('$.detail'),
          }),
        }),
      ],
    });
  }
}
