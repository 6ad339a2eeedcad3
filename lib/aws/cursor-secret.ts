/**
 * The secret by which the API knows its own cursors again: made by the one who asks first, kept in the table of drops, read by
 * every function from there. It guards no data (a cursor names a place in a list that its bearer may read anyway); it makes
 * a cursor that was changed or made up an error.
 */
import { randomBytes } from 'node:crypto';
import { type DynamoDBDocumentClient, GetCommand, PutCommand } from '@aws-sdk/lib-dynamodb';
import { doing, unlessRefused } from './store-error.ts';

export async function cursorSecret(client: DynamoDBDocumentClient, table: string): Promise<Buffer> {
  return await storedSecret(client, table, 'cursor');
}

/** By what is drawn for blind review: anyone who knew it would see why a record is in the queue. */
export async function samplingSecret(client: DynamoDBDocumentClient, table: string): Promise<Buffer> {
  return await storedSecret(client, table, 'sampling');
}

async function storedSecret(client: DynamoDBDocumentClient, table: string, name: string): Promise<Buffer> {
  const key = { pk: `secret#${name}`, sk: 'key' };
  return await doing(`reading the secret ${name}`, async () => {
    const kept = await read(client, table, key);
    if (kept !== undefined) return kept;
    await unlessRefused(`making the secret ${name}`, () =>
      client.send(
        new PutCommand({
          TableName: table,
          Item: { ...key, secret: randomBytes(32) },
          ConditionExpression: 'attribute_not_exists(pk)',
        }),
      ),
    );
    const made = await read(client, table, key);
    if (made === undefined) throw new Error('it was written, and is not there');
    return made;
  });
}

async function read(
  client: DynamoDBDocumentClient,
  table: string,
  key: Record<string, string>,
): Promise<Buffer | undefined> {
  const { Item } = await client.send(new GetCommand({ TableName: table, Key: key, ConsistentRead: true }));
  return Item === undefined ? undefined : Buffer.from(Item.secret as Uint8Array);
}
