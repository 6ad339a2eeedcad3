/** What takes arrivals up, on a local AWS: a queue, tables, and a state machine whose executions stay under way. */
import {
  CreateStateMachineCommand,
  ListExecutionsCommand,
  type SFNClient,
  StopExecutionCommand,
} from '@aws-sdk/client-sfn';
import { CreateQueueCommand, type SQSClient } from '@aws-sdk/client-sqs';
import type { Context, SQSBatchResponse, SQSEvent } from 'aws-lambda';
import { makeTable } from '../helpers/local-aws.ts';

export interface LocalArrivals {
  readonly tables: readonly [drops: string, models: string];
  readonly stateMachineArn: string;
  readonly QueueUrl: string;
  /** The function `receive`. */
  readonly handler: (event: SQSEvent, context: Context) => Promise<SQSBatchResponse>;
}

export async function makeArrivals(
  { executions, queues }: { readonly executions: SFNClient; readonly queues: SQSClient },
  name: string,
  maxDrops: number,
): Promise<LocalArrivals> {
  const tables = [await makeTable('Drops'), await makeTable('Models')] as const;
  const definition = { StartAt: 'Wait', States: { Wait: { Type: 'Wait', Seconds: 3000, End: true } } };
  const machine = await executions.send(
    new CreateStateMachineCommand({
      name,
      definition: JSON.stringify(definition),
      roleArn: 'arn:aws:iam::000000000000:role/any',
    }),
  );
  const stateMachineArn = machine.stateMachineArn!;
  const QueueUrl = (await queues.send(new CreateQueueCommand({ QueueName: name }))).QueueUrl!;
  Object.assign(process.env, {
    AWS_REGION: 'eu-central-1',
    AWS_ACCESS_KEY_ID: 'test',
    AWS_SECRET_ACCESS_KEY: 'test',
    ASSAY_DROPS_BUCKET: 'drops',
    ASSAY_DATA_BUCKET: 'data',
    ASSAY_DROPS_TABLE: tables[0],
    ASSAY_MODELS_TABLE: tables[1],
    ASSAY_SUBJECTS_TABLE: 'subjects',
    ASSAY_SUBJECTS_KEY: 'none',
    ASSAY_DROP_MACHINE_ARN: stateMachineArn,
    ASSAY_ARRIVALS_URL: QueueUrl,
    ASSAY_MAX_DROPS: String(maxDrops),
  });
  const { handler } = (await import('../../functions/receive.ts')) as unknown as LocalArrivals;
  return { tables, stateMachineArn, QueueUrl, handler };
}

/** The executions of a machine that are under way: at most a thousand. */
export async function runningOf(executions: SFNClient, stateMachineArn: string): Promise<string[]> {
  const listed = await executions.send(
    new ListExecutionsCommand({ stateMachineArn, statusFilter: 'RUNNING', maxResults: 1000 }),
  );
  return (listed.executions ?? []).map(({ executionArn }) => executionArn!);
}

export async function stopAll(executions: SFNClient, stateMachineArn: string): Promise<void> {
  for (const executionArn of await runningOf(executions, stateMachineArn))
    await executions.send(new StopExecutionCommand({ executionArn }));
}
