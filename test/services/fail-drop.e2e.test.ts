import { CreateQueueCommand, DeleteQueueCommand, SQSClient } from '@aws-sdk/client-sqs';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { DeadLetters } from '../../lib/aws/dead-letters.ts';
import { DropTable } from '../../lib/aws/drop-table.ts';
import type { AssayEvent } from '../../lib/events/event-schemas.ts';
import { failDrop, failStoppedDrop } from '../../lib/services/fail-drop.ts';
import { clientSettings, dropTable, localDocuments, makeTable } from '../helpers/local-aws.ts';

const queue = new SQSClient({ ...clientSettings(), useQueueUrlAsEndpoint: false });
const published: AssayEvent[] = [];
let table: string;
let drops: DropTable;
let deadLettersUrl: string;
let letters: DeadLetters;

beforeAll(async () => {
  table = await makeTable('Drops');
  drops = new DropTable(localDocuments(), table, Date.now);
  const made = await queue.send(new CreateQueueCommand({ QueueName: `test-stopped-${Date.now()}` }));
  deadLettersUrl = made.QueueUrl!;
  const urls = { deadLettersUrl, arrivalsUrl: deadLettersUrl };
  letters = new DeadLetters(queue, urls, () => Promise.reject(new Error('not asked for')));
});
afterAll(async () => {
  await queue.send(new DeleteQueueCommand({ QueueUrl: deadLettersUrl }));
  await dropTable(table);
});

const deps = () => ({
  ...{ drops, queue, deadLettersUrl, arrivalsUrl: 'http://none' },
  publish: async (event: AssayEvent) => void published.push(event),
  now: () => '2026-01-01T06:00:00.000Z',
});
const dropOf = (id: string) => ({
  ...{ id, domain: 'shop', bucket: 'b', key: `drops/shop/${id}.csv`, version: 'v', bytes: 1 },
  receivedAt: '2026-01-01T00:00:00Z',
});
const stopped = (id: string, attempt: number, status: 'ABORTED' | 'TIMED_OUT' | 'FAILED') => ({
  detail: { status, input: JSON.stringify({ drop: dropOf(id), attempt }) },
});

it.each(['ABORTED', 'TIMED_OUT', 'FAILED'] as const)(
  'a drop whose execution ended %s has a status, a letter and an event',
  async (status) => {
    const id = `d-${status}`;
    await drops.receive(dropOf(id), 1);
    await drops.state(id, 'scoring');
    expect(await failStoppedDrop(deps(), stopped(id, 1, status))).not.toBeNull();
    expect(await drops.get(id)).toMatchObject({
      state: 'failed',
      reason: expect.stringContaining('assay drops redrive'),
    });
    expect(published.filter(({ detail }) => 'drop' in detail && detail.drop === id)).toMatchObject([
      { type: 'DropFailed', detail: { drop: id, attempt: 1, fault: 'system' } },
    ]);
    // Reported again, or by the rule after the state machine did it: nothing more.
    expect(await failStoppedDrop(deps(), stopped(id, 1, status))).toBeNull();
    expect((await letters.list()).filter(({ drop }) => drop?.id === id)).toMatchObject([{ attempt: 1 }]);
    expect(await drops.receive(dropOf(id), 2)).toBe(true);
  },
);

it('a drop that its own last state failed is not failed again by the rule', async () => {
  const drop = dropOf('d-own');
  await drops.receive(drop, 1);
  const error = { Error: 'InputError', Cause: 'no header' };
  expect(await failDrop(deps(), { drop, attempt: 1, error })).toBe(true);
  expect(await failStoppedDrop(deps(), stopped('d-own', 1, 'FAILED'))).toBeNull();
  expect((await letters.list()).filter(({ drop: of }) => of?.id === 'd-own')).toEqual([]);
  expect(published.filter(({ detail }) => 'drop' in detail && detail.drop === 'd-own')).toHaveLength(1);
});
