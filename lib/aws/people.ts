/**
 * Display names of people, beside the ids that acts are known by: what the last token of a person said, kept in the table of drops;
 * of an AWS identity the readable end of its ARN.
 *
 *     pk 'person#<id>', sk 'person'    name, at
 *     pk 'person#', sk <id>            name, roles, seen: who came in which roles, and on which day last
 */
import { BatchGetCommand, type DynamoDBDocumentClient, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { arnName, identityKind, type NameOf } from '../actor.ts';
import { DAY_MS, dayOf } from '../days.ts';
import type { KnownUser } from '../oversight/stack-state.ts';
import { queryAll } from './query-all.ts';
import { doing, unlessRefused } from './store-error.ts';

/** A name may have changed meanwhile: it is asked for again after so long. */
const FRESH_MS = 5 * 60_000;
const MAX_REMEMBERED = 10_000;
const BATCH = 100;
/** Who did not come for so long is not listed. */
const LISTED_MS = 400 * DAY_MS;
/** The partition of all people. */
const ALL = 'person#';

interface Remembered {
  readonly name: string | null;
  readonly until: number;
}

export class People {
  readonly #client: DynamoDBDocumentClient;
  readonly #table: string;
  readonly #now: () => number;
  readonly #known = new Map<string, Remembered>();
  /** What was noted of whom: once a day, or when it changes. */
  readonly #noted = new Map<string, string>();

  constructor(client: DynamoDBDocumentClient, table: string, now: () => number = Date.now) {
    this.#client = client;
    this.#table = table;
    this.#now = now;
  }

  /** A token of this person says this name and these roles. Written only where they are new or others than before. */
  async meet(id: string, name: string, roles: readonly string[] = []): Promise<void> {
    if (identityKind(id) !== 'token') return;
    if (this.#remembered(id)?.name !== name) await this.#name(id, name);
    if (roles.length > 0) await this.#note(id, name, roles);
  }

  /** A token of this person has no role any more. */
  async loseRoles(id: string): Promise<void> {
    if (identityKind(id) !== 'token') return;
    this.#noted.delete(id);
    await unlessRefused('noting that a person has no role', () =>
      this.#client.send(
        new UpdateCommand({
          TableName: this.#table,
          Key: { pk: ALL, sk: id },
          UpdateExpression: 'SET #roles = :none',
          ConditionExpression: 'attribute_exists(pk)',
          ExpressionAttributeNames: { '#roles': 'roles' },
          ExpressionAttributeValues: { ':none': [] },
        }),
      ),
    );
  }

  async #name(id: string, name: string): Promise<void> {
    await unlessRefused('storing the name of a person', () =>
      this.#client.send(
        new UpdateCommand({
          TableName: this.#table,
          Key: keyOf(id),
          UpdateExpression: 'SET #name = :name, #at = :at',
          ConditionExpression: 'attribute_not_exists(pk) OR #name <> :name',
          ExpressionAttributeNames: { '#name': 'name', '#at': 'at' },
          ExpressionAttributeValues: { ':name': name, ':at': new Date(this.#now()).toISOString() },
        }),
      ),
    );
    this.#remember(id, name);
  }

  /** Who came with a role. */
  async seen(): Promise<KnownUser[]> {
    return await doing('reading who came', async () => {
      const items = await queryAll(this.#client, {
        TableName: this.#table,
        KeyConditionExpression: 'pk = :all',
        ExpressionAttributeValues: { ':all': ALL },
      });
      return items.map(({ sk, name, roles, seen }) => ({
        ...{ id: String(sk), name: String(name), seen: String(seen) },
        roles: (roles as string[]) ?? [],
      }));
    });
  }

  async #note(id: string, name: string, roles: readonly string[]): Promise<void> {
    const seen = dayOf(this.#now());
    const noted = JSON.stringify([name, roles, seen]);
    if (this.#noted.get(id) === noted) return;
    await doing('noting who came', () =>
      this.#client.send(
        new UpdateCommand({
          TableName: this.#table,
          Key: { pk: ALL, sk: id },
          UpdateExpression: 'SET #name = :name, #roles = :roles, #seen = :seen, expires_at = :expires',
          ExpressionAttributeNames: { '#name': 'name', '#roles': 'roles', '#seen': 'seen' },
          ExpressionAttributeValues: {
            ...{ ':name': name, ':roles': [...roles], ':seen': seen },
            ':expires': Math.ceil((this.#now() + LISTED_MS) / 1000),
          },
        }),
      ),
    );
    if (this.#noted.size >= MAX_REMEMBERED) this.#noted.clear();
    this.#noted.set(id, noted);
  }

  /** The present names of these, as far as there are any. */
  async namesOf(ids: Iterable<string>): Promise<NameOf> {
    const tokens = [...new Set(ids)].filter((id) => id !== '' && identityKind(id) === 'token');
    const unknown = tokens.filter((id) => this.#remembered(id) === undefined);
    for (let from = 0; from < unknown.length; from += BATCH)
      await this.#read(unknown.slice(from, from + BATCH));
    const names = new Map(tokens.map((id) => [id, this.#remembered(id)?.name ?? null]));
    return (id) => (identityKind(id) === 'aws' ? arnName(id) : (names.get(id) ?? null));
  }

  async #read(ids: readonly string[]): Promise<void> {
    await doing('reading the names of people', async () => {
      const found = new Map<string, string>();
      for (let left: Record<string, unknown>[] = ids.map(keyOf); left.length > 0; ) {
        const { Responses, UnprocessedKeys } = await this.#client.send(
          new BatchGetCommand({ RequestItems: { [this.#table]: { Keys: left } } }),
        );
        for (const { pk, name } of Responses?.[this.#table] ?? []) found.set(String(pk), String(name));
        left = UnprocessedKeys?.[this.#table]?.Keys ?? [];
      }
      for (const id of ids) this.#remember(id, found.get(keyOf(id).pk) ?? null);
    });
  }

  #remembered(id: string): Remembered | undefined {
    const found = this.#known.get(id);
    return found !== undefined && found.until > this.#now() ? found : undefined;
  }

  #remember(id: string, name: string | null): void {
    if (this.#known.size >= MAX_REMEMBERED) this.#known.clear();
    this.#known.set(id, { name, until: this.#now() + FRESH_MS });
  }
}

function keyOf(id: string): { pk: string; sk: 'person' } {
  return { pk: `person#${id}`, sk: 'person' };
}
