import { beforeAll, describe, expect, test } from 'vitest';
import { type Delivery, deliveriesOf } from './deliveries.ts';
import { listOf, Policies, type Resources } from './policies.ts';
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
    resources[stage] = synthesise(ALL, { stage }).toJSON().Resources as Resources;
  }
});

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

  test('is not lost where a function fails: a queue feeds it, or its failures have a destination', () => {
    const policies = new Policies(resources[stage]);
    const from = [...policies.ofType('AWS::Events::Rule'), ...policies.ofType('AWS::Scheduler::Schedule')];
    const called = from
      .flatMap(([, { Targets, Target }]) => [...listOf(Targets), ...listOf(Target)])
      .map((target) => policies.idOf((target as { Arn: unknown }).Arn))
      .filter((id) => policies.typeOf(id) === 'AWS::Lambda::Function');
    expect(new Set(called).size).toBe(7);
    const configured = policies.ofType('AWS::Lambda::EventInvokeConfig').filter(([, config]) => {
      return config.Qualifier === '$LATEST' && config.MaximumRetryAttempts === 2;
    });
    const safe = configured.map(([, { FunctionName }]) => policies.idOf(FunctionName));
    expect(called.filter((id) => !safe.includes(id))).toEqual([]);
  });

  test('gives each function fed by a queue time enough, and the queue a place for what fails for good', () => {
    const policies = new Policies(resources[stage]);
    const sources = policies.ofType('AWS::Lambda::EventSourceMapping');
    expect(sources).toHaveLength(2);
    for (const [id, source] of sources) {
      const queue = policies.propertiesOf(policies.idOf(source.EventSourceArn));
      const { Timeout } = policies.propertiesOf(policies.idOf(source.FunctionName)) as { Timeout: number };
      expect([id, Number(queue.VisibilityTimeout) >= 6 * Timeout]).toEqual([id, true]);
      expect(source).toMatchObject({
        FunctionResponseTypes: ['ReportBatchItemFailures'],
        ScalingConfig: { MaximumConcurrency: expect.any(Number) },
      });
      expect(queue.RedrivePolicy).toBeDefined();
    }
  });

  test('tries the webhook for a day', () => {
    const policies = new Policies(resources[stage]);
    const [, waiting] = policies.ofType('AWS::SQS::Queue').find(([id]) => id.startsWith('QueuesWebhook'))!;
    const { maxReceiveCount } = waiting.RedrivePolicy as { maxReceiveCount: number };
    expect(maxReceiveCount * Number(waiting.VisibilityTimeout)).toBe(24 * 3600);
  });

  test.each(['Drop', 'Retrain'])('reports an execution of the machine %s that stopped', (machine) => {
    const policies = new Policies(resources[stage]);
    const rules = policies.ofType('AWS::Events::Rule').filter(([, { EventPattern }]) => {
      const { detail } = EventPattern as { detail?: { stateMachineArn?: unknown[]; status?: string[] } };
      const arn = detail?.stateMachineArn?.[0];
      return arn !== undefined && policies.idOf(arn).startsWith(`${machine}Machine`);
    });
    expect(rules.map(([, { EventPattern }]) => EventPattern)).toMatchObject([
      { source: ['aws.states'], detail: { status: ['ABORTED', 'TIMED_OUT', 'FAILED'] } },
    ]);
  });

  test('reaches EventBridge from the bucket whose files a rule waits for', () => {
    const policies = new Policies(resources[stage]);
    const [, drops] = policies.ofType('AWS::S3::Bucket').find(([id]) => id.startsWith('StorageDrops'))!;
    expect(drops.NotificationConfiguration).toEqual({
      EventBridgeConfiguration: { EventBridgeEnabled: true },
    });
  });
});
