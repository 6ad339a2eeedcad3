/**
 * Answers stored for callers who ask again with the same idempotency key: who comes first claims the key, and stores the answer under it later.
 * A claim whose owner died is free again after a while; a stored answer is gone after a day (DynamoDB's time to live, and
 * by its own clock where that is late).
 *
 *     pk 'idempotency#<key>', sk 'response'          the claim, then the answer's head
 *     pk 'idempotency#<key>', sk 'piece#<n>'         its body, gzipped, in pieces that fit an item
 */
import { promisify } from 'node:util';
import { gunzip, gzip } from 'node:zlib';
import {
  DeleteCommand,
  type DynamoDBDocumentClient,
  PutCommand,
  QueryCommand,
  UpdateCommand,
} from '@aws-sdk/lib-dynamodb';
import type { IdempotencyKeys, KeyClaim, StoredResponse } from '../api/idempotency.ts';
import { doing, unlessRefused } from './store-error.ts';

const STORED_SECONDS = 24 * 3600;
/** Longer than an API's function may run. */
const claimSeconds = 60;
const pieceBytes = 350_000;

interface ClaimRow {
  readonly request_hash: string;
  readonly pieces?: number;
  readonly status?: number;
  readonly headers?: Record<string, string>;
  readonly bytes?: Uint8Array;
}

export class IdempotencyTable implements IdempotencyKeys {
  readonly #client: DynamoDBDocumentClient;
  readonly #table: string;
  readonly #now: () => number;

  /** `now` gives milliseconds since 1970. */
  constructor(client: DynamoDBDocumentClient, table: string, now: () => number) {
    this.#client = client;
    this.#table = table;
    this.#now = now;
  }

  /** `request` is a hash of all that makes the request what it is. */
  async claim(key: string, request: string): Promise<KeyClaim> {
    const seconds = this.#seconds();
    const isMine = await unlessRefused('claiming an idempotency key', () =>
      this.#client.send(
        new PutCommand({
          TableName: this.#table,
          Item: {
            ...headKey(key),
            request_hash: request,
            claimed_until: seconds + claimSeconds,
            expires_at: seconds + STORED_SECONDS,
          },
          ConditionExpression:
            'attribute_not_exists(pk) OR expires_at < :now OR (attribute_not_exists(pieces) AND claimed_until < :now)',
          ExpressionAttributeValues: { ':now': seconds },
        }),
      ),
    );
    if (isMine) return { kind: 'yours' };
    return await doing('reading an idempotency key', () => this.#read(key, request));
  }

  /** Stores the answer to a claim that is still one's own. */
  async save(key: string, request: string, answer: StoredResponse): Promise<void> {
    await doing('storing an answer', async () => {
      const bytes = await promisify(gzip)(answer.body);
      const pieces = Math.max(1, Math.ceil(bytes.length / pieceBytes));
      for (let piece = 0; piece < pieces; piece++) {
        const part = bytes.subarray(piece * pieceBytes, (piece + 1) * pieceBytes);
        const Item = { pk: partition(key), sk: pieceKey(piece), bytes: part, expires_at: this.#expiry() };
        await this.#client.send(new PutCommand({ TableName: this.#table, Item }));
      }
      await this.#client.send(
        new UpdateCommand({
          TableName: this.#table,
          Key: headKey(key),
          UpdateExpression: 'SET #status = :status, headers = :headers, pieces = :pieces',
          ConditionExpression: 'request_hash = :request',
          ExpressionAttributeNames: { '#status': 'status' },
          ExpressionAttributeValues: {
            ':status': answer.status,
            ':headers': answer.headers,
            ':pieces': pieces,
            ':request': request,
          },
        }),
      );
    });
  }

  /** Gives up a claim: the request failed, and may be tried again with the same key. */
  async release(key: string): Promise<void> {
    await unlessRefused('releasing an idempotency key', () =>
      this.#client.send(
        new DeleteCommand({
          TableName: this.#table,
          Key: headKey(key),
          ConditionExpression: 'attribute_not_exists(pieces)',
        }),
      ),
    );
  }

  async #read(key: string, request: string): Promise<KeyClaim> {
    const { Items } = await this.#client.send(
      new QueryCommand({
        TableName: this.#table,
        ConsistentRead: true,
        KeyConditionExpression: 'pk = :pk',
        ExpressionAttributeValues: { ':pk': partition(key) },
      }),
    );
    const rows = (Items ?? []) as (ClaimRow & { sk: string })[];
    const head = rows.find((row) => row.sk === headKey(key).sk);
    if (head !== undefined && head.request_hash !== request) return { kind: 'other request' };
    if (head?.pieces === undefined) return { kind: 'in progress' };
    const pieces = Array.from({ length: head.pieces }, (_, piece) => {
      const row = rows.find(({ sk }) => sk === pieceKey(piece));
      if (row?.bytes === undefined) throw new Error(`piece ${piece} of a stored answer is not there`);
      return row.bytes;
    });
    const body = (await promisify(gunzip)(Buffer.concat(pieces))).toString('utf8');
    return { kind: 'answered', answer: { status: head.status ?? 200, headers: head.headers ?? {}, body } };
  }

  #seconds(): number {
    return Math.floor(this.#now() / 1000);
  }

  #expiry(): number {
    return this.#seconds() + STORED_SECONDS;
  }
}

function partition(key: string): string {
  return `idempotency#${key}`;
}

function headKey(key: string): { pk: string; sk: 'response' } {
  return { pk: partition(key), sk: 'response' };
}

function pieceKey(piece: number): string {
  return `piece#${String(piece).padStart(3, '0')}`;
}
