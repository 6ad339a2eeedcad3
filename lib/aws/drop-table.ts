/**
 * How far each drop has come. A drop's item only ever moves forward: a stage that runs late, or twice, changes nothing,
 * and done stays done. Only an attempt with a higher number takes a drop back to its beginning: there is one only where the attempt
 * before failed or was stopped.
 *
 *     pk 'drop#<id>', sk 'status'; indexes `recent` (recent_all = 'all') and `domain`, both sorted by `arrived`
 */
import {
  type DynamoDBDocumentClient,
  GetCommand,
  PutCommand,
  TransactWriteCommand,
  UpdateCommand,
} from '@aws-sdk/lib-dynamodb';
import type { DropState, DropStatus, DropSummary } from '../drops/drop-status.ts';
import type { DropRef } from '../drops/flow.ts';
import type { AssayEvent } from '../events/event-schemas.ts';
import type { DomainScope } from '../packs/domain-scope.ts';
import { type ArrivedQuery, readArrivedPage } from './arrived-page.ts';
import { domainOfItem } from './domain-of-item.ts';
import { pendingEvents } from './outbox.ts';
import { doing, unlessRefused } from './store-error.ts';

const STEPS: Readonly<Record<DropState, number>> = {
  received: 0,
  planned: 1,
  reading: 2,
  scoring: 3,
  finishing: 4,
  done: 5,
  failed: 5,
};

/** The states between the plan and the end. */
export type WorkingState = Exclude<DropState, 'received' | 'planned' | 'done' | 'failed'>;

export interface DropPage {
  /** The newest first. */
  readonly items: readonly DropStatus[];
  /** `before` of the next page; null at the end. */
  readonly next: string | null;
}

interface DropRow {
  readonly id: string;
  readonly domain: string;
  readonly key: string;
  readonly sealedKey?: string;
  readonly version: string;
  readonly bytes: number;
  readonly receivedAt: string;
  readonly arrived: string;
  readonly state: DropState;
  readonly updatedAt: string;
  readonly attempt: number;
  readonly by?: string | null;
  readonly model?: string;
  readonly parts?: number;
  readonly scored_parts?: Set<string>;
  readonly summary?: DropSummary;
  readonly warnings?: readonly string[];
  readonly reason?: string;
  readonly sealedWords?: string;
  readonly results?: string;
  /** It is in the queue of its domain, which people stopped. */
  readonly waiting?: true;
}

/** Why a drop failed. */
export interface FailureReason {
  readonly reason: string;
  /** Of an erasable drop the words, which may quote the file, sealed under its key. */
  readonly sealedWords?: string | undefined;
}

export class DropTable {
  readonly #client: DynamoDBDocumentClient;
  readonly #table: string;
  readonly #now: () => number;

  /** `now` gives milliseconds since 1970. */
  constructor(client: DynamoDBDocumentClient, table: string, now: () => number) {
    this.#client = client;
    this.#table = table;
    this.#now = now;
  }

