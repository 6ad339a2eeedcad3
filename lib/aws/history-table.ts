/**
 * Which drops a domain has finished, and which of them a compaction put into segments. A drop has one entry, however often it is
 * added. What windows see costs the same however many entries there are: the index and the entries that are in no segment yet.
 *
 *     pk 'history#<domain>',          sk '<settledAt>#<drop>'   the entry, for good
 *     pk 'history-of#<drop>',         sk 'history'              that the drop has one
 *     pk 'history-recent#<domain>',   sk '<settledAt>#<drop>'   the entry again, until a segment holds it
 *     pk 'history-index#<domain>',    sk 'index'                the segments; a version that each compaction raises
 *     pk 'history-replaced#<domain>', sk '<at>#<segment>'       a segment that a larger one took the place of
 */
import {
  DeleteCommand,
  type DynamoDBDocumentClient,
  GetCommand,
  type QueryCommandInput,
  TransactWriteCommand,
  type TransactWriteCommandInput,
} from '@aws-sdk/lib-dynamodb';
import type { HistoryEntry } from '../history/history-entry.ts';
import type { CompactedHistory, HistoryIndex, IndexedPast } from '../history/history-index.ts';
import type { Past, Segment } from '../history/past.ts';
import { untilWritten } from '../until-written.ts';
import { queryAll } from './query-all.ts';
import { doing, unlessRefused } from './store-error.ts';

type Writes = NonNullable<TransactWriteCommandInput['TransactItems']>;

/** The past is read between two looks at the index; a compaction every few minutes seldom comes between. */
const MAX_ATTEMPTS = 5;
/** Of a transaction, beside what else it writes. */
const BATCH = 90;

export class HistoryTable implements HistoryIndex {
  readonly #client: DynamoDBDocumentClient;
  readonly #table: string;

  constructor(client: DynamoDBDocumentClient, table: string) {
    this.#client = client;
    this.#table = table;
  }

