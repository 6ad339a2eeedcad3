/** Reads what answers a query of a table from `ExclusiveStartKey` on, however many pages it comes in: all of it, or the first `max` items. */
import { type DynamoDBDocumentClient, QueryCommand, type QueryCommandInput } from '@aws-sdk/lib-dynamodb';

export async function queryAll(
  client: DynamoDBDocumentClient,
  query: QueryCommandInput,
  max?: number,
): Promise<Record<string, unknown>[]> {
  const items: Record<string, unknown>[] = [];
  let after: Record<string, unknown> | undefined = query.ExclusiveStartKey;
  do {
    const left = max === undefined ? {} : { Limit: max - items.length };
    const page = await client.send(new QueryCommand({ ...query, ...left, ExclusiveStartKey: after }));
    items.push(...(page.Items ?? []));
    after = page.LastEvaluatedKey;
  } while (after !== undefined && items.length !== max);
  return items;
}
