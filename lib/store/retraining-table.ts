/**
 * How far each retraining has come. One that has ended stays as it ended: a step that runs late, or twice, changes nothing.
 *
 *     'retraining#<id>', 'status'                 how far it is; task_token while it waits for approval
 *     'retrainings#<domain>', '<started>#<id>'    that there is one
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
import type { RetrainingStatus } from '../retraining/retraining-status.ts';
import type { Write } from './audit-chain.ts';
import { domainOfItem } from './domain-of-item.ts';
import { doing, unlessRefused } from './store-error.ts';

export interface RetrainingPage {
  /** Those started last first. */
  readonly items: readonly RetrainingStatus[];
  /** `before` of the next page; null at the end. */
  readonly next: string | null;
}

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

  /** False: it is known already. */
  async start(retraining: { id: string; domain: string; startedBy: string }): Promise<boolean> {
    const { id, domain, startedBy } = retraining;
    const TableName = this.#table;
    const at = this.#time();
    const row = {
      ...{ id, of: domain, state: 'running', step: null, reason: null, challenger: null, ended: false },
      ...{ started_by: startedBy, started_at: at, updated_at: at },
    };
    return await unlessRefused(`starting retraining ${id}`, () =>
      this.#client.send(
        new TransactWriteCommand({
          TransactItems: [
            {
              Put: {
                TableName,
                Item: { ...statusKey(id), ...row },
                ConditionExpression: 'attribute_not_exists(id)',
              },
            },
            { Put: { TableName, Item: { domain: listKey(domain), version: `${at}#${id}`, id } } },
          ],
        }),
      ),
    );
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

function listKey(domain: string): string {
  return `retrainings#${domain}`;
}

function asStatus(row: Row): RetrainingStatus {
  const { id, of, state, step, started_by, started_at, updated_at, reason, challenger } = row;
  return { id, domain: of, state, step, started_by, started_at, updated_at, reason, challenger };
}
