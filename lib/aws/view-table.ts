/**
 * Views of the queue in the table of flags: a shelf is one item, so that its limits and names hold when several write at the same moment.
 *
 *     flag = 'views#<domain>', item = 'of#<person>' or 'shared'    views, version: of the shelf
 *
 * A change of what is shared is an act in the audit log, in the same transaction.
 */
import { type DynamoDBDocumentClient, TransactWriteCommand } from '@aws-sdk/lib-dynamodb';
import type { AuditAct } from '../audit/audit-entry.ts';
import type { Shelf, ShelfName, Shelves } from '../cases/queue-views.ts';
import { untilWritten } from '../until-written.ts';
import type { AuditChain } from './audit-chain.ts';
import { getAllItems } from './get-all-items.ts';
import { doing, unlessOvertaken } from './store-error.ts';
import type { Write } from './transaction.ts';

const MAX_ATTEMPTS = 8;
const NAMES = ['own', 'shared'] as const satisfies readonly ShelfName[];

interface StoredShelf {
  readonly views: Shelf;
  /** 0: there is none yet. */
  readonly version: number;
}

type Stored = Readonly<Record<ShelfName, StoredShelf>>;

export class ViewTable {
  readonly #client: DynamoDBDocumentClient;
  readonly #table: string;
  readonly #audit: Pick<AuditChain, 'appendWith'>;

  constructor(client: DynamoDBDocumentClient, table: string, audit: Pick<AuditChain, 'appendWith'>) {
    this.#client = client;
    this.#table = table;
    this.#audit = audit;
  }

  async read(domain: string, person: string): Promise<Shelves> {
    const { own, shared } = await this.#read(domain, person);
    return { own: own.views, shared: shared.views };
  }

  /** `change` is asked again where another changed a shelf meanwhile. Resolves to what it answered last. */
  async change<Result extends { readonly shelves: Shelves; readonly act: AuditAct | null }>(
    domain: string,
    person: string,
    change: (shelves: Shelves) => Result,
  ): Promise<Result> {
    const attempt = async (): Promise<Result | undefined> => {
      const before = await this.#read(domain, person);
      const result = change({ own: before.own.views, shared: before.shared.views });
      return (await this.#write(domain, person, before, result)) ? result : undefined;
    };
    const overtaken = () => new Error(`the views of ${domain} change too fast to be written`);
    return await untilWritten(MAX_ATTEMPTS, attempt, overtaken);
  }

  async #read(domain: string, person: string): Promise<Stored> {
    return await doing(`reading the views of ${domain}`, async () => {
      const keys = NAMES.map((name) => keyOf(domain, person, name));
      const found = await getAllItems(this.#client, this.#table, keys);
      const shelfOf = (name: ShelfName): StoredShelf => {
        const row = found.find(({ item }) => item === keyOf(domain, person, name).item);
        return row === undefined ? { views: [], version: 0 } : (row as unknown as StoredShelf);
      };
      return { own: shelfOf('own'), shared: shelfOf('shared') };
    });
  }

  async #write(
    domain: string,
    person: string,
    before: Stored,
    { shelves, act }: { readonly shelves: Shelves; readonly act: AuditAct | null },
  ): Promise<boolean> {
    const writes = NAMES.filter((name) => shelves[name] !== before[name].views).map((name): Write => {
      const { version } = before[name];
      const Item = { ...keyOf(domain, person, name), views: [...shelves[name]], version: version + 1 };
      const condition =
        version === 0
          ? { ConditionExpression: 'attribute_not_exists(flag)' }
          : {
              ConditionExpression: '#version = :before',
              ExpressionAttributeNames: { '#version': 'version' },
              ExpressionAttributeValues: { ':before': version },
            };
      return { Put: { TableName: this.#table, Item, ...condition } };
    });
    if (act !== null) return await this.#audit.appendWith(domain, [act], writes);
    return await unlessOvertaken(`writing the views of ${domain}`, () =>
      this.#client.send(new TransactWriteCommand({ TransactItems: writes })),
    );
  }
}

function keyOf(domain: string, person: string, name: ShelfName): { flag: string; item: string } {
  return { flag: `views#${domain}`, item: name === 'shared' ? name : `of#${person}` };
}
