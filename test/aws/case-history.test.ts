/** The history of a case from a table that gives it in pages, as DynamoDB does with what has more than 1 MB. */
import type { DynamoDBDocumentClient, QueryCommand } from '@aws-sdk/lib-dynamodb';
import { expect, test } from 'vitest';
import { actKey } from '../../lib/aws/case-keys.ts';
import { CaseTable } from '../../lib/aws/case-table.ts';

const ROWS = [5, 4, 3, 2].map((version) => ({
  ...{ ...actKey('c', 't', version), act: 'escalate', by: 'ann', version },
}));

/** Two rows are a page; `Limit` is a 32-bit integer. */
const client = {
  send: async ({ input }: QueryCommand) => {
    const { Limit = 2, ExclusiveStartKey } = input;
    if (Limit > 2 ** 31 - 1) throw new Error('Limit: expected a 32-bit integer');
    const at = ROWS.findIndex(({ item }) => item === ExclusiveStartKey?.item);
    const from = ExclusiveStartKey === undefined ? 0 : at + 1;
    const end = from + Math.min(Limit, 2);
    return {
      Items: ROWS.slice(from, end),
      ...(end < ROWS.length && { LastEvaluatedKey: { flag: 'c', item: ROWS[end - 1]!.item } }),
    };
  },
} as unknown as DynamoDBDocumentClient;

test('is whole where all of it is asked for, and the latest acts where some are', async () => {
  const cases = new CaseTable(client, 'flags');
  const whole = await cases.history('c');
  expect(whole.map(({ version }) => version)).toEqual([5, 4, 3, 2]);
  expect(whole[0]).toEqual({ act: 'escalate', by: 'ann', version: 5 });
  for (const max of [1, 2, 3])
    expect((await cases.history('c', max)).map(({ version }) => version)).toEqual([5, 4, 3].slice(0, max));
  expect((await cases.history('c', 3, { at: 't', version: 4 })).map(({ version }) => version)).toEqual([
    3, 2,
  ]);
});
