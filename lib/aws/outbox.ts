/**
 * What others are yet to hear of. An event is kept here by the very write that does what it tells of (`AuditChain.appendWith`), told
 * at once, and taken out when the bus has it. What is left, because the bus refused it or the process ended in between, is told by
 * the function `tell` every few minutes, with the id that it always had.
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
const AT_A_TIME = 10;

export interface ToldAgain {
  readonly told: number;
  /** Since when the oldest waits that the bus still refuses, ISO 8601; null: none does. */
  readonly waitingSince: string | null;
}

/** The put that stores events, as part of a transaction or alone: those of one act are one item. */
export function keptEvents(TableName: string, events: Events) {
  return { TableName, Item: { ...keyOf(events), event: JSON.stringify(events) } };
}

export class Outbox {
  readonly #client: DynamoDBDocumentClient;
  readonly #table: string;
  readonly #bus: Pick<EventBus, 'publish'>;
  readonly #complain: (event: AssayEvent, error: unknown) => void;

  /** `complain` hears of what was refused and is told later. */
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

  /** Keeps an event, and tells it: for what is tried again as a whole until it has come to its end. */
  announce = async (event: AssayEvent): Promise<void> => {
    await this.#keep(event);
    await this.tell(event);
  };

  /** Tells many, and keeps them only where the bus refuses: for what is asked for again by whoever gets no answer. */
  tellOrKeep = async (events: readonly AssayEvent[]): Promise<void> => {
    try {
      await this.#bus.publish(events);
    } catch (error) {
      this.#complain(events[0]!, error);
      await inParallel(events, AT_A_TIME, (event) => this.#keep(event));
    }
  };

  /** Tells an event that is kept. What it tells of stands, whatever the bus says. False: it is told later. */
  tell = (event: AssayEvent): Promise<boolean> => this.publishStored([event]);

  /** The same of all events of one act, in their order. */
  publishStored = async (events: Events): Promise<boolean> => {
    try {
      await this.#bus.publish(events);
    } catch (error) {
      this.#complain(events[0], error);
      return false;
    }
    const Key = keyOf(events);
    // Left there, it is told once more.
    await this.#client.send(new DeleteCommand({ TableName: this.#table, Key })).catch(() => {});
    return true;
  };

  async #keep(event: AssayEvent): Promise<void> {
    await doing(`keeping the event ${event.type}`, () =>
      this.#client.send(new PutCommand(keptEvents(this.#table, [event]))),
    );
  }

  /** Tells what was left before that moment (ISO 8601), the oldest first; stops where the bus takes nothing any more. */
  async tellLeft(before: string): Promise<ToldAgain> {
    const rows = await doing('reading what is yet to be told', () =>
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
    let told = 0;
    for (let at = 0; at < left.length; at += AT_A_TIME) {
      const some = left.slice(at, at + AT_A_TIME);
      const wereTold = await inParallel(some, AT_A_TIME, this.publishStored);
      const count = wereTold.filter(Boolean).length;
      told += count;
      refused.push(...some.filter((_, place) => !wereTold[place]));
      if (count === 0) break;
    }
    return { told, waitingSince: refused[0]?.[0].detail.at ?? null };
  }
}

function keyOf([
  {
    detail: { at, id },
  },
]: Events): { pk: string; sk: string } {
  return { pk: PARTITION, sk: `${at}#${id}` };
}