  /** `by` is who sent it. False if the drop is known already, and this is not a later attempt at one that is not done. */
  async receive(drop: DropRef, attempt: number, by: string | null = null): Promise<boolean> {
    const { id, domain, key, sealedKey, version, bytes, receivedAt } = drop;
    const row: DropRow = {
      ...{ id, domain, key, version, bytes, receivedAt, attempt, by },
      ...(sealedKey !== undefined && { sealedKey }),
      arrived: `${receivedAt}#${id}`,
      state: 'received',
      updatedAt: this.#time(),
    };
    return await unlessRefused(`receiving drop ${id}`, () =>
      this.#client.send(
        new PutCommand({
          TableName: this.#table,
          Item: { ...statusKey(id), ...row, step: STEPS.received, recent_all: 'all' },
          ConditionExpression: 'attribute_not_exists(pk) OR (#state <> :done AND attempt < :attempt)',
          ExpressionAttributeNames: { '#state': 'state' },
          ExpressionAttributeValues: { ':done': 'done', ':attempt': attempt },
        }),
      ),
    );
  }

  /** Whether it waits because its domain is stopped: of a drop that is received and no more. */
  async waits(id: string, attempt: number, isWaiting: boolean): Promise<void> {
    await unlessRefused(`noting whether drop ${id} waits`, () =>
      this.#client.send(
        new UpdateCommand({
          TableName: this.#table,
          Key: statusKey(id),
          UpdateExpression: isWaiting
            ? 'SET waiting = :waiting, updatedAt = :now'
            : 'REMOVE waiting SET updatedAt = :now',
          ConditionExpression: 'attribute_exists(pk) AND step = :received AND attempt = :attempt',
          ExpressionAttributeValues: {
            ...{ ':received': STEPS.received, ':attempt': attempt, ':now': this.#time() },
            ...(isWaiting && { ':waiting': true }),
          },
        }),
      ),
    );
  }

  /** `of` is the number of parts to be scored. */
  async planned(id: string, model: string, of: number): Promise<boolean> {
    return await this.#move(id, 'planned', { model, parts: of });
  }

  /** False if the drop was that far already, or has ended. */
  async state(id: string, state: WorkingState): Promise<boolean> {
    return await this.#move(id, state, {});
  }

  /** A part reported twice counts once. */
  async scoredPart(id: string, part: number): Promise<void> {
    await doing(`counting part ${part} of drop ${id}`, () =>
      this.#client.send(
        new UpdateCommand({
          TableName: this.#table,
          Key: statusKey(id),
          UpdateExpression: 'ADD scored_parts :part SET updatedAt = :now',
          ConditionExpression: 'attribute_exists(pk)',
          ExpressionAttributeValues: { ':part': new Set([String(part)]), ':now': this.#time() },
        }),
      ),
    );
  }

  /** `results` is the prefix in the data bucket. */
  async done(
    id: string,
    summary: DropSummary,
    results: string,
    warnings: readonly string[] = [],
  ): Promise<boolean> {
    return await this.#move(id, 'done', { summary, results, warnings });
  }

  /** With the event that says so, in one write. False if that attempt has ended before, or a later one has begun. */
  async failed(id: string, why: FailureReason, attempt: number, event?: AssayEvent): Promise<boolean> {
    const { reason, sealedWords } = why;
    const update = this.#moving(id, 'failed', {
      reason,
      ...(sealedWords !== undefined && { sealedWords }),
    });
    update.ConditionExpression += ' AND attempt = :attempt';
    update.ExpressionAttributeValues[':attempt'] = attempt;
    const also = event === undefined ? [] : [{ Put: pendingEvents(this.#table, [event]) }];
    return await unlessRefused(`marking drop ${id} as failed`, () =>
      this.#client.send(new TransactWriteCommand({ TransactItems: [{ Update: update }, ...also] })),
    );
  }

  /** What a drop that is about to fail leaves all the same. */
  async left(id: string, summary: DropSummary, results: string, warnings: readonly string[]): Promise<void> {
    await unlessRefused(`noting what drop ${id} leaves`, () =>
      this.#client.send(
        new UpdateCommand({
          TableName: this.#table,
          Key: statusKey(id),
          UpdateExpression: 'SET summary = :summary, #results = :results, warnings = :warnings',
          ConditionExpression: 'attribute_exists(pk) AND step < :end',
          ExpressionAttributeNames: { '#results': 'results' },
          ExpressionAttributeValues: {
            ...{ ':summary': summary, ':results': results, ':warnings': warnings, ':end': STEPS.failed },
          },
        }),
      ),
    );
  }

  async get(id: string): Promise<DropStatus | null> {
    return await doing(`reading drop ${id}`, async () => {
      const { Item } = await this.#client.send(
        new GetCommand({ TableName: this.#table, Key: statusKey(id), ConsistentRead: true }),
      );
      return Item === undefined ? null : asStatus(Item as DropRow);
    });
  }

  /** Null: there is no such drop. */
  async domainOf(id: string): Promise<string | null> {
    return await domainOfItem(this.#client, this.#table, statusKey(id));
  }

  async list({ scope, ...query }: ArrivedQuery & { scope: DomainScope }): Promise<DropPage> {
    const places =
      scope === 'all' ? [['recent', 'all'] as const] : scope.map((domain) => ['domain', domain] as const);
    return await doing('listing drops', async () => {
      const { rows, next } = await readArrivedPage<DropRow>(this.#client, this.#table, places, query);
      return { items: rows.map(asStatus), next };
    });
  }

  async #move(id: string, state: DropState, attributes: Readonly<Record<string, unknown>>): Promise<boolean> {
    return await unlessRefused(`marking drop ${id} as ${state}`, () =>
      this.#client.send(new UpdateCommand(this.#moving(id, state, attributes))),
    );
  }

  #moving(id: string, state: DropState, attributes: Readonly<Record<string, unknown>>) {
    const names = Object.keys(attributes);
    const sets = names.map((name) => `#${name} = :${name}`);
    const values: Record<string, unknown> = {
      ':state': state,
      ':step': STEPS[state],
      ':now': this.#time(),
      ...Object.fromEntries(names.map((name) => [`:${name}`, attributes[name]])),
    };
    return {
      TableName: this.#table,
      Key: statusKey(id),
      UpdateExpression: `SET ${['#state = :state', 'step = :step', 'updatedAt = :now', ...sets].join(', ')} REMOVE waiting`,
      ConditionExpression: 'attribute_exists(pk) AND step < :step',
      ExpressionAttributeNames: {
        '#state': 'state',
        ...Object.fromEntries(names.map((name) => [`#${name}`, name])),
      },
      ExpressionAttributeValues: values,
    };
  }

  #time(): string {
    return new Date(this.#now()).toISOString();
  }
}

function statusKey(id: string): { pk: string; sk: 'status' } {
  return { pk: `drop#${id}`, sk: 'status' };
}

function asStatus(row: DropRow): DropStatus {
  const { id, domain, state, key, version, bytes, receivedAt, updatedAt, attempt } = row;
  const scored = row.state === 'done' ? (row.parts ?? 0) : (row.scored_parts?.size ?? 0);
  return {
    ...{ id, domain, state, key, version, bytes, receivedAt, updatedAt, attempt },
    by: row.by ?? null,
    model: row.model ?? null,
    progress: row.parts === undefined ? null : { scored, of: row.parts },
    summary: row.summary ?? null,
    warnings: row.warnings ?? [],
    reason: row.reason ?? null,
    results: row.results ?? null,
    waiting: row.waiting === true ? 'stopped' : null,
    ...(row.sealedKey !== undefined && {
      sealed: { key: row.sealedKey, words: row.sealedWords ?? null },
    }),
  };
}
