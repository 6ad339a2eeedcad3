/**
 * What people asked to be put together, in the table of drops. That it is asked for and the event that has it made are one write; what
 * has come to its end stays so, however often it is made.
 *
 *     pk 'export#<id>', sk 'status'     gone after some days
 */
import { randomBytes } from 'node:crypto';
import {
  type DynamoDBDocumentClient,
  GetCommand,
  TransactWriteCommand,
  UpdateCommand,
} from '@aws-sdk/lib-dynamodb';
import { type ExportJob, type ExportRequest, exportAt, exportEnd } from '../dossier/export-job.ts';
import { type AssayEvent, makeEvent } from '../events/event-schemas.ts';
import { domainOfItem } from './domain-of-item.ts';
import { pendingEvents } from './outbox.ts';
import { doing, unlessRefused } from './store-error.ts';
import type { Write } from './transaction.ts';

interface Row extends Omit<ExportJob, 'domain' | 'request'> {
  readonly of: string;
  /** JSON. */
  readonly request: string;
  /** Seconds since 1970. */
  readonly expires_at: number;
}

const ID_BYTES = 10;

export class ExportTable {
  readonly #client: DynamoDBDocumentClient;
  readonly #table: string;
  readonly #now: () => number;

  /** `now` gives milliseconds since 1970. */
  constructor(client: DynamoDBDocumentClient, table: string, now: () => number) {
    this.#client = client;
    this.#table = table;
    this.#now = now;
  }

  /** The event waits in the outbox. */
  async ask(
    domain: string,
    request: ExportRequest,
    by: string,
  ): Promise<{ readonly job: ExportJob; readonly event: AssayEvent }> {
    const askedAt = new Date(this.#now()).toISOString();
    const id = `e-${randomBytes(ID_BYTES).toString('hex')}`;
    const job: ExportJob = {
      ...{ id, domain, request, by, askedAt, state: 'asked', reason: null, bytes: null },
      expiresAt: exportEnd(askedAt),
    };
    const event = makeEvent('ExportAsked', { at: askedAt, domain, export: id, kind: request.kind });
    const Item = { ...keyOf(id), ...rowOf(job) };
    await doing(`asking for the export ${id}`, () =>
      this.#client.send(
        new TransactWriteCommand({
          TransactItems: [
            { Put: { TableName: this.#table, Item, ConditionExpression: 'attribute_not_exists(pk)' } },
            { Put: pendingEvents(this.#table, [event]) },
          ],
        }),
      ),
    );
    return { job, event };
  }

  /** Null: there is none of that id, or not any more. */
  async get(id: string): Promise<ExportJob | null> {
    return await doing(`reading the export ${id}`, async () => {
      const { Item } = await this.#client.send(
        new GetCommand({ TableName: this.#table, Key: keyOf(id), ConsistentRead: true }),
      );
      return Item === undefined ? null : exportAt(jobOf(Item as Row), this.#now());
    });
  }

  /** Null: there is none of that id. */
  async domainOf(id: string): Promise<string | null> {
    return await domainOfItem(this.#client, this.#table, keyOf(id), 'of');
  }

  /** Null: it has come to its end, or is not kept any longer. Begun again after an error, it is made anew. */
  async begin(id: string): Promise<ExportJob | null> {
    const hasBegun = await unlessRefused(`beginning the export ${id}`, () =>
      this.#client.send(new UpdateCommand(this.#move(id, 'running', {}))),
    );
    return hasBegun ? await this.get(id) : null;
  }

  async failed(id: string, reason: string): Promise<void> {
    await unlessRefused(`ending the export ${id}`, () =>
      this.#client.send(new UpdateCommand(this.#move(id, 'failed', { reason }))),
    );
  }

  /** To be written with the act that says what was made. */
  doneWrite(id: string, bytes: number): Write {
    return { Update: this.#move(id, 'done', { bytes }) };
  }

  #move(id: string, state: ExportJob['state'], more: Readonly<Record<string, string | number>>) {
    const values = Object.entries({ state, ...more });
    return {
      TableName: this.#table,
      Key: keyOf(id),
      UpdateExpression: `SET ${values.map(([name]) => `#${name} = :${name}`).join(', ')}`,
      ConditionExpression: '#state = :asked OR #state = :running',
      ExpressionAttributeNames: Object.fromEntries(values.map(([name]) => [`#${name}`, name])),
      ExpressionAttributeValues: {
        ...Object.fromEntries(values.map(([name, value]) => [`:${name}`, value])),
        ...{ ':asked': 'asked', ':running': 'running' },
      },
    };
  }
}

function keyOf(id: string): { pk: string; sk: 'status' } {
  return { pk: `export#${id}`, sk: 'status' };
}

function rowOf({ domain, request, ...job }: ExportJob): Row {
  const expires_at = Math.floor(Date.parse(job.expiresAt) / 1000);
  return { ...job, of: domain, request: JSON.stringify(request), expires_at };
}

function jobOf({ id, of, request, by, askedAt, state, reason, bytes, expiresAt }: Row): ExportJob {
  return {
    ...{ id, domain: of, request: JSON.parse(request) as ExportRequest },
    ...{ by, askedAt, state, reason, bytes, expiresAt },
  };
}
