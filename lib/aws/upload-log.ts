/**
 * Who asked for the address that a file is uploaded to. Each upload has a random part in its key, so that a colleague's file of
 * the same name is another upload; the file's actor is the one of its key.
 *
 *     pk 'upload#<folder>/<24 hex digits>/<name>', sk 'by'    by; gone after an hour
 */
import { randomBytes } from 'node:crypto';
import { type DynamoDBDocumentClient, GetCommand, PutCommand } from '@aws-sdk/lib-dynamodb';
import { doing } from './store-error.ts';

/** Longer than an address is good for. */
const SECONDS = 3_600;
const KEY_BYTES = 12;

export class UploadLog {
  readonly #client: DynamoDBDocumentClient;
  readonly #table: string;
  readonly #now: () => number;

  /** `now` gives milliseconds since 1970. */
  constructor(client: DynamoDBDocumentClient, table: string, now: () => number) {
    this.#client = client;
    this.#table = table;
    this.#now = now;
  }

  /** The key of an upload to come, of a file of that name below `folder`, by that person. */
  async expect(folder: string, name: string, by: string): Promise<string> {
    const key = `${folder}/${randomBytes(KEY_BYTES).toString('hex')}/${name}`;
    const expires_at = Math.floor(this.#now() / 1000) + SECONDS;
    await doing('recording who uploads a file', () =>
      this.#client.send(
        new PutCommand({ TableName: this.#table, Item: { ...itemKey(key), by, expires_at } }),
      ),
    );
    return key;
  }

  /** Null: no one asked for an address of this key, or too long ago. */
  async uploaderOf(key: string): Promise<string | null> {
    return await doing('reading who uploaded a file', async () => {
      const { Item } = await this.#client.send(
        new GetCommand({ TableName: this.#table, Key: itemKey(key), ConsistentRead: true }),
      );
      const isKnown = Item !== undefined && Number(Item.expires_at) * 1000 >= this.#now();
      return isKnown ? String(Item.by) : null;
    });
  }
}

function itemKey(key: string): { pk: string; sk: 'by' } {
  return { pk: `upload#${key}`, sk: 'by' };
}
