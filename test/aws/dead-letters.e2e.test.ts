import { randomBytes } from 'node:crypto';
import {
  CreateQueueCommand,
  DeleteQueueCommand,
  ReceiveMessageCommand,
  SendMessageCommand,
  SQSClient,
} from '@aws-sdk/client-sqs';
import { afterAll, beforeEach, describe, expect, test } from 'vitest';
import { DeadLetters } from '../../lib/aws/dead-letters.ts';
import { MissingObject } from '../../lib/object-store.ts';
import { clientSettings } from '../helpers/local-aws.ts';

const client = new SQSClient({ ...clientSettings(), useQueueUrlAsEndpoint: false });
const queues: string[] = [];
let deadLettersUrl: string;
let arrivalsUrl: string;
let letters: DeadLetters;
beforeEach(async () => {
  deadLettersUrl = await makeQueue('dead');
  arrivalsUrl = await makeQueue('arrivals');
  letters = new DeadLetters(client, { deadLettersUrl, arrivalsUrl }, async ({ key }) => {
    if (key.endsWith('gone.csv')) throw new MissingObject(`there is no ${key}`);
    return 'v1';
  });
});
afterAll(async () => {
  for (const QueueUrl of queues) await client.send(new DeleteQueueCommand({ QueueUrl }));
});

async function makeQueue(name: string): Promise<string> {
  const QueueName = `test-${name}-${randomBytes(6).toString('hex')}`;
  const { QueueUrl } = await client.send(new CreateQueueCommand({ QueueName }));
  queues.push(QueueUrl!);
  return QueueUrl!;
}

const send = (body: unknown) =>
  client.send(new SendMessageCommand({ QueueUrl: deadLettersUrl, MessageBody: JSON.stringify(body) }));

/** As the function `fail` writes it. */
const failed = (id: string, attempt = 1) => ({
  drop: {
    id,
    domain: 'shop',
    bucket: 'b',
    key: `drops/shop/${id}.csv`,
    version: 'v',
    bytes: 1,
    receivedAt: '2026-01-01T00:00:00Z',
  },
  attempt,
  error: { Error: 'Runtime.HandlerError', Cause: '{"errorMessage":"no disk","errorType":"Error"}' },
});

/** As EventBridge sends it. */
const created = (name: string) => ({
  time: '2026-01-01T00:00:00Z',
  detail: { bucket: { name: 'b' }, object: { key: `drops/shop/${name}`, size: 1, etag: 'e' } },
});

async function arrived(): Promise<unknown[]> {
  const bodies: unknown[] = [];
  for (;;) {
    const { Messages = [] } = await client.send(
      new ReceiveMessageCommand({ QueueUrl: arrivalsUrl, MaxNumberOfMessages: 10 }),
    );
    if (Messages.length === 0) return bodies;
    bodies.push(...Messages.map(({ Body }) => JSON.parse(Body!) as unknown));
  }
}

const everything = () => true;

describe('DeadLetters', () => {
  test('lists both kinds and what is neither, and leaves them', async () => {
    await send(failed('d-1', 2));
    await send(created('a.csv'));
    await send(created('gone.csv'));
    await send({ hello: 1 });
    for (let time = 0; time < 2; time++) {
      const listed = await letters.list();
      expect(listed).toHaveLength(4);
      expect(listed).toContainEqual(
        expect.objectContaining({
          drop: { id: 'd-1', domain: 'shop', key: 'drops/shop/d-1.csv' },
          attempt: 2,
          error: 'no disk',
        }),
      );
      expect(listed).toContainEqual(
        expect.objectContaining({
          drop: expect.objectContaining({ key: 'drops/shop/a.csv' }),
          attempt: null,
          error: null,
        }),
      );
      expect(listed.filter(({ drop }) => drop === null).map(({ error }) => error)).toEqual(
        expect.arrayContaining(['there is no drops/shop/gone.csv', expect.stringContaining('neither')]),
      );
    }
  });

  test('retries what is wanted, as it was, and nothing else', async () => {
    for (const body of [failed('d-1'), failed('d-2'), created('a.csv')]) await send(body);
    const { again, left } = await letters.redrive(({ drop }) => drop?.id !== 'd-2');
    expect(again).toHaveLength(2);
    expect(left).toMatchObject([{ drop: { id: 'd-2' } }]);
    expect(await arrived()).toEqual(expect.arrayContaining([failed('d-1'), created('a.csv')]));
    expect(await letters.list()).toMatchObject([{ drop: { id: 'd-2' } }]);
  });

  test('leaves what can not be understood, anyone who wants it', async () => {
    await send({ hello: 1 });
    const { again, left } = await letters.redrive(everything);
    expect([again.length, left.length]).toEqual([0, 1]);
    expect(await arrived()).toEqual([]);
  });

  test('retries more than one answer holds', async () => {
    for (let n = 0; n < 25; n++) await send(failed(`d-${n}`));
    expect((await letters.redrive(everything)).again).toHaveLength(25);
    expect(await arrived()).toHaveLength(25);
    expect(await letters.list()).toEqual([]);
  });
});