  /** False if the drop has its entry already: the first one stays. */
  async add(domain: string, entry: HistoryEntry): Promise<boolean> {
    const item = { sk: sortKey(entry), entry };
    return await this.#write(`adding drop ${entry.drop} to the history of ${domain}`, [
      this.#putNew({ pk: `history-of#${entry.drop}`, sk: 'history' }),
      { Put: { TableName: this.#table, Item: { pk: entriesKey(domain), ...item } } },
      { Put: { TableName: this.#table, Item: { pk: recentKey(domain), ...item } } },
    ]);
  }

  /** All of them, in the order in which they finished. */
  async entries(domain: string): Promise<HistoryEntry[]> {
    return await this.#entriesUnder(domain, entriesKey(domain));
  }

  /** What windows see now. */
  async past(domain: string): Promise<Past> {
    const { segments, recent } = await this.#indexed(domain);
    return { segments, recent };
  }

  async begin(domain: string): Promise<IndexedPast> {
    const found = await this.#indexed(domain);
    if (found.version > 0) return found;
    // Entries by an earlier version are in no other place: before the index is there, no one misses them where they are put.
    const there = new Set((await this.#entriesUnder(domain, recentKey(domain))).map(({ drop }) => drop));
    const missing = found.recent.filter(({ drop }) => !there.has(drop));
    for (let from = 0; from < missing.length; from += BATCH) {
      const puts = missing.slice(from, from + BATCH).map((entry) => ({
        Put: {
          TableName: this.#table,
          Item: { pk: recentKey(domain), sk: sortKey(entry), entry },
        },
      }));
      await this.#write(`preparing the history of ${domain}`, [this.#noIndex(domain), ...puts]);
    }
    const first = { pk: indexKey(domain), sk: 'index', version: 1, segments: [] };
    await this.#write(`beginning the index of ${domain}`, [this.#putNew(first)]);
    return await this.#indexed(domain);
  }

  async commit(domain: string, done: CompactedHistory): Promise<boolean> {
    const { version, segments, taken, replaced, at } = done;
    return await this.#write(`writing the index of ${domain}`, [
      {
        Put: {
          TableName: this.#table,
          Item: { pk: indexKey(domain), sk: 'index', version: version + 1, segments },
          ConditionExpression: '#version = :version',
          ExpressionAttributeNames: { '#version': 'version' },
          ExpressionAttributeValues: { ':version': version },
        },
      },
      ...taken.map((entry) => ({
        Delete: { TableName: this.#table, Key: { pk: recentKey(domain), sk: sortKey(entry) } },
      })),
      ...replaced.map((segment) => ({
        Put: {
          TableName: this.#table,
          Item: { pk: replacedKey(domain), sk: `${at}#${segment.segment}`, segment },
        },
      })),
    ]);
  }

  async replacedBefore(domain: string, before: string): Promise<Segment[]> {
    const items = await doing(`reading what was replaced in the history of ${domain}`, () =>
      queryAll(this.#client, {
        TableName: this.#table,
        KeyConditionExpression: 'pk = :pk AND sk < :before',
        ExpressionAttributeValues: { ':pk': replacedKey(domain), ':before': before },
      }),
    );
    return items.map(({ sk, segment }) => ({ ...(segment as Segment), replacedAs: sk as string }));
  }

  async forget(domain: string, segment: Segment & { readonly replacedAs?: string }): Promise<void> {
    const Key = { pk: replacedKey(domain), sk: segment.replacedAs };
    await doing(`forgetting a replaced segment of ${domain}`, () =>
      this.#client.send(new DeleteCommand({ TableName: this.#table, Key })),
    );
  }

  /** Segments and entries that belong together: no compaction came between. Version 0: there was none yet. */
  async #indexed(domain: string): Promise<IndexedPast> {
    const attempt = async (): Promise<IndexedPast | undefined> => {
      const index = await this.#index(domain);
      const { version, segments } = index;
      const from = version === 0 ? entriesKey(domain) : recentKey(domain);
      const recent = await this.#entriesUnder(domain, from);
      return (await this.#index(domain)).version === version ? { version, segments, recent } : undefined;
    };
    const overtaken = () =>
      new Error(`the history of ${domain} changed ${MAX_ATTEMPTS} times while it was read`);
    return await untilWritten(MAX_ATTEMPTS, attempt, overtaken);
  }

  async #index(domain: string): Promise<Pick<IndexedPast, 'version' | 'segments'>> {
    const { Item } = await doing(`reading the index of ${domain}`, () =>
      this.#client.send(
        new GetCommand({
          TableName: this.#table,
          Key: { pk: indexKey(domain), sk: 'index' },
          ConsistentRead: true,
        }),
      ),
    );
    return {
      version: (Item?.version as number | undefined) ?? 0,
      segments: (Item?.segments as Segment[] | undefined) ?? [],
    };
  }

  async #entriesUnder(domain: string, pk: string): Promise<HistoryEntry[]> {
    const query: QueryCommandInput = {
      TableName: this.#table,
      ConsistentRead: true,
      KeyConditionExpression: 'pk = :pk',
      ExpressionAttributeValues: { ':pk': pk },
    };
    const items = await doing(`reading the history of ${domain}`, () => queryAll(this.#client, query));
    return items.map(({ entry }) => entry as HistoryEntry);
  }

  #write(what: string, TransactItems: Writes): Promise<boolean> {
    return unlessRefused(what, () => this.#client.send(new TransactWriteCommand({ TransactItems })));
  }

  #putNew(Item: Record<string, unknown>): Writes[number] {
    return { Put: { TableName: this.#table, Item, ConditionExpression: 'attribute_not_exists(pk)' } };
  }

  #noIndex(domain: string): Writes[number] {
    return {
      ConditionCheck: {
        TableName: this.#table,
        Key: { pk: indexKey(domain), sk: 'index' },
        ConditionExpression: 'attribute_not_exists(pk)',
      },
    };
  }
}

const sortKey = ({ settledAt, drop }: HistoryEntry): string => `${settledAt}#${drop}`;
const entriesKey = (domain: string): string => `history#${domain}`;
const recentKey = (domain: string): string => `history-recent#${domain}`;
const indexKey = (domain: string): string => `history-index#${domain}`;
const replacedKey = (domain: string): string => `history-replaced#${domain}`;
