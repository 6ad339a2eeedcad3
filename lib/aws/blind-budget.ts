/**
 * What drops may put up for blind review in a domain and day: each drop reserves its shares once, before it draws, and a stage that
 * runs again finds them as they were.
 *
 *     pk 'blind-budget#<domain>', sk '<day>'           unflagged, flagged: records of the day's drops; expected: items that they are expected to draw
 *     pk 'blind-budget#<domain>', sk '<day>#<drop>'    below_the_line, second_opinion
 */
import { BatchGetCommand, type DynamoDBDocumentClient, TransactWriteCommand } from '@aws-sdk/lib-dynamodb';
import { DAY_MS, dayOf } from '../days.ts';
import { allot, type DayBudget, type EligibleRecords, type Shares } from '../reviews/blind-budget.ts';
import { cancellations, doing } from './store-error.ts';
import { waitForTurn } from './wait-for-turn.ts';

const MAX_ATTEMPTS = 40;
const MAX_WAIT_MS = 400;
/** A week: some days are always busier than others. */
const EARLIER_DAYS = 7;
/** Longer than any stage is retried. */
const KEPT_SECONDS = 90 * 86_400;

export interface BudgetedDrop {
  readonly domain: string;
  readonly drop: string;
  /** YYYY-MM-DD (UTC). */
  readonly day: string;
  readonly eligible: EligibleRecords;
}

type Row = Readonly<Record<string, unknown>>;

export class BlindBudget {
  readonly #client: DynamoDBDocumentClient;
  readonly #table: string;

  constructor(client: DynamoDBDocumentClient, table: string) {
    this.#client = client;
    this.#table = table;
  }

  /** The shares of the drop: of `shares` what the day's `limit` leaves it. */
  async reserve(drop: BudgetedDrop, limit: number, shares: Shares): Promise<Shares> {
    return await doing(`reserving blind reviews for the drop ${drop.drop}`, async () => {
      for (let attempt = 1; ; attempt++) {
        const rows = await this.#read(drop);
        const known = rows.get(`${drop.day}#${drop.drop}`);
        if (known !== undefined) return sharesOf(known);
        const failure = await this.#write(drop, rows.get(drop.day), shares, dayBudget(drop, rows, limit));
        if (failure === null) continue;
        if (attempt >= MAX_ATTEMPTS) throw failure;
        await waitForTurn(attempt, MAX_WAIT_MS);
      }
    });
  }

  /** The drop, the day and those before it, by sort key. */
  async #read({ domain, day, drop }: BudgetedDrop): Promise<ReadonlyMap<string, Row>> {
    const pk = partitionOf(domain);
    const Keys = [`${day}#${drop}`, day, ...earlierThan(day)].map((sk) => ({ pk, sk }));
    const rows: Row[] = [];
    for (let left: Record<string, unknown>[] = Keys; left.length > 0; ) {
      const { Responses, UnprocessedKeys } = await this.#client.send(
        new BatchGetCommand({ RequestItems: { [this.#table]: { Keys: left, ConsistentRead: true } } }),
      );
      rows.push(...(Responses?.[this.#table] ?? []));
      left = UnprocessedKeys?.[this.#table]?.Keys ?? [];
    }
    return new Map(rows.map((row) => [String(row.sk), row]));
  }

  /** Null: written. An error: another drop has reserved meanwhile, or this one in another try. */
  async #write(
    { domain, day: sk, drop, eligible }: BudgetedDrop,
    before: Row | undefined,
    shares: Shares,
    day: DayBudget,
  ): Promise<Error | null> {
    const [TableName, pk] = [this.#table, partitionOf(domain)];
    const expires_at = Math.floor(Date.parse(sk) / 1000) + KEPT_SECONDS;
    const {
      belowTheLine: below_the_line,
      secondOpinion: second_opinion,
      expected,
    } = allot(shares, eligible, day);
    const own = { pk, sk: `${sk}#${drop}`, below_the_line, second_opinion, expires_at };
    const counts = {
      unflagged: day.seen.unflagged + eligible.unflagged,
      flagged: day.seen.flagged + eligible.flagged,
      expected: day.expected + expected,
      drops: Number(before?.drops ?? 0) + 1,
    };
    const unchanged =
      before === undefined
        ? { ConditionExpression: 'attribute_not_exists(pk)' }
        : {
            ConditionExpression: 'drops = :before',
            ExpressionAttributeValues: { ':before': Number(before.drops) },
          };
    const items = [
      { Put: { TableName, Item: own, ConditionExpression: 'attribute_not_exists(pk)' } },
      { Put: { TableName, Item: { pk, sk, ...counts, expires_at }, ...unchanged } },
    ];
    try {
      await this.#client.send(new TransactWriteCommand({ TransactItems: items }));
      return null;
    } catch (error) {
      if (cancellations(error) === null) throw error;
      return error as Error;
    }
  }
}

function dayBudget({ day }: BudgetedDrop, rows: ReadonlyMap<string, Row>, limit: number): DayBudget {
  const earlier = earlierThan(day).flatMap((sk) => (rows.has(sk) ? [countsOf(rows.get(sk))] : []));
  const row = rows.get(day);
  return { limit, expected: Number(row?.expected ?? 0), seen: countsOf(row), earlier };
}

function countsOf(row: Row | undefined): EligibleRecords {
  return { unflagged: Number(row?.unflagged ?? 0), flagged: Number(row?.flagged ?? 0) };
}

function earlierThan(day: string): string[] {
  return Array.from({ length: EARLIER_DAYS }, (_, at) => dayOf(Date.parse(day) - (at + 1) * DAY_MS));
}

function sharesOf({ below_the_line, second_opinion }: Row): Shares {
  return { belowTheLine: Number(below_the_line), secondOpinion: Number(second_opinion) };
}

function partitionOf(domain: string): string {
  return `blind-budget#${domain}`;
}
