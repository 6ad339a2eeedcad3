/** The dump of the stores leaves out none: what is planted in each of them is found. */
import { DeleteObjectCommand, PutObjectCommand, PutObjectTaggingCommand } from '@aws-sdk/client-s3';
import {
  CreateStateMachineCommand,
  DeleteStateMachineCommand,
  DescribeExecutionCommand,
  SFNClient,
  StartExecutionCommand,
} from '@aws-sdk/client-sfn';
import {
  CreateQueueCommand,
  DeleteQueueCommand,
  ReceiveMessageCommand,
  SendMessageCommand,
  SQSClient,
} from '@aws-sdk/client-sqs';
import { PutCommand } from '@aws-sdk/lib-dynamodb';
import { expect, test, vi } from 'vitest';
import { dumpStores } from '../helpers/dump-stores.ts';
import {
  clientSettings,
  dropTable,
  localDocuments,
  localEndpoint,
  localS3,
  makeBucket,
  makeTable,
} from '../helpers/local-aws.ts';
import { findReadings } from '../helpers/readable-texts.ts';

const subject = 'AC-planted-0815';

test('items, versions that were replaced, names and metadata of objects, messages being worked on, executions', async () => {
  const [table, bucket] = [await makeTable('Drops'), await makeBucket()];
  const [sqs, sfn] = [new SQSClient(clientSettings()), new SFNClient(clientSettings())];
  const { QueueUrl } = await sqs.send(new CreateQueueCommand({ QueueName: `dump-${table}` }));
  const machine = await sfn.send(
    new CreateStateMachineCommand({
      name: `dump-${table}`,
      roleArn: 'arn:aws:iam::000000000000:role/any',
      definition: JSON.stringify({ StartAt: 'Done', States: { Done: { Type: 'Pass', End: true } } }),
    }),
  );
  const { stateMachineArn } = machine;
  try {
    const documents = localDocuments();
    await documents.send(
      new PutCommand({ TableName: table, Item: { pk: 'a', sk: 'text', deep: [{ name: subject }] } }),
    );
    await documents.send(
      new PutCommand({ TableName: table, Item: { pk: 'a', sk: 'bytes', raw: Buffer.from(`<${subject}>`) } }),
    );
    await documents.send(new PutCommand({ TableName: table, Item: { pk: `key#${subject}`, sk: 'key' } }));
    const s3 = localS3();
    const put = (Key: string, Body: string, Metadata: Record<string, string> = {}) =>
      s3.send(new PutObjectCommand({ Bucket: bucket, Key, Body, Metadata }));
    await put('replaced', subject);
    await put('replaced', 'nothing');
    await put(`named/${subject}.csv`, 'nothing');
    await put('described', 'nothing', { of: subject });
    await sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: subject }));
    await sqs.send(new ReceiveMessageCommand({ QueueUrl }));
    const { executionArn } = await sfn.send(
      new StartExecutionCommand({ stateMachineArn, input: JSON.stringify({ key: subject }) }),
    );
    await vi.waitFor(async () =>
      expect((await sfn.send(new DescribeExecutionCommand({ executionArn }))).status).toBe('SUCCEEDED'),
    );
    const engine = { endpoint: localEndpoint(), region: 'eu-central-1', named: [table, bucket] };
    const found = await findReadings(dumpStores(engine), [subject]);
    const places = found.map(({ where, as }) => `${where.replace(/@[^ ]*/, '').replace(/ arn.*/, '')} ${as}`);
    expect(places).toEqual(
      expect.arrayContaining(
        [
          `table ${table}: a text plain`,
          `table ${table}: a bytes plain`,
          `table ${table}: key#${subject} key plain`,
          `bucket ${bucket}: replaced plain`,
          `bucket ${bucket}: named/${subject}.csv plain in name`,
          `bucket ${bucket}: described metadata plain`,
          'queues JSON',
          'execution JSON',
          'history of JSON',
        ].map((place) =>
          place.endsWith('JSON') ? expect.stringMatching(place.replace(/ JSON$/, '')) : place,
        ),
      ),
    );
    expect(places.filter((place) => place.startsWith(`bucket ${bucket}: replaced`))).toHaveLength(1);
  } finally {
    await sqs.send(new DeleteQueueCommand({ QueueUrl }));
    await sfn.send(new DeleteStateMachineCommand({ stateMachineArn }));
    await dropTable(table);
  }
}, 120_000);

test('versions of an object that was deleted since, and the tags of one that is there', async () => {
  const [s3, Bucket] = [localS3(), await makeBucket()];
  await s3.send(new PutObjectCommand({ Bucket, Key: 'gone', Body: subject }));
  await s3.send(new DeleteObjectCommand({ Bucket, Key: 'gone' }));
  await s3.send(new PutObjectCommand({ Bucket, Key: 'there', Body: 'nothing' }));
  const TagSet = [{ Key: 'of', Value: subject }];
  await s3.send(new PutObjectTaggingCommand({ Bucket, Key: 'there', Tagging: { TagSet } }));
  const engine = { endpoint: localEndpoint(), region: 'eu-central-1', named: [Bucket] };
  const found = await findReadings(dumpStores(engine), [subject]);
  const places = found.map(({ where }) => where.replace(/@[^ ]*/, ''));
  expect(places.filter((place) => place.startsWith('bucket'))).toEqual([
    `bucket ${Bucket}: gone`,
    `bucket ${Bucket}: there metadata`,
  ]);
});
