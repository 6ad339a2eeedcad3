/** Forces an alarm, and waits for its message at a subscriber of the alarms' topic: a queue made for it. */
import { CloudWatchClient, DescribeAlarmsCommand, SetAlarmStateCommand } from '@aws-sdk/client-cloudwatch';
import { SNSClient, SubscribeCommand, UnsubscribeCommand } from '@aws-sdk/client-sns';
import {
  CreateQueueCommand,
  DeleteQueueCommand,
  GetQueueAttributesCommand,
  ReceiveMessageCommand,
  SetQueueAttributesCommand,
  SQSClient,
} from '@aws-sdk/client-sqs';
import { resourceNamed } from './stack-resources.ts';
import { waitFor } from './steps.ts';

const PATIENCE_MS = 120_000;
const queues = () => new SQSClient({ useQueueUrlAsEndpoint: false });

export async function forceAlarm(stackName: string): Promise<string> {
  const name = await resourceNamed(stackName, 'AWS::CloudWatch::Alarm', 'AlarmsDeadLetters');
  const watch = new CloudWatchClient({});
  const { MetricAlarms = [] } = await watch.send(new DescribeAlarmsCommand({ AlarmNames: [name] }));
  const topic = MetricAlarms[0]?.AlarmActions?.[0];
  if (topic === undefined) throw new Error(`the alarm ${name} has no action`);
  const queue = await openQueue(topic, `${stackName}-smoke`);
  try {
    const reason = 'forced by the smoke test';
    await watch.send(new SetAlarmStateCommand({ AlarmName: name, StateValue: 'OK', StateReason: reason }));
    await watch.send(new SetAlarmStateCommand({ AlarmName: name, StateValue: 'ALARM', StateReason: reason }));
    const message = await waitFor(() => queue.receive(), PATIENCE_MS);
    if (message === null) throw new Error(`no message of ${name} came within ${PATIENCE_MS / 1000} seconds`);
    if (!message.includes(reason)) throw new Error(`a message came, but not of this alarm: ${message}`);
    return `a subscriber got the message of ${name}`;
  } finally {
    await queue.close();
  }
}

interface Subscriber {
  readonly receive: () => Promise<string | null>;
  readonly close: () => Promise<void>;
}

async function openQueue(topic: string, name: string): Promise<Subscriber> {
  const [sqs, sns] = [queues(), new SNSClient({})];
  const { QueueUrl } = await sqs.send(new CreateQueueCommand({ QueueName: name }));
  const { Attributes } = await sqs.send(
    new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['QueueArn'] }),
  );
  const arn = Attributes?.QueueArn;
  const statement = {
    Effect: 'Allow',
    Principal: { Service: 'sns.amazonaws.com' },
    Action: 'sqs:SendMessage',
    Resource: arn,
    Condition: { ArnEquals: { 'aws:SourceArn': topic } },
  };
  const Policy = JSON.stringify({ Version: '2012-10-17', Statement: [statement] });
  await sqs.send(new SetQueueAttributesCommand({ QueueUrl, Attributes: { Policy } }));
  const { SubscriptionArn } = await sns.send(
    new SubscribeCommand({ TopicArn: topic, Protocol: 'sqs', Endpoint: arn, ReturnSubscriptionArn: true }),
  );
  return {
    receive: async () => {
      const { Messages = [] } = await sqs.send(new ReceiveMessageCommand({ QueueUrl, WaitTimeSeconds: 5 }));
      return Messages[0]?.Body ?? null;
    },
    close: async () => {
      await sns.send(new UnsubscribeCommand({ SubscriptionArn }));
      await sqs.send(new DeleteQueueCommand({ QueueUrl }));
    },
  };
}
