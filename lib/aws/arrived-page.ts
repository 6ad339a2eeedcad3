/**
 * What arrived, a page at a time, the newest first: rows that the indexes `recent` (by `recent_all`) and `domain` of the drops
 * table sort by `arrived`.
 */
import { type DynamoDBDocumentClient, QueryCommand } from '@aws-sdk/lib-dynamodb';

export interface ArrivedQuery {
  readonly limit: number;
  /** `next` of the page before. */
  readonly before?: string;
}

export interface ArrivedPage<Row> {
  readonly rows: readonly Row[];
  /** `before` of the next page; null at the end. */
  readonly next: string | null;
}

export type ArrivedPlace = readonly [index: 'recent' | 'domain', partition: string];

/** The rows of all these places together. */
export async function readArrivedPage<Row extends { readonly arrived: string }>(
  client: DynamoDBDocumentClient,
  table: string,
  places: readonly ArrivedPlace[],
  { limit, before }: ArrivedQuery,
): Promise<ArrivedPage<Row>> {
  const newest = await Promise.all(
    places.map((place) => readPlace<Row>(client, table, place, { limit: limit + 1, before })),
  );
  const rows = newest.flat().sort((a, b) => (a.arrived < b.arrived ? 1 : -1));
  const shown = rows.slice(0, limit);
  return { rows: shown, next: rows.length > limit ? (shown.at(-1)?.arrived ?? null) : null };
}

async function readPlace<Row>(
  client: DynamoDBDocumentClient,
  TableName: string,
  [index, partition]: ArrivedPlace,
  { limit, before }: { readonly limit: number; readonly before: string | undefined },
): Promise<Row[]> {
  const { Items } = await client.send(
    new QueryCommand({
      TableName,
      IndexName: index,
      KeyConditionExpression: `#partition = :partition${before === undefined ? '' : ' AND arrived < :before'}`,
      ExpressionAttributeNames: { '#partition': index === 'recent' ? 'recent_all' : 'domain' },
      ExpressionAttributeValues: {
        ':partition': partition,
        ...(before !== undefined && { ':before': before }),
      },
      ScanIndexForward: false,
      Limit: limit,
    }),
  );
  return (Items ?? []) as Row[];
}
