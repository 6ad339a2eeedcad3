/**
 * One page of flags from the streams of a query: streams in, flags in order of urgency out. Streams of a group are merged
 * by a reader each, which asks for a little at a time: a page of 100 over eight streams reads some 100 flags, not 800.
 */
import { type DynamoDBDocumentClient, QueryCommand } from '@aws-sdk/lib-dynamodb';
import type { FlagSummary } from '../decisions/flag-item.ts';
import { dropOfKey } from './flag-keys.ts';
import type { Stream } from './flag-query.ts';

/** What a list of flags cost the table. */
export interface ReadCost {
  queries: number;
  /** Flags read, wanted or not. */
  evaluated: number;
  /** Read capacity units, as the table counts them. */
  units: number;
}

/** Flags as an index holds them, with their place in every list. */
export type IndexedFlag = FlagSummary & { readonly urgency: string };

/** Reads of one page stop here, with what was found so far and a cursor to go on from. */
const mostEvaluated = 5_000;
const smallestRead = 4;
const largestRead = 500;

export interface Page {
  readonly flags: readonly IndexedFlag[];
  /** The urgency of the last flag looked at; null where there are no more. */
  readonly last: string | null;
  readonly cost: Readonly<ReadCost>;
}

export async function readPage(
  client: DynamoDBDocumentClient,
  table: string,
  groups: readonly (readonly Stream[])[],
  options: {
    readonly limit: number;
    readonly before: string | undefined;
    readonly isWanted: (flag: IndexedFlag) => boolean;
  },
): Promise<Page> {
  const cost: ReadCost = { queries: 0, evaluated: 0, units: 0 };
  const flags: IndexedFlag[] = [];
  let last: string | null = null;
  for (const streams of groups) {
    const size = readSize(options.limit, streams.length);
    const readers = streams.map((stream) => new StreamReader(client, table, stream, size, cost));
    for await (const flag of merge(readers)) {
      if (options.before !== undefined && flag.urgency >= options.before) continue;
      if (flags.length === options.limit || (cost.evaluated > mostEvaluated && last !== null)) {
        return { flags, last, cost };
      }
      last = flag.urgency;
      if (options.isWanted(flag)) flags.push(flag);
    }
  }
  return { flags, last: null, cost };
}

/** More than its share, as shares by a hash vary: few streams are asked again for the same page. */
function readSize(limit: number, streams: number): number {
  const share = (limit + 2) / streams;
  const varied = streams === 1 ? share : share + Math.sqrt(share);
  return Math.min(largestRead, Math.max(smallestRead, Math.ceil(varied)));
}

async function* merge(readers: readonly StreamReader[]): AsyncGenerator<IndexedFlag> {
  for (;;) {
    const heads = await Promise.all(readers.map((reader) => reader.peek()));
    let best = -1;
    for (const [index, head] of heads.entries()) {
      if (head !== undefined && (best < 0 || head.urgency > heads[best]!.urgency)) best = index;
    }
    if (best < 0) return;
    readers[best]!.take();
    yield heads[best]!;
  }
}

class StreamReader {
  #waiting: IndexedFlag[] = [];
  #at = 0;
  #after: Record<string, unknown> | undefined;
  #ended = false;
  readonly #client: DynamoDBDocumentClient;
  readonly #table: string;
  readonly #stream: Stream;
  #size: number;
  readonly #cost: ReadCost;

  constructor(client: DynamoDBDocumentClient, table: string, stream: Stream, size: number, cost: ReadCost) {
    this.#client = client;
    this.#table = table;
    this.#stream = stream;
    this.#size = size;
    this.#cost = cost;
  }

  async peek(): Promise<IndexedFlag | undefined> {
    while (this.#at === this.#waiting.length && !this.#ended) await this.#read();
    return this.#waiting[this.#at];
  }

  take(): void {
    this.#at++;
  }

  async #read(): Promise<void> {
    const { index, partitionName, partition, sortName, low, high } = this.#stream;
    const answer = await this.#client.send(
      new QueryCommand({
        TableName: this.#table,
        IndexName: index,
        KeyConditionExpression: '#partition = :partition AND #sort BETWEEN :low AND :high',
        ExpressionAttributeNames: { '#partition': partitionName, '#sort': sortName },
        ExpressionAttributeValues: { ':partition': partition, ':low': low, ':high': high },
        ScanIndexForward: false,
        Limit: this.#size,
        ExclusiveStartKey: this.#after,
        ReturnConsumedCapacity: 'TOTAL',
      }),
    );
    this.#cost.queries += 1;
    this.#cost.evaluated += answer.ScannedCount ?? 0;
    this.#cost.units += answer.ConsumedCapacity?.CapacityUnits ?? 0;
    this.#waiting = (answer.Items ?? []).map(asIndexed);
    this.#at = 0;
    this.#after = answer.LastEvaluatedKey;
    this.#ended = this.#after === undefined;
    // A stream that leads, or of which a filter lets little through, is asked for more at a time.
    this.#size = Math.min(largestRead, 2 * this.#size);
  }
}

/** The queue's index holds gravity in its partition and rank as its sort key: together they are the urgency. */
function asIndexed(item: Record<string, unknown>): IndexedFlag {
  const drop = dropOfKey(String(item.drop));
  if (typeof item.urgency === 'string') {
    return { ...(item as unknown as IndexedFlag), drop, gravity: Number(item.urgency[0]) };
  }
  // Domain, status, gravity; the shard, but for a flag of an earlier version.
  const gravity = Number(String(item.queue).split('#')[2]);
  return { ...(item as unknown as FlagSummary), drop, gravity, urgency: `${gravity}${item.rank}` };
}
