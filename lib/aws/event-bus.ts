/**
 * The bus on which other systems hear of what happened: it publishes each event at least once. What a busy bus turns down is published again;
 * where that does not help either, the error goes on, and a caller that repeats the call publishes events of the same ids.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import {
  type EventBridgeClient,
  PutEventsCommand,
  type PutEventsRequestEntry,
} from '@aws-sdk/client-eventbridge';
import type { AssayEvent } from '../events/event-schemas.ts';
import { inParallel } from '../in-parallel.ts';
import { doing } from './store-error.ts';

/** What EventBridge takes at once: entries, and the bytes of all of them (256 KB). */
const BATCH = 10;
const MAX_BATCH_BYTES = 256_000;
const CONCURRENCY = 8;
const MAX_ATTEMPTS = 6;
const FIRST_WAIT_MS = 100;

export class EventBus {
  readonly #client: EventBridgeClient;
  readonly #name: string;
  readonly #maxAttempts: number;

  constructor(client: EventBridgeClient, name: string, maxAttempts = MAX_ATTEMPTS) {
    this.#client = client;
    this.#name = name;
    this.#maxAttempts = maxAttempts;
  }

  async publish(events: readonly AssayEvent[]): Promise<void> {
    const batches = cutBatches(events.map((event) => this.#entry(event)));
    await doing(`publishing ${events.length} events`, () =>
      inParallel(batches, CONCURRENCY, (batch) => this.#put(batch)),
    );
  }

  async #put(batch: readonly PutEventsRequestEntry[]): Promise<void> {
    let left = batch;
    for (let attempt = 1; ; attempt++) {
      const { FailedEntryCount = 0, Entries = [] } = await this.#client.send(
        new PutEventsCommand({ Entries: [...left] }),
      );
      if (FailedEntryCount === 0) return;
      left = left.filter((_, at) => Entries[at]?.ErrorCode !== undefined);
      if (attempt === this.#maxAttempts) {
        const failed = Entries.find(({ ErrorCode }) => ErrorCode !== undefined);
        throw new Error(`${left.length} events were refused: ${failed?.ErrorCode}: ${failed?.ErrorMessage}`);
      }
      await sleep(Math.random() * FIRST_WAIT_MS * 2 ** attempt);
    }
  }

  #entry({ type, detail }: AssayEvent): PutEventsRequestEntry {
    return {
      EventBusName: this.#name,
      Source: 'assay',
      DetailType: type,
      Detail: JSON.stringify(detail),
      Time: new Date(detail.at),
    };
  }
}

function cutBatches(entries: readonly PutEventsRequestEntry[]): PutEventsRequestEntry[][] {
  const batches: PutEventsRequestEntry[][] = [];
  let bytes = 0;
  for (const entry of entries) {
    const size = sizeOf(entry);
    const last = batches.at(-1);
    if (last === undefined || last.length === BATCH || bytes + size > MAX_BATCH_BYTES) {
      batches.push([entry]);
      bytes = size;
    } else {
      last.push(entry);
      bytes += size;
    }
  }
  return batches;
}

/** As EventBridge counts: 14 bytes for the time, and every text. */
function sizeOf({ Source = '', DetailType = '', Detail = '' }: PutEventsRequestEntry): number {
  return 14 + Buffer.byteLength(Source) + Buffer.byteLength(DetailType) + Buffer.byteLength(Detail);
}
