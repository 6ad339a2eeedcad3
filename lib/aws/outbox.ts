/**
 * What others are yet to hear of. The write that does an act also stores its event here (`AuditChain.appendWith`), published
 * at once, and taken out when the bus has it. What is left, because the bus refused it or the process ended in between, is published by
 * the function `publish-events` every few minutes, with the id that it always had.
 *
 *     pk 'outbox', sk '<at>#<event id>'     event (JSON: one, or a list of those of one act)
 */
import { DeleteCommand, type DynamoDBDocumentClient, PutCommand } from '@aws-sdk/lib-dynamodb';
import type { AssayEvent, Events } from '../events/event-schemas.ts';
import { inParallel } from '../in-parallel.ts';
import type { EventBus } from './event-bus.ts';
import { queryAll } from './query-all.ts';
import { doing } from './store-error.ts';

const PARTITION = 'outbox';
const CONCURRENCY = 10;

export interface Republished {
  readonly published: number;
  /** Since when the oldest waits that the bus still refuses, ISO 8601; null: none does. */
  readonly waitingSince: string | null;
}

/** The put that stores events, as part of a transaction or alone: those of one act are one item. */
export function pendingEvents(TableName: string, events: Events) {
  return { TableName, Item: { ...keyOf(events), event: JSON.stringify(events) } };
}

/** Publishes events at least once: those that the bus refuses stay stored and are published later. */
export class Outbox {
  readonly #client: DynamoDBDocumentClient;
  readonly #table: string;
  readonly #bus: Pick<EventBus, 'publish'>;
  readonly #complain: (event: AssayEvent, error: unknown) => void;

  /** `complain` receives what was refused and is published later. */
  constructor(
    client: DynamoDBDocumentClient,
    table: string,
    bus: Pick<EventBus, 'publish'>,
    complain: (event: AssayEvent, error: unknown) => void,
  ) {
    this.#client = client;
    this.#table = table;
    this.#bus = bus;
    this.#complain = complain;
  }

  /** Stores an event and publishes it: for work that is retried as a whole until it ends. */
  announce = async (event: AssayEvent): Promise<void> => {
    await this.#store(event);
    await this.publish(event);
  };

  /** Publishes many, and stores them only where the bus refuses: for requests that a caller without an answer repeats. */
  publishOrStore = async (events: readonly AssayEvent[]): Promise<void> => {
    try {
      await this.#bus.publish(events);
    } catch (error) {
      this.#complain(events[0]!, error);
      await inParallel(events, CONCURRENCY, (event) => this.#store(event));
    }
  };

  /** Publishes a stored event. The act that it reports stands, whatever the bus says. False: it is published later. */
  publish = (event: AssayEvent): Promise<boolean> => this.publishStored([event]);

  /** The same of all events of one act, in their order. */
  publishStored = async (events: Events): Promise<boolean> => {
    try {
      await this.#bus.publish(events);
    } catch (error) {
      this.#complain(events[0], error);
      return false;
    }
    const Key = keyOf(events);
    // Left there, it is published once more.
    await this.#client.send(new DeleteCommand({ TableName: this.#table, Key })).catch(() => {});
    return true;
  };

  async #store(event: AssayEvent): Promise<void> {
    await doing(`storing the event ${event.type}`, () =>
      this.#client.send(new PutCommand(pendingEvents(this.#table, [event]))),
    );
  }

  /** Publishes what was left before that moment (ISO 8601), the oldest first; stops where the bus accepts nothing any more. */
  async publishPending(before: string): Promise<Republished> {
    const rows = await doing('reading the unpublished events', () =>
      queryAll(this.#client, {
        TableName: this.#table,
        ConsistentRead: true,
        KeyConditionExpression: 'pk = :outbox AND sk < :before',
        ExpressionAttributeValues: { ':outbox': PARTITION, ':before': before },
      }),
    );
    const left = rows.map(
      ({ event }) => [JSON.parse(String(event)) as AssayEvent | Events].flat() as unknown as Events,
    );
    const refused: Events[] = [];
    let published = 0;
    for (let at = 0; at < left.length; at += CONCURRENCY) {
      const some = left.slice(at, at + CONCURRENCY);
      const werePublished = await inParallel(some, CONCURRENCY, this.publishStored);
      const count = werePublished.filter(Boolean).length;
      published += count;
      refused.push(...some.filter((_, place) => !werePublished[place]));
      if (count === 0) break;
    }
    return { published, waitingSince: refused[0]?.[0].detail.at ?? null };
  }
}

function keyOf([
  {
    detail: { at, id },
  },
]: Events): { pk: string; sk: string } {
  return { pk: PARTITION, sk: `${at}#${id}` };
}
