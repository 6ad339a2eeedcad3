/** Mentions in the table of flags: written with the act that makes them, gone when the person is done with the case. */
import { DeleteCommand, type DynamoDBDocumentClient, GetCommand } from '@aws-sdk/lib-dynamodb';
import type { Mention, MentionMade } from '../cases/mention.ts';
import { type AssayEvent, makeEvent } from '../events/event-schemas.ts';
import { mentionKey, mentionsKey } from './case-keys.ts';
import { queryAll } from './query-all.ts';
import { doing, unlessRefused } from './store-error.ts';
import type { Write } from './transaction.ts';

/** A later mention in the same case takes the place of the one before. */
export function mentionWrites(TableName: string, { domain, caseId, by, at, people }: MentionMade): Write[] {
  return people.map((person) => ({
    Put: { TableName, Item: { ...mentionKey(person, domain, caseId), by, at } },
  }));
}

export function mentionEvents({ domain, caseId, at, people }: MentionMade): AssayEvent[] {
  return people.map((person) => makeEvent('PersonMentioned', { at, domain, case: caseId, person }));
}

/** Reads and ends the mentions of people in cases; what makes them is written with the act: `mentionWrites`. */
export class MentionTable {
  readonly #client: DynamoDBDocumentClient;
  readonly #table: string;

  constructor(client: DynamoDBDocumentClient, table: string) {
    this.#client = client;
    this.#table = table;
  }

  /** Of this person in these domains, in any order. */
  async of(domains: readonly string[], person: string): Promise<Mention[]> {
    return await doing('reading the mentions of a person', async () => {
      const items = await queryAll(this.#client, {
        TableName: this.#table,
        ConsistentRead: true,
        KeyConditionExpression: 'flag = :mentioned',
        ExpressionAttributeValues: { ':mentioned': mentionsKey(person) },
      });
      return items.filter(({ item }) => domains.includes(domainOf(String(item)))).map(asMention);
    });
  }

  /** Null: the person is mentioned there no more, or never was. */
  async inCase(domain: string, caseId: string, person: string): Promise<Mention | null> {
    return await doing(`reading a mention in case ${caseId}`, async () => {
      const Key = mentionKey(person, domain, caseId);
      const { Item } = await this.#client.send(
        new GetCommand({ TableName: this.#table, Key, ConsistentRead: true }),
      );
      return Item === undefined ? null : asMention(Item);
    });
  }

  /** A later mention than the one that was seen (`at`) stays: the person has not read that. False: so it is, or there is none. */
  async end(
    domain: string,
    { caseId, at }: Pick<Mention, 'caseId' | 'at'>,
    person: string,
  ): Promise<boolean> {
    return await unlessRefused(`ending a mention in case ${caseId}`, () =>
      this.#client.send(
        new DeleteCommand({
          TableName: this.#table,
          Key: mentionKey(person, domain, caseId),
          ConditionExpression: '#at = :at',
          ExpressionAttributeNames: { '#at': 'at' },
          ExpressionAttributeValues: { ':at': at },
        }),
      ),
    );
  }
}

function domainOf(item: string): string {
  return item.split('#', 1)[0]!;
}

function asMention({ item, by, at }: Readonly<Record<string, unknown>>): Mention {
  return { caseId: String(item).slice(domainOf(String(item)).length + 1), by: String(by), at: String(at) };
}
