/** Cases as those see them who work on them: one, its flags and its history, and who has which in hand. */
import { type DynamoDBDocumentClient, QueryCommand } from '@aws-sdk/lib-dynamodb';
import type { Case } from '../cases/case.ts';
import type { CaseActName } from '../cases/case-acts.ts';
import { isOwn } from '../cases/case-acts.ts';
import { inParallel } from '../in-parallel.ts';
import type { Verdict } from '../reviews/review.ts';
import {
  ACT,
  actKey,
  CASE_VIEWS,
  caseKeys,
  caseQueues,
  countsKey,
  flagOfOpenKey,
  mineKey,
  openFlagsKey,
} from './case-keys.ts';
import { asCase, readCase } from './case-row.ts';
import { domainOfItem } from './domain-of-item.ts';
import { getAllItems } from './get-all-items.ts';
import { queryAll } from './query-all.ts';
import { doing } from './store-error.ts';

/** What was done with a case. */
export interface CaseHistoryEntry {
  readonly act: CaseActName | 'review' | 'withdraw';
  readonly by: string;
  readonly at: string;
  /** Of the case, with this act. */
  readonly version: number;
  readonly reason?: string;
  readonly assignee?: string | null;
  readonly until?: string;
  readonly verdict?: Verdict;
  readonly reasonCode?: string;
  readonly review?: string;
  readonly flags?: readonly string[];
  /** See `lib/audit/row-hash.ts`. Absent: of an earlier version. */
  readonly salt?: string;
}

export interface ListedCase {
  readonly case: Case;
  /** In the list, and at the place there, that it has by what it is. */
  readonly isInPlace: boolean;
}

export type CaseCounts = Readonly<Record<(typeof CASE_VIEWS)[number], number>>;

const CONCURRENCY = 8;

export class CaseTable {
  readonly #client: DynamoDBDocumentClient;
  readonly #table: string;

  constructor(client: DynamoDBDocumentClient, table: string) {
    this.#client = client;
    this.#table = table;
  }

  async get(id: string): Promise<Case | null> {
    return await doing(`reading case ${id}`, () => readCase(this.#client, this.#table, id));
  }

  /** Those that are there, in any order. */
  async getAll(ids: readonly string[]): Promise<Case[]> {
    return await doing(`reading ${ids.length} cases`, async () => {
      const keys = ids.map((id) => ({ flag: id, item: 'case' }));
      return (await getAllItems(this.#client, this.#table, keys)).map(asCase);
    });
  }

  /** Null: there is no such case. */
  async domainOf(id: string): Promise<string | null> {
    return await domainOfItem(this.#client, this.#table, { flag: id, item: 'case' });
  }

  /** Ids of its open flags, the most urgent first. */
  async openFlags(id: string, limit: number): Promise<string[]> {
    return await doing(`reading the open flags of case ${id}`, async () => {
      const { Items = [] } = await this.#client.send(
        new QueryCommand({
          TableName: this.#table,
          ConsistentRead: true,
          KeyConditionExpression: 'flag = :flag',
          ExpressionAttributeValues: { ':flag': openFlagsKey(id) },
          ScanIndexForward: false,
          Limit: limit,
        }),
      );
      return Items.map(({ item }) => flagOfOpenKey(String(item)));
    });
  }

  /** What was done with it, the latest first: all of it, or the latest `max`; with `before`, what was done before that act. */
  async history(
    id: string,
    max?: number,
    before?: Pick<CaseHistoryEntry, 'at' | 'version'>,
  ): Promise<CaseHistoryEntry[]> {
    return await doing(`reading the history of case ${id}`, async () => {
      const query = {
        TableName: this.#table,
        ConsistentRead: true,
        KeyConditionExpression: 'flag = :flag AND begins_with(#item, :act)',
        ExpressionAttributeNames: { '#item': 'item' },
        ExpressionAttributeValues: { ':flag': id, ':act': ACT },
        ScanIndexForward: false,
        ...(before !== undefined && { ExclusiveStartKey: actKey(id, before.at, before.version) }),
      };
      const items = await queryAll(this.#client, query, max);
      return items.map(({ flag, item, ...entry }) => entry as unknown as CaseHistoryEntry);
    });
  }

  /** Every case that any list of the domain shows. */
  async listed(domain: string): Promise<ListedCase[]> {
    return await doing('listing all cases', async () => {
      const partitions = CASE_VIEWS.flatMap((view) => caseQueues(domain, view));
      const lists = await inParallel(partitions, CONCURRENCY, (partition) =>
        queryAll(this.#client, {
          TableName: this.#table,
          IndexName: 'cases',
          KeyConditionExpression: 'case_queue = :queue',
          ExpressionAttributeValues: { ':queue': partition },
        }),
      );
      return lists.flat().map((row) => {
        const one = asCase(row);
        const { case_queue, case_rank } = caseKeys(one);
        return { case: one, isInPlace: row.case_queue === case_queue && row.case_rank === case_rank };
      });
    });
  }

  /** Those that this person is assigned to, or holds at that moment. */
  async ownCases(domains: readonly string[], actor: { by: string; at: string }): Promise<Case[]> {
    return await doing('reading the cases of a person', async () => {
      const lists = await Promise.all(
        domains.map((domain) =>
          queryAll(this.#client, {
            TableName: this.#table,
            ConsistentRead: true,
            KeyConditionExpression: 'flag = :mine',
            ExpressionAttributeValues: { ':mine': mineKey(domain, actor.by) },
          }),
        ),
      );
      const keys = lists.flat().map(({ item }) => ({ flag: String(item), item: 'case' }));
      const cases = (await getAllItems(this.#client, this.#table, keys)).map(asCase);
      return cases.filter((one) => isOwn(one, actor));
    });
  }

  /** How many cases stand in each view. */
  async counts(domains: readonly string[]): Promise<CaseCounts> {
    return await doing('counting cases', async () => {
      const lists = await Promise.all(
        domains.map((domain) =>
          queryAll(this.#client, {
            TableName: this.#table,
            KeyConditionExpression: 'flag = :counts',
            ExpressionAttributeValues: { ':counts': countsKey(domain) },
          }),
        ),
      );
      const sumOf = (view: string) => lists.flat().reduce((sum, row) => sum + Number(row[view] ?? 0), 0);
      return Object.fromEntries(CASE_VIEWS.map((view) => [view, sumOf(view)])) as CaseCounts;
    });
  }
}
