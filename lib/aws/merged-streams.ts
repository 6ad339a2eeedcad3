/**
 * One page of a list from partitions of an index, merged in the order of their places: the highest place first. Streams of a group
 * are read by a reader each, which asks for a little at a time: a page of 100 over eight streams reads some 100 items, not 800.
 * What keys leave open is filtered by the table, so that what does not match is not sent, and all streams are read at once.
 */
import { type DynamoDBDocumentClient, QueryCommand } from '@aws-sdk/lib-dynamodb';

/** One partition of one index, between two bounds of its sort key (both inclusive). */
export interface Stream {
  readonly index: string;
  readonly partitionName: string;
  readonly partition: string;
  readonly sortName: string;
  readonly low: string;
  readonly high: string;
}

/** For the table to leave items out; it may let through what does not match, and never leaves out what does. */
export interface StreamFilter {
  readonly expression: string;
  readonly names: Readonly<Record<string, string>>;
  readonly values: Readonly<Record<string, unknown>>;
}

/** What a list cost the table. */
export interface ReadCost {
  queries: number;
  /** Items read, wanted or not. */
  evaluated: number;
  /** Read capacity units, as the table counts them. */
  units: number;
}

export interface ReadOptions<Item> {
  readonly limit: number;
  /** Only what comes after this place. */
  readonly before: string | undefined;
  readonly filter: StreamFilter | null;
  readonly isWanted: (item: Item) => boolean;
  readonly asItem: (row: Readonly<Record<string, unknown>>) => Item;
  /** Of an item, or of its keys alone: a text that sorts as the list does. */
  readonly placeOf: (keys: Readonly<Record<string, unknown>>) => string;
}

export interface Page<Item> {
  readonly items: readonly Item[];
  /** The place up to which the list was read; null where there is no more. */
  readonly last: string | null;
  readonly cost: Readonly<ReadCost>;
}

type Source = Pick<ReadOptions<unknown>, 'filter' | 'placeOf'> & {
  readonly client: DynamoDBDocumentClient;
  readonly table: string;
  readonly cost: ReadCost;
};

/** Reads of one page stop here, with what was found so far and the place to go on from. */
const MAX_EVALUATED = 5_000;
/** What is filtered by the table is not sent: more of it is read in the same time. */
const MAX_FILTERED = 30_000;
const MIN_READ = 4;
const MAX_READ = 500;
/** A megabyte of items, which is where a query ends. */
const MAX_FILTERED_READ = 4_000;

/** All of an earlier group comes before all of a later one. */
export async function readMerged<Item>(
  client: DynamoDBDocumentClient,
  table: string,
  groups: readonly (readonly Stream[])[],
  options: ReadOptions<Item>,
): Promise<Page<Item>> {
  const { limit, before, filter, isWanted, asItem, placeOf } = options;
  const cost: ReadCost = { queries: 0, evaluated: 0, units: 0 };
  const items: Item[] = [];
  let last: string | null = null;
  for (const streams of groups) {
    const source = { client, table, filter, placeOf, cost };
    const size = filter === null ? readSize(limit, streams.length) : MAX_READ;
    const readers = streams.map((stream) => new StreamReader(source, stream, size));
    for (;;) {
      const head = await highest(readers);
      if (head === null) break;
      const { reader, place, row } = head;
      if (before !== undefined && place >= before && row !== null) {
        reader.take();
        continue;
      }
      if (row === null) return { items, last: place, cost };
      if (items.length === limit || (cost.evaluated > MAX_EVALUATED && filter === null && last !== null))
        return { items, last, cost };
      reader.take();
      last = place;
      const item = asItem(row);
      if (isWanted(item)) items.push(item);
    }
  }
  return { items, last: null, cost };
}

/** More than its share, as shares by a hash vary: few streams are asked again for the same page. */
function readSize(limit: number, streams: number): number {
  const share = (limit + 2) / streams;
  const varied = streams === 1 ? share : share + Math.sqrt(share);
  return Math.min(MAX_READ, Math.max(MIN_READ, Math.ceil(varied)));
}

interface Head {
  readonly place: string;
  /** Null: nothing above this place is left, and the reader has read enough for one page. */
  readonly row: Readonly<Record<string, unknown>> | null;
}

async function highest(
  readers: readonly StreamReader[],
): Promise<(Head & { readonly reader: StreamReader }) | null> {
  const heads = await Promise.all(readers.map((reader) => reader.peek()));
  let best: (Head & { readonly reader: StreamReader }) | null = null;
  for (const [index, head] of heads.entries()) {
    if (head !== null && (best === null || head.place > best.place))
      best = { ...head, reader: readers[index]! };
  }
  return best;
}

class StreamReader {
  #waiting: Readonly<Record<string, unknown>>[] = [];
  #at = 0;
  #after: Record<string, unknown> | undefined;
  #ended = false;
  readonly #source: Source;
  readonly #stream: Stream;
  #size: number;

  constructor(source: Source, stream: Stream, size: number) {
    this.#source = source;
    this.#stream = stream;
    this.#size = size;
  }

  /** Null: there is no more. */
  async peek(): Promise<Head | null> {
    const { filter, cost, placeOf } = this.#source;
    while (this.#at === this.#waiting.length && !this.#ended) {
      if (this.#after !== undefined && filter !== null && cost.evaluated > MAX_FILTERED)
        return { place: placeOf(this.#after), row: null };
      await this.#read();
    }
    const row = this.#waiting[this.#at];
    return row === undefined ? null : { place: placeOf(row), row };
  }

  take(): void {
    this.#at++;
  }

  async #read(): Promise<void> {
    const { client, table, filter, cost } = this.#source;
    const { index, partitionName, partition, sortName, low, high } = this.#stream;
    const answer = await client.send(
      new QueryCommand({
        TableName: table,
        IndexName: index,
        KeyConditionExpression: '#partition = :partition AND #sort BETWEEN :low AND :high',
        ...(filter !== null && { FilterExpression: filter.expression }),
        ExpressionAttributeNames: { '#partition': partitionName, '#sort': sortName, ...filter?.names },
        ExpressionAttributeValues: {
          ':partition': partition,
          ':low': low,
          ':high': high,
          ...filter?.values,
        },
        ScanIndexForward: false,
        Limit: this.#size,
        ExclusiveStartKey: this.#after,
        ReturnConsumedCapacity: 'TOTAL',
      }),
    );
    cost.queries += 1;
    cost.evaluated += answer.ScannedCount ?? 0;
    cost.units += answer.ConsumedCapacity?.CapacityUnits ?? 0;
    this.#waiting = answer.Items ?? [];
    this.#at = 0;
    this.#after = answer.LastEvaluatedKey;
    this.#ended = this.#after === undefined;
    // A stream that leads, or of which a filter lets little through, is asked for more at a time.
    this.#size = Math.min(filter === null ? MAX_READ : MAX_FILTERED_READ, 2 * this.#size);
  }
}
