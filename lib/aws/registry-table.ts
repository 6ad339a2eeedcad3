/**
 * The registry of a domain's models, and the pointer to the one that serves, as one write: a registry and a transition of it
 * in, both stored with what the audit log says of it and others are to hear, or nothing. Anyone who wrote meanwhile is not written over.
 *
 *     '<domain>', 'registry'    registry (JSON), revision
 *     '<domain>', 'champion'    { model, threshold?, card? }    what scoring reads (lib/aws/model-table.ts)
 *     'domains', '<domain>'     a domain with a model of its own
 */
import { type DynamoDBDocumentClient, GetCommand } from '@aws-sdk/lib-dynamodb';
import type { AssayEvent } from '../events/event-schemas.ts';
import {
  type ChampionPointer,
  emptyRegistry,
  type ModelRegistry,
  pointerOf,
  type Transition,
} from '../registry/registry-state.ts';
import type { AuditChain } from './audit-chain.ts';
import { doing } from './store-error.ts';
import type { Write } from './transaction.ts';

interface AlsoWritten {
  readonly events?: readonly AssayEvent[];
}

export type DoneTransition = Extract<Transition, { readonly done: true }>;

export class RegistryTable {
  readonly #client: DynamoDBDocumentClient;
  readonly #table: string;
  readonly #audit: AuditChain;

  constructor(client: DynamoDBDocumentClient, table: string, audit: AuditChain) {
    this.#client = client;
    this.#table = table;
    this.#audit = audit;
  }

  /** An empty one where nothing was ever registered. */
  async read(domain: string): Promise<ModelRegistry> {
    return await doing(`reading the registry of ${domain}`, async () => {
      const Key = { domain, version: 'registry' };
      const { Item } = await this.#client.send(
        new GetCommand({ TableName: this.#table, Key, ConsistentRead: true }),
      );
      return Item === undefined
        ? emptyRegistry(domain)
        : (JSON.parse(String(Item.registry)) as ModelRegistry);
    });
  }

  /**
   * False: someone was faster; read again. The pointer follows the registry. `events` are stored with it, and then to be
   * published.
   */
  async write(
    domain: string,
    before: ModelRegistry,
    { registry: after, acts }: DoneTransition,
    { events = [] }: AlsoWritten = {},
  ): Promise<boolean> {
    const [was, is] = [pointerOf(before), pointerOf(after)];
    const writes = [
      this.#registryWrite(before.revision, after),
      ...(is === null || JSON.stringify(is) === JSON.stringify(was) ? [] : this.#pointerWrites(domain, is)),
    ];
    return await this.#audit.appendWith(domain, acts, writes, events);
  }

  #registryWrite(revision: number, after: ModelRegistry): Write {
    const isFirst = revision === 0;
    return {
      Put: {
        TableName: this.#table,
        Item: {
          domain: after.domain,
          version: 'registry',
          registry: JSON.stringify(after),
          revision: after.revision,
        },
        ConditionExpression: isFirst ? 'attribute_not_exists(revision)' : 'revision = :revision',
        ...(!isFirst && { ExpressionAttributeValues: { ':revision': revision } }),
      },
    };
  }

  #pointerWrites(domain: string, pointer: ChampionPointer): Write[] {
    const TableName = this.#table;
    return [
      { Put: { TableName, Item: { domain, version: 'champion', ...pointer } } },
      { Put: { TableName, Item: { domain: 'domains', version: domain } } },
    ];
  }
}
