/**
 * Drops whose logs are sealed and not yet in the log of their domain: noted here as often as it takes, taken into the log once. Drops
 * and requests end many at a time; each adding to the log itself, they would wait for one another at its head.
 *
 *     pk 'audit-due#<domain>', sk <drop>        act (JSON)
 *     pk 'audit-noted#<drop>', sk 'noted'       it was noted, and is not again
 */
import { type DynamoDBDocumentClient, QueryCommand, TransactWriteCommand } from '@aws-sdk/lib-dynamodb';
import type { AuditAct } from '../audit/audit-entry.ts';
import type { SealedDrop } from '../drops/sealed-drop.ts';
import type { AuditChain } from './audit-chain.ts';
import { doing, unlessRefused } from './store-error.ts';
import type { Write } from './transaction.ts';

/** What a transaction takes: an act is two items, its note one, the head one; 100 are allowed. */
const MAX_AT_ONCE = 30;

export class DueDrops {
  readonly #client: DynamoDBDocumentClient;
  readonly #table: string;

  constructor(client: DynamoDBDocumentClient, table: string) {
    this.#client = client;
    this.#table = table;
  }

  async note(sealed: SealedDrop): Promise<void> {
    const { drop, domain } = sealed;
    const put = (Item: Record<string, unknown>): Write => {
      return { Put: { TableName: this.#table, Item, ConditionExpression: 'attribute_not_exists(pk)' } };
    };
    const TransactItems = [
      put({ pk: `audit-due#${domain}`, sk: drop, act: JSON.stringify(actOf(sealed)) }),
      put({ pk: `audit-noted#${drop}`, sk: 'noted' }),
    ];
    await unlessRefused(`noting that ${drop} is due for the log of ${domain}`, () =>
      this.#client.send(new TransactWriteCommand({ TransactItems })),
    );
  }

  /** Adds all that are due to the log. Another that does so at the same time takes some of them, none twice. */
  async take(domain: string, chain: AuditChain): Promise<number> {
    for (let taken = 0; ; ) {
      const due = await this.#some(domain);
      if (due.length === 0) return taken;
      const notes = due.map(({ sk }): Write => {
        const Key = { pk: `audit-due#${domain}`, sk };
        return { Delete: { TableName: this.#table, Key, ConditionExpression: 'attribute_exists(pk)' } };
      });
      const acts = due.map(({ act }) => JSON.parse(act) as AuditAct);
      // Refused: another has taken one of them. What is left is read again.
      if (await chain.appendWith(domain, acts, notes)) taken += due.length;
    }
  }

  async #some(domain: string): Promise<{ readonly sk: string; readonly act: string }[]> {
    return await doing(`reading what is due for the log of ${domain}`, async () => {
      const { Items = [] } = await this.#client.send(
        new QueryCommand({
          TableName: this.#table,
          ConsistentRead: true,
          KeyConditionExpression: 'pk = :due',
          ExpressionAttributeValues: { ':due': `audit-due#${domain}` },
          Limit: MAX_AT_ONCE,
        }),
      );
      return Items.map(({ sk, act }) => ({ sk: String(sk), act: String(act) }));
    });
  }
}

function actOf({ drop, entries, head, root, sealedAt }: SealedDrop): AuditAct {
  return { event: 'drop_sealed', actor: 'assay', subject: drop, at: sealedAt, data: { entries, head, root } };
}
