/**
 * Reviews, beside the flags that they are about, and the queue of records for blind review. A review is only ever added: it, the
 * new state of its flag, the entry in the audit log and the event for others are one transaction, on condition that the flag has
 * the version that the reviewer saw. Versions here are the flag's: 1 before the first review.
 *
 *     flag = decision id, item 'review#<00001>'   index `reviewed`: reviewed = domain, reviewed_at = at#id#n
 *     flag = blind id,    item 'blind'            index `queue`: queue = domain#blind#0, rank = queuedAt#blind id, until reviewed
 *     flag = blind id,    item 'review#<00001>'   a blind review; its `decision` is the decision's id
 */
import {
  type DynamoDBDocumentClient,
  GetCommand,
  PutCommand,
  type QueryCommandInput,
} from '@aws-sdk/lib-dynamodb';
import type { FlagItem, FlagStatus } from '../decisions/flag-item.ts';
import { type AssayEvent, makeEvent } from '../events/event-schemas.ts';
import { inParallel } from '../in-parallel.ts';
import { applyReview, reviewAct, StaleVersion } from '../reviews/apply-review.ts';
import type { ReviewDraft } from '../reviews/review.ts';
import type { AuditChain, Write } from './audit-chain.ts';
import { type BlindEntry, type BlindRow, blindRow } from './blind-queue.ts';
import { dropOfKey, inShard, queueKey } from './flag-keys.ts';
import { queryAll } from './query-all.ts';
import { asStored, type ReviewRow, reviewRow, type StoredReview } from './review-row.ts';
import { doing, unlessRefused } from './store-error.ts';

/** Who reviews, and when (ISO 8601). */
export interface Reviewer {
  readonly by: string;
  readonly at: string;
}

export interface MadeReview {
  readonly review: StoredReview;
  /** Of the flag, with this review. */
  readonly version: number;
  /** To be told: it waits in the outbox. */
  readonly event: AssayEvent;
}

const AT_A_TIME = 32;
/** Blind reviews of one record at once follow each other. */
const MOST_TRIES = 5;

export class ReviewTable {
  readonly #client: DynamoDBDocumentClient;
  readonly #table: string;
  readonly #audit: AuditChain;

  constructor(client: DynamoDBDocumentClient, table: string, audit: AuditChain) {
    this.#client = client;
    this.#table = table;
    this.#audit = audit;
  }

  /**
   * Of a flag, or of an item of the blind queue: the draft's kind says which; null: there is none. Throws a StaleVersion or a
   * ReviewRefused.
   */
  async review(id: string, draft: ReviewDraft, reviewer: Reviewer): Promise<MadeReview | null> {
    return draft.kind === 'open'
      ? await this.#reviewFlag(id, draft, reviewer)
      : await this.#reviewBlind(id, draft, reviewer);
  }

