import { Template } from 'aws-cdk-lib/assertions';
import { beforeAll, describe, expect, test } from 'vitest';
import { type Delivery, deliveriesOf } from './deliveries.ts';
import { Policies, type Resources } from './policies.ts';
import { synthesise } from './synthesise.ts';

/** Everything that may be asked for, so that every way is there. */
const ALL = {
  alarms: { email: 'duty@example.com' },
  events: { webhookUrl: 'https://hooks.example.com/assay' },
  retraining: { schedules: { finance: 'cron(0 2 1 * ? *)' } },
};

const resources = {} as Record<'dev' | 'prod', Resources>;

beforeAll(() => {
  for (const stage of ['dev', 'prod'] as const) {
    resources[stage] = Template.fromStack(synthesise(ALL, { stage }).stack).toJSON().Resources as Resources;
  }
}, 120_000);

const senderOf = ({ principal }: Delivery): string =>
  'service' in principal ? principal.service : principal.role;
const refused = (template: Resources): string[] => {
  const policies = new Policies(template);
  return deliveriesOf(policies)
    .filter((delivery) => !policies.allows(delivery))
    .map((one) => `${one.from}: ${senderOf(one)} may not ${one.action} on ${one.target}`);
};

describe.each(['dev', 'prod'] as const)('what the services do by themselves in %s', (stage) => {
  test('is allowed by the policies of what they reach and of the key that encrypts it', () => {
    expect(refused(resources[stage])).toEqual([]);
  });

  test('is every alarm, rule, schedule, source, destination, state machine and route of the template', () => {
    const policies = new Policies(resources[stage]);
    const from = new Set(deliveriesOf(policies).map((delivery) => delivery.from));
    for (const type of [
      ...['CloudWatch::Alarm', 'Events::Rule', 'Scheduler::Schedule', 'StepFunctions::StateMachine'],
      ...['Lambda::EventSourceMapping', 'ApiGatewayV2::Route', 'Logs::LogGroup'],
    ]) {
      const ids = policies.ofType(`AWS::${type}`).map(([id]) => id);
      expect(ids.length).toBeGreaterThan(0);
      expect([type, ids.filter((id) => !from.has(id))]).toEqual([type, []]);
    }
  });

  test.each([
    [
      'the topics’ policies',
      'AWS::SNS::TopicPolicy',
      /Alarm.*cloudwatch\.amazonaws\.com may not sns:Publish/,
    ],
    ['the queues’ policies', 'AWS::SQS::QueuePolicy', /events\.amazonaws\.com may not sqs:SendMessage/],
    ['the roles’ policies', 'AWS::IAM::Policy', /Schedules.* may not kms:GenerateDataKey/],
    [
      'the functions’ permissions',
      'AWS::Lambda::Permission',
      /apigateway\.amazonaws\.com may not lambda:Invoke/,
    ],
    ['the key’s policy', 'AWS::KMS::Key', /cloudwatch\.amazonaws\.com may not kms:Decrypt/],
  ])('is refused without %s', (_, type, expected) => {
    const without = Object.entries(resources[stage]).map(([id, resource]) => {
      if (resource.Type !== type) return [id, resource];
      return [id, { Type: type === 'AWS::KMS::Key' ? type : 'Removed', Properties: {} }];
    });
    expect(refused(Object.fromEntries(without) as Resources).join('\n')).toMatch(expected);
  });

  test('reaches EventBridge from the bucket whose files a rule waits for', () => {
    const policies = new Policies(resources[stage]);
    const [, drops] = policies.ofType('AWS::S3::Bucket').find(([id]) => id.startsWith('StorageDrops'))!;
    expect(drops.NotificationConfiguration).toEqual({
      EventBridgeConfiguration: { EventBridgeEnabled: true },
    });
  });
});
