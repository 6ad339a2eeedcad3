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
import type { FlagStatus } from '../decisions/flag-item.ts';
import { type Events, makeEvent } from '../events/event-schemas.ts';
import { inParallel } from '../in-parallel.ts';
import { applyReview, reviewAct, StaleFlags, StaleVersion } from '../reviews/apply-review.ts';
import type { ReviewDraft } from '../reviews/review.ts';
import type { ReviewedFlag, ReviewTerms } from '../reviews/review-flags.ts';
import { reviewHash } from '../reviews/review-hash.ts';
import { untilWritten } from '../until-written.ts';
import type { AuditChain } from './audit-chain.ts';
import { type BlindEntry, type BlindRow, blindRow } from './blind-queue.ts';
import type { FlagReviewRequest } from './flag-review-request.ts';
import { FlagReviews, type MadeReviews } from './flag-reviews.ts';
import { queryAll } from './query-all.ts';
import { asStored, type ReviewRow, reviewRow, type StoredReview } from './review-row.ts';
import { doing, unlessRefused } from './store-error.ts';
import type { Write } from './transaction.ts';
import { ReviewWithdrawals, type Withdrawal } from './withdraw-reviews.ts';

/** Who reviews, and when (ISO 8601). */
export interface Reviewer {
  readonly by: string;
  readonly at: string;
}

export interface MadeReview {
  readonly review: StoredReview;
  /** Of the flag, with this review. */
  readonly version: number;
  /** Of the flag by now; of a blind review its verdict. */
  readonly status: FlagStatus;
  /** To be published: they wait in the outbox as one. */
  readonly events: Events;
}

const CONCURRENCY = 32;
/** Blind reviews of one record at once follow each other. */
const MAX_ATTEMPTS = 5;

export class ReviewTable {
  readonly #client: DynamoDBDocumentClient;
  readonly #table: string;
  readonly #audit: AuditChain;
  readonly #flagReviews: FlagReviews;
  readonly #withdrawals: ReviewWithdrawals;

  constructor(client: DynamoDBDocumentClient, table: string, audit: AuditChain) {
    this.#flagReviews = new FlagReviews(client, table, audit);
    this.#withdrawals = new ReviewWithdrawals(client, table, audit);
    this.#client = client;
    this.#table = table;
    this.#audit = audit;
  }

  /**
   * Of a flag, or of an item of the blind queue: the draft's kind says which; null: there is none. Throws a StaleVersion or a
   * ReviewRefused.
   */
  async review(
    id: string,
    draft: ReviewDraft,
    reviewer: Reviewer,
    terms: ReviewTerms = { fourEyes: null },
  ): Promise<MadeReview | null> {
    return draft.kind === 'open'
      ? await this.#reviewFlag(id, draft, reviewer, terms)
      : await this.#reviewBlind(id, draft, reviewer);
  }

  /** Several flags of one case at once. Throws a StaleFlags or a ReviewRefused. */
  async reviewFlags(request: FlagReviewRequest): Promise<MadeReviews> {
    return await this.#flagReviews.review(request);
  }

  /** Null: there is no such review. Throws a ReviewRefused or a StaleFlags. */
  async withdraw(id: string, reviewer: Reviewer): Promise<Withdrawal | null> {
    return await this.#withdrawals.withdraw(id, reviewer);
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
      const fresh = await inParallel(entries, CONCURRENCY, (entry) => this.#putBlind(entry));
      const count = fresh.filter(Boolean).length;
      return { new: count, seen: entries.length - count };
    });
  }

  async #reviewFlag(
    id: string,
    draft: ReviewDraft,
    reviewer: Reviewer,
    terms: ReviewTerms,
  ): Promise<MadeReview | null> {
    const seen = draft.version ?? 0;
    try {
      const request = { flags: [{ id, version: seen }], draft, reviewer, terms, caseId: null };
      const { reviews, flags, events } = await this.#flagReviews.review(request);
      const [{ status }] = flags as [ReviewedFlag];
      return { review: reviews[0]!, status, version: seen + 1, events };
    } catch (error) {
      if (!(error instanceof StaleFlags)) throw error;
      const { current } = error.flags[0]!;
      if (current === null) return null;
      throw new StaleVersion(id, seen, current);
    }
  }

  async #reviewBlind(id: string, draft: ReviewDraft, reviewer: Reviewer): Promise<MadeReview | null> {
    let version = 0;
    const attempt = async (): Promise<MadeReview | null | undefined> => {
      const item = await this.#read<BlindRow>(id, 'blind');
      if (item === undefined) return null;
      version = item.version;
      // Of a flag: a person who has reviewed it openly has seen its score.
      const open = item.why === 'second_opinion' ? await this.reviewsOf(item.decision) : [];
      const reviews = [...open, ...(await this.reviewsOf(id))];
      const history = { flag: item.decision, version: item.version - 1, reviews };
      const { review } = applyReview(history, draft, reviewer);
      return (await this.#write(item, reviewRow(id, review, item))) ?? undefined;
    };
    return await untilWritten(MAX_ATTEMPTS, attempt, () => new StaleVersion(id, version, version + 1));
  }

  /** Null: the item has another version meanwhile. */
  async #write({ flag, version }: BlindRow, row: ReviewRow): Promise<MadeReview | null> {
    const TableName = this.#table;
    const writes: Write[] = [
      { Put: { TableName, Item: { ...row }, ConditionExpression: 'attribute_not_exists(flag)' } },
      {
        Update: {
          TableName,
          Key: { flag, item: 'blind' },
          UpdateExpression: 'SET #version = :next REMOVE #queue, #rank ADD reviewers :by',
          ConditionExpression: '#version = :seen',
          ExpressionAttributeNames: { '#version': 'version', '#queue': 'queue', '#rank': 'rank' },
          ExpressionAttributeValues: { ':seen': version, ':next': version + 1, ':by': new Set([row.by]) },
        },
      },
    ];
    const review = asStored(row);
    const { reviewed: domain, kind, verdict, at } = row;
    const event = makeEvent('ReviewMade', { at, domain, flag, version: version + 1, kind, verdict });
    const act = reviewAct(review, row.record_id, { row: reviewHash(review) });
    const made = { review, status: verdict, version: version + 1, events: [event] } as const;
    return (await this.#audit.appendWith(domain, [act], writes, [event])) ? made : null;
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
