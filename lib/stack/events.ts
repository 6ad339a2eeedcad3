/**
 * Where other systems hear of what happens: a bus for those that filter by rules of their own, a topic for those that only want
 * to hear.
 */
import { Aws } from 'aws-cdk-lib';
import { EventBus, EventField, Rule, RuleTargetInput } from 'aws-cdk-lib/aws-events';
import { SnsTopic, SqsQueue } from 'aws-cdk-lib/aws-events-targets';
import { AnyPrincipal, Effect, PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { Key } from 'aws-cdk-lib/aws-kms';
import type { Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda';
import { SqsEventSource } from 'aws-cdk-lib/aws-lambda-event-sources';
import { Secret } from 'aws-cdk-lib/aws-secretsmanager';
import { Topic } from 'aws-cdk-lib/aws-sns';
import { Construct } from 'constructs';
import type { Webhook } from './access.ts';
import type { Queues } from './queues.ts';
import type { Stage } from './stage.ts';

/** As every event names where it is from. */
export const EVENT_SOURCE = 'assay';

export interface EventsProps {
  readonly key: Key;
  readonly stage: Stage;
  readonly webhookUrl: string | undefined;
}

/**
 * EventBridge publishes to an encrypted topic only where the statement that allows it has no condition. Wherever a service says for whom
 * it acts, anyone but this account is refused; where it does not, this says nothing.
 */
const refuseOtherAccounts = (topic: Topic): PolicyStatement =>
  new PolicyStatement({
    sid: 'NoOtherAccount',
    effect: Effect.DENY,
    principals: [new AnyPrincipal()],
    actions: ['sns:Publish'],
    resources: [topic.topicArn],
    conditions: {
      Null: { 'aws:SourceAccount': 'false' },
      StringNotEquals: { 'aws:SourceAccount': Aws.ACCOUNT_ID },
    },
  });

export class Events extends Construct {
  readonly bus: EventBus;
  readonly topic: Topic;
  /** Null: none is asked for. */
  readonly webhook: Webhook | null;

  constructor(scope: Construct, id: string, { key, stage, webhookUrl }: EventsProps) {
    super(scope, id);
    this.bus = new EventBus(this, 'Bus', {
      eventBusName: `assay-${stage.name}`,
      description: 'What happens in Assay: docs/events.md',
    });
    this.topic = new Topic(this, 'Topic', { masterKey: key, enforceSSL: true });
    this.topic.addToResourcePolicy(refuseOtherAccounts(this.topic));
    key.addToResourcePolicy(
      new PolicyStatement({
        principals: [new ServicePrincipal('events.amazonaws.com')],
        actions: ['kms:Decrypt', 'kms:GenerateDataKey*'],
        resources: ['*'],
      }),
    );
    this.webhook =
      webhookUrl === undefined
        ? null
        : {
            url: webhookUrl,
            secretArn: new Secret(this, 'WebhookSecret', {
              description: 'What messages to the webhook are signed by: docs/events.md',
              encryptionKey: key,
              generateSecretString: { passwordLength: 48, excludePunctuation: true },
              removalPolicy: stage.removal,
            }).secretArn,
          };
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

  /** Rule, queue, function: EventBridge and Lambda alone would give an event up minutes after the webhook refused it. */
  post(webhook: LambdaFunction, { webhook: queues, deadLetters }: Queues): void {
    if (queues === null) throw new Error('there is no queue for the webhook');
    new Rule(this, 'Webhook', {
      description: 'Every event of Assay to the webhook',
      eventBus: this.bus,
      eventPattern: { source: [EVENT_SOURCE] },
      targets: [new SqsQueue(queues.waiting, { deadLetterQueue: deadLetters })],
    });
    webhook.addEventSource(
      new SqsEventSource(queues.waiting, {
        batchSize: 10,
        maxConcurrency: 5,
        reportBatchItemFailures: true,
      }),
    );
  }
}
