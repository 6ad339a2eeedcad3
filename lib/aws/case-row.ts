/** Reads a case from its item in the table. */
import { type DynamoDBDocumentClient, GetCommand } from '@aws-sdk/lib-dynamodb';
import type { Case } from '../cases/case.ts';

/** Without the attributes that only serve the table and its index. */
export function asCase(row: Readonly<Record<string, unknown>>): Case {
  const { flag, item, case_queue, case_rank, ...rest } = row;
  return rest as unknown as Case;
}

/** As it is at this moment; null: there is none. */
export async function readCase(
  client: DynamoDBDocumentClient,
  TableName: string,
  id: string,
): Promise<Case | null> {
  const Key = { flag: id, item: 'case' };
  const { Item } = await client.send(new GetCommand({ TableName, Key, ConsistentRead: true }));
  return Item === undefined ? null : asCase(Item);
}
