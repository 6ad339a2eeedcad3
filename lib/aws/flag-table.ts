/**
 * The table of flags. What is decided first stays: a flag that arrives again, by a replayed event or by the same record in
 * another drop, changes nothing, and an officer's review is never written over.
 *
 * Beside the flags it holds which domains have any (`flag` = 'domains'), for lists that name none.
 */
import { type DynamoDBDocumentClient, GetCommand, PutCommand, QueryCommand } from '@aws-sdk/lib-dynamodb';
import { type FlagItem, type FlagSummary, fitItem } from '../decisions/flag-item.ts';
import type { FlagLink } from '../decisions/flag-links.ts';
import { inParallel } from '../in-parallel.ts';
import { domainOfItem } from './domain-of-item.ts';
import { dropOfKey, flagKeys, isUnderKeys, recordKey } from './flag-keys.ts';
import { type LinkedFlags, putFlagLinks, readLinkedFlags } from './flag-links.ts';
import { type IndexedFlag, readPage } from './flag-pages.ts';
import { type FlagFilter, flagFilter, flagStreams, isMatch } from './flag-query.ts';
import { getAllItems } from './get-all-items.ts';
import type { ReadCost } from './merged-streams.ts';
import { groupByCase, putCaseFlags } from './put-case-flags.ts';
import { doing } from './store-error.ts';
import type { Write } from './transaction.ts';

/** Transactions at a time: each is of another case, but cases share counters. */
const CONCURRENCY = 16;
const domainsKey = 'domains';

export interface FlagQuery extends FlagFilter {
  /** Flags to a page. */
  readonly limit: number;
  /** `next` of the page before. */
  readonly before?: string;
}

export interface FlagPage {
  /** The most severe and highest first. Fewer than the limit does not mean the end: `next` does. */
  readonly items: readonly FlagSummary[];
  /** Where the next page begins; null at the end. */
  readonly next: string | null;
  readonly cost: Readonly<ReadCost>;
}

export interface StoredFlag {
  readonly flag: FlagItem;
  /** In the lists, and at the places there, that it has by what it is. */
  readonly isInPlace: boolean;
}

export class FlagTable {
  readonly #client: DynamoDBDocumentClient;
  readonly #table: string;
  readonly #domains = new Set<string>();

  constructor(client: DynamoDBDocumentClient, table: string) {
    this.#client = client;
    this.#table = table;
  }

