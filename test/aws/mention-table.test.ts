/** The mentions of a person from a table that counts what it is asked. */
import type { DynamoDBDocumentClient, QueryCommand } from '@aws-sdk/lib-dynamodb';
import { expect, test } from 'vitest';
import { MentionTable, mentionWrites } from '../../lib/aws/mention-table.ts';

const made = { by: 'ben', at: '2026-01-01T00:00:00.000Z', people: ['ann'] };
const rows = [
  ['finance', 'c1'],
  ['pharma', 'c2'],
  ['shop', 'c3'],
].map(
  ([domain, caseId]) => mentionWrites('flags', { ...made, domain: domain!, caseId: caseId! })[0]!.Put!.Item!,
);

test('are read in one query, however many domains are asked for, and are those of these domains', async () => {
  const asked: unknown[] = [];
  const client = {
    send: async ({ input: { ExpressionAttributeValues = {} } }: QueryCommand) => {
      asked.push(ExpressionAttributeValues);
      return { Items: rows.filter(({ flag }) => Object.values(ExpressionAttributeValues).includes(flag)) };
    },
  } as unknown as DynamoDBDocumentClient;
  const found = await new MentionTable(client, 'flags').of(['finance', 'shop'], 'ann');
  expect(asked).toHaveLength(1);
  expect(found).toEqual(['c1', 'c3'].map((caseId) => ({ caseId, by: 'ben', at: made.at })));
});
