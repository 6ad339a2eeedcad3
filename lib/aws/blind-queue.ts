/**
 * The queue of records for blind review, as those see it who review: what waits for a person in a domain, the longest waiting first.
 * No one is shown a record that they have reviewed before.
 */
import { type DynamoDBDocumentClient, QueryCommand } from '@aws-sdk/lib-dynamodb';
import { isSamePerson } from '../actor.ts';
import { isSealed } from '../privacy/open-stored.ts';
import type { BlindItem } from '../reviews/below-the-line.ts';
import { domainOfItem } from './domain-of-item.ts';
import { getAllItems } from './get-all-items.ts';
import type { ReviewedFor } from './review-row.ts';
import { doing } from './store-error.ts';

/** A record put up for blind review. */
export interface BlindEntry {
  /** `blindItemId` of the decision. */
  readonly item: string;
  readonly domain: string;
  /** The decision's id. */
  readonly decision: string;
  readonly recordId: string;
  readonly why: Exclude<ReviewedFor, 'flag'>;
  /** The chance that it had of being drawn; 1 for a flag, which is reviewed anyway. */
  readonly chance: number;
  /** As it was delivered, without its label. */
  readonly record: BlindItem['record'];
  readonly drop: string;
  readonly model: string;
  /** ISO 8601. */
  readonly queuedAt: string;
}

/** As the table holds it. */
export interface BlindRow {
  readonly flag: string;
  readonly item: 'blind';
  readonly domain: string;
  readonly decision: string;
  readonly record_id: string;
  readonly why: BlindEntry['why'];
  readonly chance: number;
  /** JSON. */
  readonly record: string;
  readonly drop: string;
  readonly model: string;
  readonly raised_at: string;
  readonly version: number;
  readonly queue?: string;
  readonly rank?: string;
  readonly reviewers?: ReadonlySet<string>;
}

export interface BlindPage {
  readonly items: readonly BlindItem[];
  /** `after` of the next page; null at the end. Fewer than the limit does not mean the end. */
  readonly next: string | null;
}

export function blindRow(entry: BlindEntry): BlindRow {
  const { item: flag, domain, decision, recordId: record_id, why, chance, drop, model, queuedAt } = entry;
  return {
    ...{ flag, item: 'blind', domain, decision, record_id, why, chance, drop, model },
    ...{ record: JSON.stringify(entry.record), raised_at: queuedAt, version: 1 },
    ...{ queue: queueOf(domain), rank: `${queuedAt}#${flag}` },
  };
}

/** What waits for blind review, as one person may see it: never a record that the same person has reviewed before. */
export class BlindQueue {
  readonly #client: DynamoDBDocumentClient;
  readonly #table: string;

  constructor(client: DynamoDBDocumentClient, table: string) {
    this.#client = client;
    this.#table = table;
  }

  /** `by` is who asks; at most 50 to a page. */
  async list(query: { domain: string; by: string; limit: number; after?: string }): Promise<BlindPage> {
    const { domain, by, limit, after } = query;
    return await doing(`reading the blind queue of ${domain}`, async () => {
      const { Items = [] } = await this.#client.send(
        new QueryCommand({
          TableName: this.#table,
          IndexName: 'queue',
          KeyConditionExpression: `#queue = :queue${after === undefined ? '' : ' AND #rank > :after'}`,
          ExpressionAttributeNames: { '#queue': 'queue', ...(after !== undefined && { '#rank': 'rank' }) },
          ExpressionAttributeValues: {
            ':queue': queueOf(domain),
            ...(after !== undefined && { ':after': after }),
          },
          Limit: limit + 1,
        }),
      );
      const places = Items.slice(0, limit).map(({ flag, rank }) => ({
        id: String(flag),
        rank: String(rank),
      }));
      const items = await this.#readItems(places, by);
      return { items, next: Items.length > limit ? (places.at(-1)?.rank ?? null) : null };
    });
  }

  /** Null: there is no such item. */
  async domainOf(id: string): Promise<string | null> {
    return await domainOfItem(this.#client, this.#table, { flag: id, item: 'blind' });
  }

  async #readItems(places: readonly { readonly id: string }[], by: string): Promise<BlindItem[]> {
    const found = await this.#get<BlindRow>(places.map(({ id }) => ({ flag: id, item: 'blind' })));
    const waiting = found.filter(({ queue, reviewers }) => queue !== undefined && !isAmong(reviewers, by));
    const doubled = waiting.filter(({ why }) => why === 'second_opinion');
    const flags = await this.#get<{ flag: string; reviewers?: ReadonlySet<string> }>(
      doubled.map(({ decision }) => ({ flag: decision, item: 'flag' })),
    );
    const known = new Set(flags.filter(({ reviewers }) => isAmong(reviewers, by)).map(({ flag }) => flag));
    return waiting
      .filter(({ decision }) => !known.has(decision))
      .toSorted((a, b) => ((a.rank ?? '') < (b.rank ?? '') ? -1 : 1))
      .map(({ flag, domain, record: text, raised_at, record_id }) => {
        const record = JSON.parse(text) as BlindItem['record'];
        const item = { item: flag, domain, queuedAt: raised_at, record };
        return isSealed({ record }) ? { ...item, record_id } : item;
      });
  }

  async #get<Item>(keys: readonly { readonly flag: string; readonly item: string }[]): Promise<Item[]> {
    return (await getAllItems(this.#client, this.#table, keys)) as Item[];
  }
}

function isAmong(reviewers: ReadonlySet<string> | undefined, by: string): boolean {
  return [...(reviewers ?? [])].some((one) => isSamePerson(one, by));
}

function queueOf(domain: string): string {
  return `${domain}#blind#0`;
}
