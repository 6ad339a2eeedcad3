/** What one transaction of DynamoDB holds: 100 writes, and 4 MB with the items that it changes. */
import type { TransactWriteCommandInput } from '@aws-sdk/lib-dynamodb';
import type { FlagItem } from '../decisions/flag-item.ts';

export type Write = NonNullable<TransactWriteCommandInput['TransactItems']>[number];

export const MAX_WRITES = 100;
/** Less than all of it: sizes of items are estimates. */
export const MAX_TRANSACTION_BYTES = 3_500_000;

/** What a flag counts for, about: it has its explanation, its record, and keys beside. */
export function flagBytes({ explanation, record }: Pick<FlagItem, 'explanation' | 'record'>): number {
  return Buffer.byteLength(explanation ?? '') + Buffer.byteLength(record ?? '') + 2_000;
}
