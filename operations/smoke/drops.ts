/** Drops a sample and follows it; stops another one in the middle and takes it up again; looks at what waits for the webhook. */
import { join } from 'node:path';
import { DescribeExecutionCommand, SFNClient, StopExecutionCommand } from '@aws-sdk/client-sfn';
import { GetQueueAttributesCommand, SQSClient } from '@aws-sdk/client-sqs';
import { readStackOutputs } from '../../lib/aws/stack-outputs.ts';
import { runCommandLine } from '../../lib/cli/program.ts';
import { dropId } from '../../lib/drops/arrival.ts';
import type { DropStatus } from '../../lib/drops/drop-status.ts';
import { type DeployedStack, openStack } from '../../lib/services/deployed-stack.ts';
import { root } from '../places.ts';
import { resourceNamed } from './stack-resources.ts';
import { Unseen, waitFor } from './steps.ts';

const PATIENCE_MS = 600_000;
const SAMPLE = join(root, 'samples', 'finance', 'new.csv');

export async function dropSample(stackName: string): Promise<string> {
  const stack = await openStack(stackName, Date.now);
  const { summary } = await followToEnd(stack, await upload(stack, 'smoke.csv'));
  if (summary === null || summary.received !== summary.scored + summary.rejected)
    throw new Error(`received is not scored + rejected: ${JSON.stringify(summary)}`);
  if (summary.flagged === 0) throw new Error('no record was flagged');
  return `${summary.received} records, ${summary.scored} scored, ${summary.rejected} rejected, ${summary.flagged} flagged`;
}

/** The webhook’s host does not exist: its events stay where they are tried again from. */
export async function breakWebhook(stackName: string): Promise<string> {
  const QueueUrl = await resourceNamed(stackName, 'AWS::SQS::Queue', 'QueuesWebhook');
  const client = new SQSClient({ useQueueUrlAsEndpoint: false });
  const counts = ['ApproximateNumberOfMessages', 'ApproximateNumberOfMessagesNotVisible'] as const;
  const waiting = await waitFor(async () => {
    const { Attributes = {} } = await client.send(
      new GetQueueAttributesCommand({ QueueUrl, AttributeNames: [...counts] }),
    );
    const count = counts.reduce((sum, name) => sum + Number(Attributes[name] ?? 0), 0);
    return count > 0 ? count : null;
  }, 60_000);
  if (waiting === null) throw new Error('no event waits for the webhook that cannot be reached');
  return `${waiting} messages wait for the webhook to be reached again`;
}

export async function stopDrop(stackName: string): Promise<string> {
  const stack = await openStack(stackName, Date.now);
  const { DropMachineArn } = await readStackOutputs(stackName);
  const executions = new SFNClient({});
  const id = await upload(stack, 'stopped.csv');
  const executionArn = `${DropMachineArn.replace(':stateMachine:', ':execution:')}:${id}-1`;
  const isRunning = async () => {
    const { status } = await executions.send(new DescribeExecutionCommand({ executionArn }));
    return status === 'RUNNING' ? true : null;
  };
  const running = await waitFor(() => isRunning().catch(() => null), 60_000, 100);
  if (running === null) throw new Error(`no execution of the drop ${id} runs`);
  await executions.send(new StopExecutionCommand({ executionArn, cause: 'stopped by the smoke test' }));
  const status = await waitFor(async () => {
    const now = await stack.drops.get(id);
    return now?.state === 'failed' ? now : null;
  }, 120_000);
  if (status === null)
    throw new Unseen(
      'the stop of an execution was reported to no one (AWS sends an event that a rule listens for)',
    );
  const code = await runCommandLine(['drops', 'redrive', '--stack', stackName]);
  if (code !== 0) throw new Error(`assay drops redrive ended with ${code}`);
  await followToEnd(stack, id);
  return `the stopped drop failed with "${status.reason}", and was done after a redrive`;
}

async function upload(stack: DeployedStack, name: string): Promise<string> {
  const key = `drops/finance/${name}`;
  const version = await stack.upload(SAMPLE, key, () => {});
  return dropId({ bucket: stack.dropsBucket, key, version });
}

async function followToEnd(stack: DeployedStack, id: string): Promise<DropStatus> {
  const status = await waitFor(async () => {
    const now = await stack.drops.get(id);
    return now?.state === 'done' ? now : null;
  }, PATIENCE_MS);
  if (status === null) {
    const { state: last, reason } = (await stack.drops.get(id)) ?? { state: 'never received', reason: null };
    throw new Error(`the drop ${id} is ${last}${reason === null ? '' : `: ${reason}`}`);
  }
  return status;
}
