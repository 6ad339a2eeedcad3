/**
 * What became of each labels file, in the table of drops. That it was taken and the audit log's entry of it are one write; a file
 * that has come to its end stays so, however often it is announced.
 *
 *     pk 'labels#<id>', sk 'status'          indexes `recent` (recent_all = 'labels') and `domain` (domain = 'labels#<domain>')
 */
import { type DynamoDBDocumentClient, GetCommand, PutCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import type { DropRef } from '../drops/flow.ts';
import type { DomainScope } from '../packs/domain-scope.ts';
import type { LabelCounts, LabelsState, LabelsStatus } from '../reviews/labels-status.ts';
import { labelsId } from '../reviews/labels-status.ts';
import type { LabelFault } from '../reviews/read-labels.ts';
import { type ArrivedQuery, readArrivedPage } from './arrived-page.ts';
import type { AuditChain } from './audit-chain.ts';
import { domainOfItem } from './domain-of-item.ts';
import { doing, unlessRefused } from './store-error.ts';

const SYSTEM_ACTOR = 'assay';

export interface LabelsPage {
  /** The newest first. */
  readonly items: readonly LabelsStatus[];
  /** `before` of the next page; null at the end. */
  readonly next: string | null;
}

interface Row extends Omit<LabelsStatus, 'domain'> {
  readonly of: string;
  readonly arrived: string;
}

export class LabelsTable {
  readonly #client: DynamoDBDocumentClient;
  readonly #table: string;
  readonly #audit: AuditChain;
  readonly #now: () => number;

  /** `now` gives milliseconds since 1970. */
  constructor(client: DynamoDBDocumentClient, table: string, audit: AuditChain, now: () => number) {
    this.#client = client;
    this.#table = table;
    this.#audit = audit;
    this.#now = now;
  }

  /** The file as it stands, put on record if it was not; `by` is who sent it. `isKeyed`: its claims are written anew, with keyed ids. */
  async receive(object: DropRef, by: string | null = null, isKeyed = false): Promise<LabelsStatus> {
    const { domain, key, version, bytes, receivedAt } = object;
    const id = labelsId(object.id);
    const row: Row = {
      ...{ id, of: domain, state: 'received', key, version, bytes, by },
      ...{ received_at: receivedAt, updated_at: this.#time(), arrived: `${receivedAt}#${id}` },
      ...{ counts: null, faults: [], fault_count: 0, reason: null },
      ...(isKeyed && { keyed: true }),
    };
    const isNew = await unlessRefused(`receiving the labels file ${id}`, () =>
      this.#client.send(
        new PutCommand({
          TableName: this.#table,
          Item: { ...statusKey(id), ...row, recent_all: 'labels', domain: partitionOf(domain) },
          ConditionExpression: 'attribute_not_exists(pk)',
        }),
      ),
    );
    return isNew ? asStatus(row) : (await this.get(id))!;
  }

  /** False: it has come to its end before. */
  async done({ id, domain, key, by }: LabelsStatus, counts: LabelCounts): Promise<boolean> {
    const act = {
      ...({ event: 'labels_taken', actor: by ?? SYSTEM_ACTOR, subject: id, at: this.#time() } as const),
      data: { file: key, ...counts },
    };
    return await this.#audit.appendWith(domain, [act], [{ Update: this.#ending(id, 'done', { counts }) }]);
  }

  /** `count` is of all its faults, `faults` the first. False: it has come to its end before. */
  async failed(
    id: string,
    reason: string,
    faults: readonly LabelFault[],
    count = faults.length,
  ): Promise<boolean> {
    const ending = this.#ending(id, 'failed', { reason, faults, fault_count: count });
    return await unlessRefused(`refusing the labels file ${id}`, () =>
      this.#client.send(new UpdateCommand(ending)),
    );
  }

  async get(id: string): Promise<LabelsStatus | null> {
    const Item = await this.#read(statusKey(id));
    return Item === undefined ? null : asStatus(Item as unknown as Row);
  }

  /** Null: there is no such labels file. */
  async domainOf(id: string): Promise<string | null> {
    return await domainOfItem(this.#client, this.#table, statusKey(id), 'of');
  }

  async list({ scope, ...query }: ArrivedQuery & { scope: DomainScope }): Promise<LabelsPage> {
    const places =
      scope === 'all'
        ? [['recent', 'labels'] as const]
        : scope.map((domain) => ['domain', partitionOf(domain)] as const);
    return await doing('listing labels files', async () => {
      const { rows, next } = await readArrivedPage<Row>(this.#client, this.#table, places, query);
      return { items: rows.map(asStatus), next };
    });
  }

  async #read(Key: Readonly<Record<string, string>>): Promise<Record<string, unknown> | undefined> {
    return await doing('reading what became of a labels file', async () => {
      const { Item } = await this.#client.send(
        new GetCommand({ TableName: this.#table, Key, ConsistentRead: true }),
      );
      return Item;
    });
  }

  #ending(id: string, state: LabelsState, attributes: Readonly<Record<string, unknown>>) {
    const set = { state, updated_at: this.#time(), ...attributes };
    const names = Object.keys(set);
    return {
      TableName: this.#table,
      Key: statusKey(id),
      UpdateExpression: `SET ${names.map((name) => `#${name} = :${name}`).join(', ')}`,
      ConditionExpression: '#state = :received',
      ExpressionAttributeNames: Object.fromEntries(names.map((name) => [`#${name}`, name])),
      ExpressionAttributeValues: {
        ':received': 'received',
        ...Object.fromEntries(Object.entries(set).map(([name, value]) => [`:${name}`, value])),
      },
    };
  }

  #time(): string {
    return new Date(this.#now()).toISOString();
  }
}

function statusKey(id: string): { pk: string; sk: 'status' } {
  return { pk: `labels#${id}`, sk: 'status' };
}

function partitionOf(domain: string): string {
  return `labels#${domain}`;
}

function asStatus(row: Row): LabelsStatus {
  const { id, of: domain, state, key, version, bytes, by, received_at, updated_at } = row;
  const { counts, faults, fault_count, reason, keyed } = row;
  return {
    ...{ id, domain, state, key, version, bytes, by, received_at, updated_at },
    ...{ counts, faults, fault_count, reason },
    ...(keyed !== undefined && { keyed }),
  };
}
