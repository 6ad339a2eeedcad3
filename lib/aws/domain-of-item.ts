/** The domain of an item of a table, and nothing else of it: what a person may do with the item depends on it. */
import { type DynamoDBDocumentClient, GetCommand } from '@aws-sdk/lib-dynamodb';
import { doing } from './store-error.ts';

/** `attribute` holds the domain. Null: there is no such item. */
export async function domainOfItem(
  client: DynamoDBDocumentClient,
  TableName: string,
  Key: Readonly<Record<string, string>>,
  attribute = 'domain',
): Promise<string | null> {
  return await doing('reading the domain of an item', async () => {
    const { Item } = await client.send(
      new GetCommand({
        TableName,
        Key: { ...Key },
        ConsistentRead: true,
        ProjectionExpression: '#domain',
        ExpressionAttributeNames: { '#domain': attribute },
      }),
    );
    return Item === undefined ? null : String(Item[attribute]);
  });
}