  /** `seen` counts those that were there already. */
  async putFlags(flags: readonly FlagItem[]): Promise<{ new: number; seen: number }> {
    return await doing(`storing ${flags.length} flags in ${this.#table}`, async () => {
      for (const domain of new Set(flags.map((flag) => flag.domain))) await this.#knowDomain(domain);
      await putFlagLinks(this.#client, this.#table, flags);
      const put = (group: readonly FlagItem[]) =>
        putCaseFlags(this.#client, this.#table, group, (flag) => this.#flagWrite(flag));
      const fresh = await inParallel(groupByCase(flags), CONCURRENCY, put);
      const count = fresh.reduce((sum, one) => sum + one, 0);
      return { new: count, seen: flags.length - count };
    });
  }

  async get(id: string): Promise<FlagItem | null> {
    return await doing(`reading flag ${id} in ${this.#table}`, async () => {
      const { Item } = await this.#client.send(
        new GetCommand({ TableName: this.#table, Key: { flag: id, item: 'flag' }, ConsistentRead: true }),
      );
      return Item === undefined ? null : withoutKeys(Item as FlagItem);
    });
  }

  /** Null: there is no such flag. */
  async domainOf(id: string): Promise<string | null> {
    return await domainOfItem(this.#client, this.#table, { flag: id, item: 'flag' });
  }

  /** In any order; those that are there. */
  async getAll(ids: readonly string[]): Promise<FlagItem[]> {
    return await doing(`reading ${ids.length} flags in ${this.#table}`, async () => {
      const items = await this.#items(ids);
      return items.map((item) => withoutKeys(item as unknown as FlagItem));
    });
  }

  /** The same, and where each stands. */
  async stored(ids: readonly string[]): Promise<StoredFlag[]> {
    return await doing(`reading ${ids.length} flags in ${this.#table}`, async () => {
      const items = await this.#items(ids);
      return items.map((item) => {
        const flag = withoutKeys(item as unknown as FlagItem);
        return { flag, isInPlace: isUnderKeys(item, flag) };
      });
    });
  }

  async #items(ids: readonly string[]): Promise<Record<string, unknown>[]> {
    const keys = ids.map((flag) => ({ flag, item: 'flag' }));
    return await getAllItems(this.#client, this.#table, keys);
  }

  /** Of one entity, the most urgent first, whatever their status; `limit` at most. */
  async ofEntity(domain: string, entity: string, limit: number): Promise<FlagSummary[]> {
    return [...(await this.query({ scope: [domain], entity, limit })).items];
  }

  /** Flags whose records share this with one, the most urgent first. */
  async linked(domain: string, link: FlagLink, limit: number): Promise<LinkedFlags> {
    return await readLinkedFlags(this.#client, this.#table, { domain, link, limit });
  }

  /** Flags of the records that go by this id, the most severe and highest first. */
  async ofRecord(domain: string, recordId: string): Promise<FlagSummary[]> {
    return await doing(`looking for flags of a record in ${this.#table}`, async () => {
      const { Items } = await this.#client.send(
        new QueryCommand({
          TableName: this.#table,
          IndexName: 'record',
          KeyConditionExpression: 'record_key = :record',
          ExpressionAttributeValues: { ':record': recordKey(domain, recordId) },
          ScanIndexForward: false,
        }),
      );
      return (Items ?? []).map((flag) => withoutKeys(withGravity(flag)));
    });
  }

  async query({ limit, before, ...filter }: FlagQuery): Promise<FlagPage> {
    return await doing(`listing flags of ${this.#table}`, async () => {
      const domains = filter.scope === 'all' ? await this.domains() : filter.scope;
      const page = await readPage(this.#client, this.#table, flagStreams(filter, domains, before), {
        limit,
        before,
        filter: flagFilter(filter),
        isWanted: (flag) => isMatch(filter, flag),
      });
      return { items: page.items.map(withoutKeys), next: page.last, cost: page.cost };
    });
  }

  #flagWrite(flag: FlagItem): Write {
    return {
      Put: {
        TableName: this.#table,
        Item: { ...fitItem(flag), ...flagKeys(flag) },
        ConditionExpression: 'attribute_not_exists(flag)',
      },
    };
  }

  async #knowDomain(domain: string): Promise<void> {
    if (this.#domains.has(domain)) return;
    await this.#client.send(
      new PutCommand({ TableName: this.#table, Item: { flag: domainsKey, item: domain } }),
    );
    this.#domains.add(domain);
  }

  /** Those that have flags. */
  async domains(): Promise<string[]> {
    const { Items } = await this.#client.send(
      new QueryCommand({
        TableName: this.#table,
        KeyConditionExpression: 'flag = :domains',
        ExpressionAttributeValues: { ':domains': domainsKey },
      }),
    );
    return (Items ?? []).map((item) => String(item.item));
  }
}

function withGravity(flag: Record<string, unknown>): FlagSummary {
  return { ...(flag as unknown as FlagSummary), severityRank: Number(String(flag.urgency)[0]) };
}

/** Without the attributes that only serve the indexes. */
function withoutKeys<Flag extends FlagSummary>(flag: Flag | (Flag & IndexedFlag)): Flag {
  const { item, queue, rank, urgency, entity_key, record_key, reviewers, changed, ...rest } = flag as Flag &
    Record<string, unknown>;
  const facts = { drop: dropOfKey(flag.drop), entity: flag.entity ?? null, time: flag.time ?? null };
  return { ...rest, ...facts } as unknown as Flag;
}
