/**
 * What people stopped, and the drops that wait because of it, in the table of drops.
 *
 *     pk 'stop#<domain>', sk 'domain' or 'model#<version>'     stopped, by, at, reason: of the last stop or resumption
 *     pk 'waiting#<domain>', sk '<received at>#<drop id>'      drop, attempt: in order of arrival
 */
import { DeleteCommand, type DynamoDBDocumentClient, PutCommand, QueryCommand } from '@aws-sdk/lib-dynamodb';
import type { AuditAct } from '../audit/audit-entry.ts';
import type { DropRef } from '../drops/flow.ts';
import type { AssayEvent } from '../events/event-schemas.ts';
import type { Stop, StopStore } from '../oversight/stop.ts';
import type { AuditChain } from './audit-chain.ts';
import { queryAll } from './query-all.ts';
import { doing, unlessRefused } from './store-error.ts';

interface StopRow extends Omit<Stop, 'domain'> {
  readonly stopped: boolean;
}

export class StopTable implements StopStore {
  readonly #client: DynamoDBDocumentClient;
  readonly #table: string;
  readonly #audit: Pick<AuditChain, 'appendWith'>;

  constructor(client: DynamoDBDocumentClient, table: string, audit: Pick<AuditChain, 'appendWith'>) {
    this.#client = client;
    this.#table = table;
    this.#audit = audit;
  }

  /** Read consistently: a stop counts from the moment that it is answered. */
  async active(domain: string): Promise<Stop[]> {
    return await activeStops(this.#client, this.#table, domain);
  }

  async stop(stop: Stop, act: AuditAct, event: AssayEvent): Promise<boolean> {
    return await this.#turn(stop, true, act, event);
  }

  async resume(stop: Stop, act: AuditAct, event: AssayEvent): Promise<boolean> {
    return await this.#turn(stop, false, act, event);
  }

  async #turn(
    { domain, model, by, at, reason }: Stop,
    stopped: boolean,
    act: AuditAct,
    event: AssayEvent,
  ): Promise<boolean> {
    const row: StopRow = { model, by, at, reason, stopped };
    const Put = {
      TableName: this.#table,
      Item: { pk: `stop#${domain}`, sk: model === null ? 'domain' : `model#${model}`, ...row },
      ConditionExpression: stopped ? 'attribute_not_exists(pk) OR stopped = :before' : 'stopped = :before',
      ExpressionAttributeValues: { ':before': !stopped },
    };
    return await this.#audit.appendWith(domain, [act], [{ Put }], [event]);
  }
}

/** For those that only ask. */
export async function activeStops(
  client: DynamoDBDocumentClient,
  table: string,
  domain: string,
): Promise<Stop[]> {
  const rows = await doing(`reading whether ${domain} is stopped`, () =>
    queryAll(client, {
      TableName: table,
      ConsistentRead: true,
      KeyConditionExpression: 'pk = :pk',
      ExpressionAttributeValues: { ':pk': `stop#${domain}` },
    }),
  );
  return (rows as unknown as readonly StopRow[])
    .filter(({ stopped }) => stopped)
    .map(({ model, by, at, reason }) => ({ domain, model, by, at, reason }));
}

export interface WaitingDrop {
  readonly drop: DropRef;
  readonly attempt: number;
}

/** The drops that a stop holds back, until it is lifted. */
export class WaitingDrops {
  readonly #client: DynamoDBDocumentClient;
  readonly #table: string;

  constructor(client: DynamoDBDocumentClient, table: string) {
    this.#client = client;
    this.#table = table;
  }

  /** Published twice, it waits once. */
  async add({ drop, attempt }: WaitingDrop): Promise<void> {
    const Item = { ...keyOf(drop), drop, attempt };
    await doing(`putting drop ${drop.id} in the queue of ${drop.domain}`, () =>
      this.#client.send(new PutCommand({ TableName: this.#table, Item })),
    );
  }

  /** In order of arrival. */
  async oldest(domain: string, limit: number): Promise<WaitingDrop[]> {
    return await doing(`reading which drops of ${domain} wait`, async () => {
      const { Items = [] } = await this.#client.send(new QueryCommand({ ...this.#of(domain), Limit: limit }));
      return Items as WaitingDrop[];
    });
  }

  async count(domain: string): Promise<number> {
    return await doing(`counting the drops of ${domain} that wait`, async () => {
      let count = 0;
      let after: Record<string, unknown> | undefined;
      do {
        const page = await this.#client.send(
          new QueryCommand({ ...this.#of(domain), Select: 'COUNT', ExclusiveStartKey: after }),
        );
        count += page.Count ?? 0;
        after = page.LastEvaluatedKey;
      } while (after !== undefined);
      return count;
    });
  }

  /** Unless a later attempt waits by now. */
  async remove({ drop, attempt }: WaitingDrop): Promise<void> {
    await unlessRefused(`taking drop ${drop.id} out of the queue of ${drop.domain}`, () =>
      this.#client.send(
        new DeleteCommand({
          TableName: this.#table,
          Key: keyOf(drop),
          ConditionExpression: 'attribute_not_exists(pk) OR attempt <= :attempt',
          ExpressionAttributeValues: { ':attempt': attempt },
        }),
      ),
    );
  }

  #of(domain: string) {
    return {
      TableName: this.#table,
      ConsistentRead: true,
      KeyConditionExpression: 'pk = :pk',
      ExpressionAttributeValues: { ':pk': `waiting#${domain}` },
    };
  }
}

function keyOf({ domain, receivedAt, id }: DropRef): { pk: string; sk: string } {
  return { pk: `waiting#${domain}`, sk: `${receivedAt}#${id}` };
}
