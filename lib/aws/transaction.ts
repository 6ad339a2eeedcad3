/** What one transaction of DynamoDB holds: 100 writes, and 4 MB with the items that it changes. */
import type { TransactWriteCommandInput } from '@aws-sdk/lib-dynamodb';

export type Write = NonNullable<TransactWriteCommandInput['TransactItems']>[number];

export const MAX_WRITES = 100;
/** Less than all of it: sizes of items are estimates. */
export const MAX_TRANSACTION_BYTES = 3_500_000;
