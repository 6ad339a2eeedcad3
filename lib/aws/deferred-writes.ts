/**
 * Writes of an act that its transaction has no room for (docs/decisions/0027). The act stores them in pieces; each piece is carried out by
 * a transaction of its own that also takes the piece out, so that it is done once: by the function that acted, the next one to read or
 * change the subject, or the function `publish-events`. What they change must not change otherwise meanwhile: the subject's next act
 * carries them out first.
 *
 *     pk 'deferred', sk '<subject>#<seq of the act>#<n>'    writes
 */
import { type DynamoDBDocumentClient, TransactWriteCommand } from '@aws-sdk/lib-dynamodb';
import { rowHash } from '../audit/row-hash.ts';
import { inParallel } from '../in-parallel.ts';
import { queryAll } from './query-all.ts';
import { cancellations, doing, PASSING, REFUSED } from './store-error.ts';
import { MAX_TRANSACTION_BYTES, MAX_WRITES, type Write } from './transaction.ts';
import { waitForTurn } from './wait-for-turn.ts';

/** Writes that belong together: all or none at any moment. */
export interface WriteUnit {
  readonly writes: readonly Write[];
  /** Of the items that they change: a transaction counts them whole. */
  readonly bytes: number;
}

/** A flag that an act has yet to change. */
export interface UnfinishedFlag {
  readonly flag: string;
  /** The number of the act's entry. */
  readonly seq: number;
  /** The hash of the piece that will change it, as the entry has it. */
  readonly piece: string;
}

const PARTITION = 'deferred';
/** An item has 400 KB. */
const MAX_PIECE_BYTES = 330_000;
const CONCURRENCY = 4;
const MAX_ATTEMPTS = 12;
const MAX_WAIT_MS = 400;

/** The puts that store pieces. */
export function deferredPuts(
  TableName: string,
  { subject, seq }: { readonly subject: string; readonly seq: number },
  pieces: readonly (readonly Write[])[],
): Write[] {
  return pieces.map((writes, n) => {
    const sk = `${subject}#${String(seq).padStart(12, '0')}#${String(n).padStart(3, '0')}`;
    return { Put: { TableName, Item: { pk: PARTITION, sk, writes } } };
  });
}

/** The writes in pieces, each with as many as a transaction takes. */
export function cutPieces(units: readonly WriteUnit[], maxWrites = MAX_WRITES): Write[][] {
  const pieces: Write[][] = [];
  let [changed, stored] = [0, 0];
  for (const { writes, bytes } of units) {
    const size = Buffer.byteLength(JSON.stringify(writes));
    const last = pieces.at(-1);
    // One more write takes the piece out.
    const isFull =
      last === undefined ||
      last.length + writes.length + 1 > maxWrites ||
      changed + bytes > MAX_TRANSACTION_BYTES ||
      stored + size > MAX_PIECE_BYTES;
    if (isFull) {
      pieces.push([...writes]);
      [changed, stored] = [bytes, size];
    } else {
      last.push(...writes);
      changed += bytes;
      stored += size;
    }
  }
  return pieces;
}

interface Piece {
  readonly sk: string;
  readonly writes: readonly Write[];
}

/** Carries out the writes that an act left for later, each once, in their order. */
export class DeferredWrites {
  readonly #client: DynamoDBDocumentClient;
  readonly #table: string;

  constructor(client: DynamoDBDocumentClient, table: string) {
    this.#client = client;
    this.#table = table;
  }

  /** Of one subject. How many pieces there were. */
  async carryOut(subject: string): Promise<number> {
    return await doing(`finishing an act on ${subject}`, async () => {
      const pieces = await this.#pieces('pk = :pk AND begins_with(sk, :subject)', {
        ':pk': PARTITION,
        ':subject': `${subject}#`,
      });
      await inParallel(pieces, CONCURRENCY, (piece) => this.#carryOut(piece));
      return pieces.length;
    });
  }

  /** Of all. What fails does not keep the others waiting. */
  async carryOutAll(): Promise<{ readonly done: number; readonly failures: readonly unknown[] }> {
    const pieces = await doing('reading deferred writes', () =>
      this.#pieces('pk = :pk', { ':pk': PARTITION }),
    );
    const failures = await inParallel(pieces, CONCURRENCY, (piece) =>
      this.#carryOut(piece).then(
        () => null,
        (error: unknown) => ({ error }),
      ),
    );
    const failed = failures.filter((one) => one !== null);
    return { done: pieces.length - failed.length, failures: failed.map(({ error }) => error) };
  }

  /** Flags that an act stands on and that it has not changed yet. */
  async flags(): Promise<readonly UnfinishedFlag[]> {
    const pieces = await doing('reading deferred writes', () =>
      this.#pieces('pk = :pk', { ':pk': PARTITION }),
    );
    return pieces.flatMap(({ sk, writes }) => {
      const keys = writes.map(({ Put, Update, Delete }) => Put?.Item ?? Update?.Key ?? Delete?.Key);
      const flags = new Set(keys.flatMap((key) => (typeof key?.flag === 'string' ? [key.flag] : [])));
      // A subject may hold any character; the two numbers do not.
      const seq = Number(sk.split('#').at(-2));
      const piece = rowHash(writes);
      return [...flags].map((flag) => ({ flag, seq, piece }));
    });
  }

  async #carryOut({ sk, writes }: Piece): Promise<void> {
    const TransactItems: Write[] = [
      {
        Delete: {
          TableName: this.#table,
          Key: { pk: PARTITION, sk },
          ConditionExpression: 'attribute_exists(pk)',
        },
      },
      ...writes,
    ];
    for (let attempt = 1; ; attempt++) {
      try {
        await this.#client.send(new TransactWriteCommand({ TransactItems }));
        return;
      } catch (error) {
        const codes = cancellations(error) ?? [];
        // Someone else has carried it out.
        if (codes[0] === REFUSED) return;
        const isPassing = codes.some((code) => PASSING.has(code) && code !== REFUSED);
        if (!isPassing || attempt === MAX_ATTEMPTS)
          throw new Error(`deferred writes ${sk} cannot be carried out`, { cause: error });
        await waitForTurn(attempt, MAX_WAIT_MS);
      }
    }
  }

  async #pieces(
    KeyConditionExpression: string,
    ExpressionAttributeValues: Readonly<Record<string, string>>,
  ): Promise<Piece[]> {
    const base = { TableName: this.#table, ConsistentRead: true };
    const rows = await queryAll(this.#client, {
      ...{ ...base, KeyConditionExpression, ExpressionAttributeValues },
    });
    return rows.map(({ sk, writes }) => ({ sk: String(sk), writes: writes as Write[] }));
  }
}
