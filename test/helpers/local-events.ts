/** Buses and state machines of a test's own on a local AWS. */
import { randomBytes } from 'node:crypto';
import {
  CreateEventBusCommand,
  EventBridgeClient,
  PutRuleCommand,
  PutTargetsCommand,
} from '@aws-sdk/client-eventbridge';
import { CreateStateMachineCommand, DescribeExecutionCommand, SFNClient } from '@aws-sdk/client-sfn';
import {
  CreateQueueCommand,
  GetQueueAttributesCommand,
  ReceiveMessageCommand,
  SQSClient,
} from '@aws-sdk/client-sqs';
import { clientSettings } from './local-aws.ts';

export interface HeardEvent {
  readonly type: string;
  readonly source: string;
  readonly detail: Readonly<Record<string, unknown>>;
}

export interface LocalBus {
  readonly name: string;
  readonly client: EventBridgeClient;
  /** What came since the last call, once at least so many came. */
  heard(count: number): Promise<HeardEvent[]>;
}

export async function makeBus(): Promise<LocalBus> {
  const name = `test-bus-${randomBytes(6).toString('hex')}`;
  const client = new EventBridgeClient(clientSettings());
  const { url, arn } = await makeQueue();
  await client.send(new CreateEventBusCommand({ Name: name }));
  const EventPattern = JSON.stringify({ source: ['assay'] });
  await client.send(new PutRuleCommand({ Name: 'all', EventBusName: name, EventPattern }));
  const Targets = [{ Id: 'queue', Arn: arn }];
  await client.send(new PutTargetsCommand({ Rule: 'all', EventBusName: name, Targets }));
  const heard = async (count: number): Promise<HeardEvent[]> => {
    const events: HeardEvent[] = [];
    for (let tries = 0; events.length < count && tries < 50; tries++) {
      for (const body of await receive(url)) {
        const { 'detail-type': type, source, detail } = JSON.parse(body);
        events.push({ type, source, detail });
      }
    }
    return events;
  };
  return { name, client, heard };
}

/** A machine that waits for a token, which it leaves in a queue, then ends with what it was sent. */
export async function makeWaitingMachine(): Promise<{
  readonly arn: string;
  readonly client: SFNClient;
  /** Throws where none comes in a minute. */
  readonly tokenOf: (execution: string) => Promise<string>;
  readonly statusOf: (execution: string) => Promise<string>;
}> {
  const client = new SFNClient(clientSettings());
  const { url } = await makeQueue();
  const definition = {
    StartAt: 'Wait',
    States: {
      Wait: {
        Type: 'Task',
        Resource: 'arn:aws:states:::sqs:sendMessage.waitForTaskToken',
        Parameters: {
          QueueUrl: url,
          MessageBody: { 'token.$': '$$.Task.Token', 'execution.$': '$$.Execution.Name' },
        },
        TimeoutSeconds: 60,
        End: true,
      },
    },
  };
  const { stateMachineArn } = await client.send(
    new CreateStateMachineCommand({
      name: `test-machine-${randomBytes(6).toString('hex')}`,
      definition: JSON.stringify(definition),
      roleArn: 'arn:aws:iam::000000000000:role/test',
    }),
  );
  const statusOf = async (execution: string): Promise<string> => {
    const executionArn = `${stateMachineArn!.replace(':stateMachine:', ':execution:')}:${execution}`;
    return (await client.send(new DescribeExecutionCommand({ executionArn }))).status!;
  };
  /** By their executions: others wait as well, and messages come in any order. */
  const tokens = new Map<string, string>();
  const tokenOf = async (execution: string): Promise<string> => {
    for (let tries = 0; tries < 60 && !tokens.has(execution); tries++)
      for (const body of await receive(url)) {
        const { token, execution: own } = JSON.parse(body) as { token: string; execution: string };
        tokens.set(own, token);
      }
    const token = tokens.get(execution);
    if (token === undefined) throw new Error(`no token of ${execution} came`);
    return token;
  };
  return { arn: stateMachineArn!, client, tokenOf, statusOf };
}

const queues = () => new SQSClient({ ...clientSettings(), useQueueUrlAsEndpoint: false });

export async function makeQueue(): Promise<{ url: string; arn: string }> {
  const client = queues();
  const QueueName = `test-queue-${randomBytes(6).toString('hex')}`;
  const { QueueUrl } = await client.send(new CreateQueueCommand({ QueueName }));
  const { Attributes } = await client.send(
    new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['QueueArn'] }),
  );
  return { url: QueueUrl!, arn: Attributes!.QueueArn! };
}

async function receive(QueueUrl: string): Promise<string[]> {
  const { Messages = [] } = await queues().send(
    new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10, WaitTimeSeconds: 1 }),
  );
  return Messages.map(({ Body }) => Body!);
}