  /** In their order. */
  async reviewsOf(id: string): Promise<StoredReview[]> {
    return await doing(`reading the reviews of ${id}`, async () => {
      const rows = await this.#query({
        ConsistentRead: true,
        KeyConditionExpression: 'flag = :flag AND begins_with(#item, :review)',
        ExpressionAttributeNames: { '#item': 'item' },
        ExpressionAttributeValues: { ':flag': id, ':review': 'review#' },
      });
      return rows.map(asStored);
    });
  }

  /** All reviews of a domain, open and blind, made at that moment (ISO 8601) or later, in their order. */
  async reviewedSince(domain: string, from: string): Promise<StoredReview[]> {
    return await doing(`reading the reviews of ${domain}`, async () => {
      const rows = await this.#query({
        IndexName: 'reviewed',
        KeyConditionExpression: 'reviewed = :domain AND reviewed_at >= :from',
        ExpressionAttributeValues: { ':domain': domain, ':from': from },
      });
      return rows.map(asStored);
    });
  }

  /** What is in the queue already, or was reviewed, stays as it is: `seen` counts these. */
  async putBlind(entries: readonly BlindEntry[]): Promise<{ new: number; seen: number }> {
    return await doing(`putting ${entries.length} records up for blind review`, async () => {
      const fresh = await inParallel(entries, AT_A_TIME, (entry) => this.#putBlind(entry));
      const count = fresh.filter(Boolean).length;
      return { new: count, seen: entries.length - count };
    });
  }

  async #reviewFlag(id: string, draft: ReviewDraft, reviewer: Reviewer): Promise<MadeReview | null> {
    const flag = await this.#read<FlagItem>(id, 'flag');
    if (flag === undefined) return null;
    if (draft.version !== flag.version) throw new StaleVersion(id, draft.version ?? 0, flag.version);
    const seen = { ...draft, version: flag.version - 1 };
    const { review } = applyReview({ flag: id, version: seen.version, reviews: [] }, seen, reviewer);
    const facts = { why: 'flag', chance: 1, raised_at: flag.flagged_at } as const;
    const row = reviewRow(id, review, { ...flag, drop: dropOfKey(flag.drop), ...facts });
    const status = {
      set: { '#status': ['status', draft.verdict], '#queue': ['queue', queueOf(flag, draft.verdict)] },
      remove: [],
    } as const;
    const made = await this.#write(flag, row, status);
    if (made !== null) return made;
    const now = await this.#read<FlagItem>(id, 'flag');
    throw new StaleVersion(id, draft.version, now?.version ?? flag.version);
  }

  async #reviewBlind(id: string, draft: ReviewDraft, reviewer: Reviewer): Promise<MadeReview | null> {
    for (let attempt = 1; ; attempt++) {
      const item = await this.#read<BlindRow>(id, 'blind');
      if (item === undefined) return null;
      // Of a flag: whoever has reviewed it openly has seen its score.
      const open = item.why === 'second_opinion' ? await this.reviewsOf(item.decision) : [];
      const reviews = [...open, ...(await this.reviewsOf(id))];
      const history = { flag: item.decision, version: item.version - 1, reviews };
      const { review } = applyReview(history, draft, reviewer);
      const row = reviewRow(id, review, item);
      const dequeued = { set: {}, remove: ['#queue', '#rank'] } as const;
      const made = await this.#write(item, row, dequeued);
      if (made !== null) return made;
      if (attempt === MOST_TRIES) throw new StaleVersion(id, item.version, item.version + 1);
    }
  }

  /** Null: the flag has another version meanwhile. */
  async #write(
    { flag, version }: { readonly flag: string; readonly version: number },
    row: ReviewRow,
    changes: Changes,
  ): Promise<MadeReview | null> {
    const { item } = row.why === 'flag' ? ({ item: 'flag' } as const) : ({ item: 'blind' } as const);
    const writes: Write[] = [
      {
        Put: {
          TableName: this.#table,
          Item: { ...row },
          ConditionExpression: 'attribute_not_exists(flag)',
        },
      },
      { Update: { TableName: this.#table, Key: { flag, item }, ...updateOf(version, row.by, changes) } },
    ];
    const review = asStored(row);
    const made = { review, version: version + 1, event: reviewMade(row, version + 1) };
    const act = reviewAct(review, row.record_id);
    return (await this.#audit.appendWith(row.reviewed, [act], writes, [made.event])) ? made : null;
  }

  async #putBlind(entry: BlindEntry): Promise<boolean> {
    return await unlessRefused(`putting ${entry.item} up for blind review`, () =>
      this.#client.send(
        new PutCommand({
          TableName: this.#table,
          Item: { ...blindRow(entry) },
          ConditionExpression: 'attribute_not_exists(flag)',
        }),
      ),
    );
  }

  async #read<Item>(flag: string, item: 'flag' | 'blind'): Promise<Item | undefined> {
    return await doing(`reading ${flag}`, async () => {
      const Key = { flag, item };
      const { Item: found } = await this.#client.send(
        new GetCommand({ TableName: this.#table, Key, ConsistentRead: true }),
      );
      return found as Item | undefined;
    });
  }

  async #query(query: Omit<QueryCommandInput, 'TableName'>): Promise<ReviewRow[]> {
    return (await queryAll(this.#client, { TableName: this.#table, ...query })) as unknown as ReviewRow[];
  }
}

interface Changes {
  /** By placeholder: name and value. */
  readonly set: Readonly<Record<string, readonly [name: string, value: string]>>;
  readonly remove: readonly ('#queue' | '#rank')[];
}

function updateOf(version: number, by: string, { set, remove }: Changes) {
  const fields = Object.entries(set);
  const sets = ['#version = :next', ...fields.map(([name]) => `${name} = ${name.replace('#', ':')}`)];
  const removed = remove.length > 0 ? ` REMOVE ${remove.join(', ')}` : '';
  return {
    UpdateExpression: `SET ${sets.join(', ')}${removed} ADD reviewers :by`,
    ConditionExpression: '#version = :seen',
    ExpressionAttributeNames: {
      '#version': 'version',
      ...Object.fromEntries(fields.map(([placeholder, [name]]) => [placeholder, name])),
      ...Object.fromEntries(remove.map((placeholder) => [placeholder, placeholder.slice(1)])),
    },
    ExpressionAttributeValues: {
      ':seen': version,
      ':next': version + 1,
      ':by': new Set([by]),
      ...Object.fromEntries(fields.map(([name, [, value]]) => [name.replace('#', ':'), value])),
    },
  };
}

function queueOf({ flag, domain, gravity }: FlagItem, status: FlagStatus): string {
  return inShard(queueKey(domain, status, gravity), flag);
}

function reviewMade({ flag, reviewed: domain, kind, verdict, at }: ReviewRow, version: number): AssayEvent {
  return makeEvent('ReviewMade', { at, domain, flag, version, kind, verdict });
}
