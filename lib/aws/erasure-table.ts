/**
 * Erasures, and what was decided on the keys of a domain, in the table of drops.
 *
 *     pk 'erasure#<id>', sk 'status'            index `domain` (domain = 'erasures#<domain>')
 *     pk 'erasure-of#<pseudonym>', sk 'open'    erasure: the one that is not at its end
 *     pk 'erasures', sk '<id>'                  approved, and not done yet
 *     pk 'erasure-law#<domain>', sk 'law'       version: one more with each decision, so that of two at once one decides anew
 *
 * The decisions themselves are acts of the domain's log, found by what all of them are about.
 */
import { type DynamoDBDocumentClient, GetCommand } from '@aws-sdk/lib-dynamodb';
import type { AuditAct } from '../audit/audit-entry.ts';
import type { DomainScope } from '../packs/domain-scope.ts';
import {
  type DomainLaw,
  type Erasure,
  type ErasureChange,
  type ErasureStore,
  hasEnded,
  lawSubject,
} from '../privacy/erasure.ts';
import { type ArrivedQuery, readArrivedPage } from './arrived-page.ts';
import type { AuditChain } from './audit-chain.ts';
import { domainOfItem } from './domain-of-item.ts';
import { queryAll } from './query-all.ts';
import { doing } from './store-error.ts';
import type { Write } from './transaction.ts';

interface Row extends Omit<Erasure, 'domain'> {
  readonly of: string;
  readonly arrived: string;
}

const UNDER_WAY = 'erasures';

export class ErasureTable implements ErasureStore {
  readonly #client: DynamoDBDocumentClient;
  readonly #table: string;
  readonly #audit: Pick<AuditChain, 'appendWith' | 'about'>;

  constructor(
    client: DynamoDBDocumentClient,
    table: string,
    audit: Pick<AuditChain, 'appendWith' | 'about'>,
  ) {
    this.#client = client;
    this.#table = table;
    this.#audit = audit;
  }

  /** The version is read first: what is decided after it makes a write by it fail. */
  async law(domain: string): Promise<DomainLaw> {
    const row = await this.#get({ pk: `erasure-law#${domain}`, sk: 'law' });
    const acts = await this.#audit.about(lawSubject(domain));
    const own = acts.filter((one) => one.domain === domain).map(({ entry }) => entry);
    return { entries: own, version: Number(row?.version ?? 0) };
  }

  async decide(domain: string, version: number, act: AuditAct): Promise<boolean> {
    return await this.#audit.appendWith(domain, [act], [this.#lawWrite(domain, version)]);
  }

  async get(id: string): Promise<Erasure | null> {
    const row = await this.#get(statusKey(id));
    return row === undefined ? null : asErasure(row as unknown as Row);
  }

  async openOf(pseudonym: string): Promise<string | null> {
    const row = await this.#get({ pk: `erasure-of#${pseudonym}`, sk: 'open' });
    return row === undefined ? null : String(row.erasure);
  }

  /** Null: there is none of that id. */
  async domainOf(id: string): Promise<string | null> {
    return await domainOfItem(this.#client, this.#table, statusKey(id), 'of');
  }

  /** Of the domains, the newest first. */
  async list(
    domains: Exclude<DomainScope, 'all'>,
    query: ArrivedQuery,
  ): Promise<{ readonly items: readonly Erasure[]; readonly next: string | null }> {
    return await doing('listing erasures', async () => {
      const places = domains.map((domain) => ['domain', partitionOf(domain)] as const);
      const { rows, next } = await readArrivedPage<Row>(this.#client, this.#table, places, query);
      return { items: rows.map(asErasure), next };
    });
  }

  /** Approved, and not done yet. */
  async underWay(): Promise<Erasure[]> {
    const rows = await doing('reading which erasures are under way', () =>
      queryAll(this.#client, {
        TableName: this.#table,
        ConsistentRead: true,
        KeyConditionExpression: 'pk = :pk',
        ExpressionAttributeValues: { ':pk': UNDER_WAY },
      }),
    );
    const found = await Promise.all(rows.map(({ sk }) => this.get(String(sk))));
    return found.filter((one) => one !== null && !hasEnded(one)) as Erasure[];
  }

  async write({ erasure, from, act, version }: ErasureChange): Promise<boolean> {
    const { domain, ...row } = erasure;
    const own = { ...row, of: domain, arrived: `${erasure.askedAt}#${erasure.id}` };
    const status: Write = {
      Put: {
        TableName: this.#table,
        Item: { ...statusKey(erasure.id), ...own, domain: partitionOf(domain) },
        ...(from === null
          ? { ConditionExpression: 'attribute_not_exists(pk)' }
          : {
              ConditionExpression: '#state = :from',
              ExpressionAttributeNames: { '#state': 'state' },
              ExpressionAttributeValues: { ':from': from },
            }),
      },
    };
    const law = version === null ? [] : [this.#lawWrite(domain, version)];
    const writes = [status, ...law, ...this.#openWrites(erasure, from)];
    return await this.#audit.appendWith(domain, act === null ? [] : [act], writes);
  }

  /** One at a time of a subject; approved, it is among those that are carried out, until it is done. */
  #openWrites({ id, pseudonym, state }: Erasure, from: Erasure['state'] | null): Write[] {
    const of = { pk: `erasure-of#${pseudonym}`, sk: 'open' };
    const underWay = { pk: UNDER_WAY, sk: id };
    const TableName = this.#table;
    const writes: Write[] = [];
    if (state === 'asked')
      writes.push({
        Put: {
          ...{ TableName, Item: { ...of, erasure: id } },
          ConditionExpression: 'attribute_not_exists(pk)',
        },
      });
    if (hasEnded({ state }) && from !== null) writes.push({ Delete: { TableName, Key: of } });
    if (state === 'approved') writes.push({ Put: { TableName, Item: underWay } });
    if (state === 'done') writes.push({ Delete: { TableName, Key: underWay } });
    return writes;
  }

  #lawWrite(domain: string, version: number): Write {
    return {
      Put: {
        TableName: this.#table,
        Item: { pk: `erasure-law#${domain}`, sk: 'law', version: version + 1 },
        ...(version === 0
          ? { ConditionExpression: 'attribute_not_exists(pk)' }
          : {
              ConditionExpression: '#version = :version',
              ExpressionAttributeNames: { '#version': 'version' },
              ExpressionAttributeValues: { ':version': version },
            }),
      },
    };
  }

  async #get(Key: Readonly<Record<string, string>>): Promise<Record<string, unknown> | undefined> {
    const { Item } = await doing('reading an erasure', () =>
      this.#client.send(new GetCommand({ TableName: this.#table, Key: { ...Key }, ConsistentRead: true })),
    );
    return Item;
  }
}

const statusKey = (id: string) => ({ pk: `erasure#${id}`, sk: 'status' }) as const;

const partitionOf = (domain: string): string => `erasures#${domain}`;

function asErasure(row: Row): Erasure {
  const { id, of, pseudonym, basis, by, askedAt, state, because, decidedBy, decidedAt, reason } = row;
  return {
    ...{ id, domain: of, pseudonym, basis, by, askedAt, state, because },
    ...{ decidedBy, decidedAt, reason, updatedAt: row.updatedAt },
  };
}
