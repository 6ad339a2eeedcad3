/** Items of one table by their keys, however many batches they take: in any order, those that are there, as they are at this moment. */
import { BatchGetCommand, type DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { chunksOf } from '../chunks-of.ts';
import { inParallel } from '../in-parallel.ts';

type Item = Record<string, unknown>;

const BATCH = 100;

/** `concurrency`: batches that are read at a time. */
export async function getAllItems(
  client: DynamoDBDocumentClient,
  table: string,
  keys: readonly Readonly<Item>[],
  concurrency = 1,
): Promise<Item[]> {
  const found = await inParallel(chunksOf(keys, BATCH), concurrency, (batch) =>
    getBatch(client, table, batch),
  );
  return found.flat();
}

async function getBatch(
  client: DynamoDBDocumentClient,
  table: string,
  keys: readonly Readonly<Item>[],
): Promise<Item[]> {
  const found: Item[] = [];
  let left: Item[] = keys.map((key) => ({ ...key }));
  while (left.length > 0) {
    const { Responses, UnprocessedKeys } = await client.send(
      new BatchGetCommand({ RequestItems: { [table]: { Keys: left, ConsistentRead: true } } }),
    );
    found.push(...(Responses?.[table] ?? []));
    left = UnprocessedKeys?.[table]?.Keys ?? [];
  }
  return found;
}
