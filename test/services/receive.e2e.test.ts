/** The function that takes arrivals up, on a local AWS: a queue, a table and a state machine whose executions stay under way. */
import { SFNClient, StopExecutionCommand } from '@aws-sdk/client-sfn';
import { GetQueueAttributesCommand, SQSClient } from '@aws-sdk/client-sqs';
import type { Context, SQSEvent } from 'aws-lambda';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { DropTable } from '../../lib/aws/drop-table.ts';
import { clientSettings, dropTable, localDocuments } from '../helpers/local-aws.ts';
import { type LocalArrivals, makeArrivals, runningOf, stopAll } from './local-arrivals.ts';

const executions = new SFNClient(clientSettings());
const queues = new SQSClient(clientSettings());
const name = `receive-${process.pid}`;

let tables: readonly [drops: string, models: string];
let stateMachineArn: string;
let QueueUrl: string;
let handler: LocalArrivals['handler'];

beforeAll(async () => {
  ({ tables, stateMachineArn, QueueUrl, handler } = await makeArrivals({ executions, queues }, name, 2));
});
afterAll(async () => {
  await stopAll(executions, stateMachineArn);
  for (const table of tables) await dropTable(table);
});

const running = () => runningOf(executions, stateMachineArn);

const waiting = async (): Promise<number> => {
  const { Attributes } = await queues.send(
    new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['All'] }),
  );
  return (
    Number(Attributes!.ApproximateNumberOfMessages) + Number(Attributes!.ApproximateNumberOfMessagesDelayed)
  );
};

const arrived = (n: number): string =>
  JSON.stringify({
    time: '2026-03-01T10:00:00Z',
    detail: { bucket: { name: 'drops' }, object: { key: `drops/shop/${n}.csv`, size: 1, 'version-id': 'v' } },
  });

const receive = (...bodies: string[]) =>
  handler(
    { Records: bodies.map((body, at) => ({ messageId: String(at), body })) } as SQSEvent,
    { functionName: 'receive' } as Context,
  );

test('a drop too many is put on record and back into the queue, not started and not counted as a failed delivery', async () => {
  expect(await receive(arrived(1), arrived(2), arrived(3))).toEqual({ batchItemFailures: [] });
  expect(await running()).toHaveLength(2);
  expect(await waiting()).toBe(1);
  const { items } = await new DropTable(localDocuments(), tables[0], Date.now).list({
    scope: 'all',
    limit: 10,
  });
  expect(items.map(({ state }) => state)).toEqual(['received', 'received', 'received']);
});

test('it is started once another has ended, under the same id', async () => {
  const [first] = await running();
  await executions.send(new StopExecutionCommand({ executionArn: first! }));
  await receive(arrived(3));
  expect(await running()).toHaveLength(2);
  expect(await waiting()).toBe(1);
});
