/**
 * How far each retraining has come. One that has ended stays as it ended: a step that runs late, or twice, changes nothing.
 *
 *     'retraining#<id>', 'status'                 how far it is; task_token while it waits for approval
 *     'retrainings#<domain>', '<started>#<id>'    that there is one
 *     'retrainings-latest#<domain>', 'latest'     id: of the one started last; each start replaces the one that it has read
 */
import {
  BatchGetCommand,
  type DynamoDBDocumentClient,
  GetCommand,
  QueryCommand,
  TransactWriteCommand,
  UpdateCommand,
} from '@aws-sdk/lib-dynamodb';
import type { RetrainingOutcome } from '../retraining/outcome.ts';
import { isUnderWay, type RetrainingStatus } from '../retraining/retraining-status.ts';
import { untilWritten } from '../until-written.ts';
import { domainOfItem } from './domain-of-item.ts';
import { doing, unlessOvertaken, unlessRefused } from './store-error.ts';
import type { Write } from './transaction.ts';

export interface RetrainingPage {
  /** Those started last first. */
  readonly items: readonly RetrainingStatus[];
  /** `before` of the next page; null at the end. */
  readonly next: string | null;
}

export interface NewRetraining {
  readonly id: string;
  readonly domain: string;
  readonly startedBy: string;
}

export interface Started {
  readonly isNew: boolean;
  /** Another of the domain, which is under way: nothing was written. */
  readonly running: string | null;
}

/** Of starts at the same moment. */
const MAX_ATTEMPTS = 20;

interface Row extends Omit<RetrainingStatus, 'domain'> {
  readonly of: string;
  readonly task_token?: string;
}

export class RetrainingTable {
  readonly #client: DynamoDBDocumentClient;
  readonly #table: string;
  readonly #now: () => number;

  /** `now` gives milliseconds since 1970. */
  constructor(client: DynamoDBDocumentClient, table: string, now: () => number) {
    this.#client = client;
    this.#table = table;
    this.#now = now;
  }

