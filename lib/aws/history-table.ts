/**
 * Which drops a domain has settled, in the order of finishing: where the past of an entity is looked up. An entry in, the
 * entries before a moment out. A drop has one entry, however often it is added.
 *
 *     pk 'history#<domain>', sk '<settledAt>#<drop>'   the entry
 *     pk 'history-of#<drop>', sk 'history'             that the drop has one
 */
import { type DynamoDBDocumentClient, TransactWriteCommand } from '@aws-sdk/lib-dynamodb';
import { queryAll } from './query-all.ts';
import { doing, unlessRefused } from './store-error.ts';

/** What the table needs to know of an entry; the rest is its owner's. */
interface Settled {
  readonly drop: string;
  /** ISO 8601. */
  readonly settledAt: string;
}

export class HistoryTable<Entry extends Settled> {
  readonly #client: DynamoDBDocumentClient;
  readonly #table: string;

  constructor(client: DynamoDBDocumentClient, table: string) {
    this.#client = client;
    this.#table = table;
  }

  /** False if the drop has its entry already: the first one stays. */
  async add(domain: string, entry: Entry): Promise<boolean> {
    return await unlessRefused(`adding drop ${entry.drop} to the history of ${domain}`, () =>
      this.#client.send(
        new TransactWriteCommand({
          TransactItems: [
            {
              Put: {
                TableName: this.#table,
                Item: { pk: `history-of#${entry.drop}`, sk: 'history' },
                ConditionExpression: 'attribute_not_exists(pk)',
              },
            },
            {
              Put: {
                TableName: this.#table,
                Item: { pk: historyKey(domain), sk: `${entry.settledAt}#${entry.drop}`, entry },
              },
            },
          ],
        }),
      ),
    );
  }

  /** In order of settling; with `before` (ISO 8601), those settled earlier than that. */
  async entries(domain: string, before?: string): Promise<Entry[]> {
    return await doing(`reading the history of ${domain}`, async () => {
      const items = await queryAll(this.#client, {
        TableName: this.#table,
        ConsistentRead: true,
        KeyConditionExpression: `pk = :pk${before === undefined ? '' : ' AND sk < :before'}`,
        ExpressionAttributeValues: {
          ':pk': historyKey(domain),
          ...(before !== undefined && { ':before': before }),
        },
      });
      return items.map(({ entry }) => entry as Entry);
    });
  }
}

function historyKey(domain: string): string {
  return `history#${domain}`;
}
