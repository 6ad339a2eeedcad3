/**
 * When the models were last looked at, kept by `monitor` and read by `publish-events`, which runs every few minutes: a function that does
 * not run reports nothing itself.
 *
 *     pk 'monitor', sk 'last'     at
 */
import { type DynamoDBDocumentClient, GetCommand, PutCommand } from '@aws-sdk/lib-dynamodb';
import { doing, unlessRefused } from './store-error.ts';

const KEY = { pk: 'monitor', sk: 'last' } as const;

export class LastWatch {
  readonly #client: DynamoDBDocumentClient;
  readonly #table: string;

  constructor(client: DynamoDBDocumentClient, table: string) {
    this.#client = client;
    this.#table = table;
  }

  /** `at` is ISO 8601. */
  async note(at: string): Promise<void> {
    await doing('noting that the models were looked at', () =>
      this.#client.send(new PutCommand({ TableName: this.#table, Item: { ...KEY, at } })),
    );
  }

  /** ISO 8601. Where there was no look yet, the time counts from the first question. */
  async at(now: string): Promise<string> {
    const found = await this.#read();
    if (found !== null) return found;
    const Item = { ...KEY, at: now };
    const first = { TableName: this.#table, Item, ConditionExpression: 'attribute_not_exists(pk)' };
    await unlessRefused('noting since when the models wait for a look', () =>
      this.#client.send(new PutCommand(first)),
    );
    return (await this.#read()) ?? now;
  }

  async #read(): Promise<string | null> {
    return await doing('reading when the models were looked at', async () => {
      const { Item } = await this.#client.send(
        new GetCommand({ TableName: this.#table, Key: KEY, ConsistentRead: true }),
      );
      return Item === undefined ? null : String(Item.at);
    });
  }
}