  /**
   * Puts a retraining on record where no other of its domain is under way; the write itself fails where another came first.
   * Known already, it is left as it is.
   */
  async start(retraining: NewRetraining): Promise<Started> {
    const { id, domain } = retraining;
    const attempt = async (): Promise<Started | undefined> => {
      if ((await this.#row(id)) !== undefined) return { isNew: false, running: null };
      const latest = await this.#latest(domain);
      const other = latest === null ? null : await this.get(latest);
      if (other !== null && isUnderWay(other, this.#now())) return { isNew: false, running: other.id };
      const place = { TableName: this.#table, Item: { ...latestKey(domain), id } };
      const condition =
        latest === null
          ? { ConditionExpression: 'attribute_not_exists(id)' }
          : { ConditionExpression: 'id = :latest', ExpressionAttributeValues: { ':latest': latest } };
      const isWritten = await unlessOvertaken(`starting retraining ${id}`, () =>
        this.#client.send(
          new TransactWriteCommand({
            TransactItems: [...this.#newRows(retraining), { Put: { ...place, ...condition } }],
          }),
        ),
      );
      return isWritten ? { isNew: true, running: null } : undefined;
    };
    const overtaken = () => new Error(`retraining ${id} was overtaken ${MAX_ATTEMPTS} times`);
    return await untilWritten(MAX_ATTEMPTS, attempt, overtaken);
  }

  /** Puts on record one that ends without having been under way. False: it is known already. */
  async record(retraining: NewRetraining): Promise<boolean> {
    return await unlessRefused(`recording retraining ${retraining.id}`, () =>
      this.#client.send(new TransactWriteCommand({ TransactItems: this.#newRows(retraining) })),
    );
  }

  #newRows({ id, domain, startedBy }: NewRetraining): Write[] {
    const TableName = this.#table;
    const at = this.#time();
    const row = {
      ...{ id, of: domain, state: 'running', step: null, reason: null, challenger: null, ended: false },
      ...{ started_by: startedBy, started_at: at, updated_at: at },
    };
    const Item = { ...statusKey(id), ...row };
    return [
      { Put: { TableName, Item, ConditionExpression: 'attribute_not_exists(id)' } },
      { Put: { TableName, Item: { domain: listKey(domain), version: `${at}#${id}`, id } } },
    ];
  }

  /** The one that was started last. */
  async #latest(domain: string): Promise<string | null> {
    return await doing(`reading the latest retraining of ${domain}`, async () => {
      const { Item } = await this.#client.send(
        new GetCommand({ TableName: this.#table, Key: latestKey(domain), ConsistentRead: true }),
      );
      return Item === undefined ? null : String(Item.id);
    });
  }

  /** False: it has ended. */
  async step(id: string, step: string): Promise<boolean> {
    return await this.#update(id, { state: 'running', step });
  }

  /** It has made a model, and waits for two people: `token` is what its state machine waits for. */
  async awaiting(id: string, token: string, challenger: string): Promise<boolean> {
    return await this.#update(id, {
      state: 'awaiting_approval',
      step: 'approval',
      task_token: token,
      challenger,
    });
  }

  /** False: it had ended before; the first end stands. */
  async end(id: string, outcome: RetrainingOutcome, reason: string): Promise<boolean> {
    return await this.#update(id, endOf(outcome, reason));
  }

  /** The same, as a part of what is written with it. */
  ending(id: string, outcome: RetrainingOutcome, reason: string): Write {
    return { Update: this.#updateOf(id, endOf(outcome, reason)) };
  }

  async get(id: string): Promise<RetrainingStatus | null> {
    const row = await this.#row(id);
    return row === undefined ? null : asStatus(row);
  }

  /** Null: there is no such retraining. */
  async domainOf(id: string): Promise<string | null> {
    return await domainOfItem(this.#client, this.#table, statusKey(id), 'of');
  }

  /** What its state machine waits for; null: it doesn't. */
  async token(id: string): Promise<string | null> {
    const row = await this.#row(id);
    return row?.state === 'awaiting_approval' ? (row.task_token ?? null) : null;
  }

  async list(query: { domain: string; limit: number; before?: string }): Promise<RetrainingPage> {
    const { domain, limit, before } = query;
    return await doing(`listing retrainings of ${domain}`, async () => {
      const { Items = [] } = await this.#client.send(
        new QueryCommand({
          TableName: this.#table,
          ConsistentRead: true,
          KeyConditionExpression: `#domain = :domain${before === undefined ? '' : ' AND #version < :before'}`,
          ExpressionAttributeNames: {
            '#domain': 'domain',
            ...(before !== undefined && { '#version': 'version' }),
          },
          ExpressionAttributeValues: {
            ':domain': listKey(domain),
            ...(before !== undefined && { ':before': before }),
          },
          ScanIndexForward: false,
          Limit: limit + 1,
        }),
      );
      const shown = Items.slice(0, limit);
      const rows = await this.#readRows(shown.map(({ id }) => String(id)));
      return { items: rows, next: Items.length > limit ? String(shown.at(-1)?.version) : null };
    });
  }

  /** In the order of `ids`; at most a hundred. */
  async #readRows(ids: readonly string[]): Promise<RetrainingStatus[]> {
    const rows: Row[] = [];
    for (let left: Record<string, unknown>[] = ids.map(statusKey); left.length > 0; ) {
      const { Responses, UnprocessedKeys } = await this.#client.send(
        new BatchGetCommand({ RequestItems: { [this.#table]: { Keys: left, ConsistentRead: true } } }),
      );
      rows.push(...((Responses?.[this.#table] ?? []) as Row[]));
      left = UnprocessedKeys?.[this.#table]?.Keys ?? [];
    }
    const byId = new Map(rows.map((row) => [row.id, row]));
    return ids.flatMap((id) => (byId.has(id) ? [asStatus(byId.get(id)!)] : []));
  }

  async #row(id: string): Promise<Row | undefined> {
    return await doing(`reading retraining ${id}`, async () => {
      const Key = statusKey(id);
      const { Item } = await this.#client.send(
        new GetCommand({ TableName: this.#table, Key, ConsistentRead: true }),
      );
      return Item as Row | undefined;
    });
  }

  async #update(id: string, attributes: Readonly<Record<string, unknown>>): Promise<boolean> {
    return await unlessRefused(`marking retraining ${id} as ${attributes.step ?? attributes.state}`, () =>
      this.#client.send(new UpdateCommand(this.#updateOf(id, attributes))),
    );
  }

  #updateOf(id: string, attributes: Readonly<Record<string, unknown>>) {
    const set = { ...attributes, updated_at: this.#time() };
    const names = Object.keys(set);
    return {
      TableName: this.#table,
      Key: statusKey(id),
      UpdateExpression: `SET ${names.map((name) => `#${name} = :${name}`).join(', ')}${
        'task_token' in set ? '' : ' REMOVE task_token'
      }`,
      ConditionExpression: 'ended = :open',
      ExpressionAttributeNames: Object.fromEntries(names.map((name) => [`#${name}`, name])),
      ExpressionAttributeValues: {
        ':open': false,
        ...Object.fromEntries(Object.entries(set).map(([name, value]) => [`:${name}`, value])),
      },
    };
  }

  #time(): string {
    return new Date(this.#now()).toISOString();
  }
}

function endOf(outcome: RetrainingOutcome, reason: string) {
  return { state: outcome, reason, ended: true };
}

function statusKey(id: string): { domain: string; version: 'status' } {
  return { domain: `retraining#${id}`, version: 'status' };
}

function latestKey(domain: string): { domain: string; version: 'latest' } {
  return { domain: `retrainings-latest#${domain}`, version: 'latest' };
}

function listKey(domain: string): string {
  return `retrainings#${domain}`;
}

function asStatus(row: Row): RetrainingStatus {
  const { id, of, state, step, started_by, started_at, updated_at, reason, challenger } = row;
  return { id, domain: of, state, step, started_by, started_at, updated_at, reason, challenger };
}
