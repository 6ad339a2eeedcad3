/**
 * What people asked to be put together, in the table of drops. That it is asked for, the act that says so and the event that has it
 * made are one write; what has come to its end stays so, however often it is made.
 *
 *     pk 'export#<id>', sk 'status'      index `domain` (domain = 'exports#<domain>'); gone after some days
 *     pk 'export#by#<sub>', sk 'open'    ids, version: what this person asked for last
 */
import { randomBytes } from 'node:crypto';
import { type DynamoDBDocumentClient, GetCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import type { AuditAct } from '../audit/audit-entry.ts';
import { caseIdOf } from '../cases/case.ts';
import {
  type ExportJob,
  type ExportRequest,
  exportAt,
  exportEnd,
  isPersonalExport,
  MAX_OPEN_EXPORTS,
  oldestAtWork,
  oldestRunning,
} from '../dossier/export-job.ts';
import { type AssayEvent, makeEvent } from '../events/event-schemas.ts';
import { untilWritten } from '../until-written.ts';
import type { AuditChain } from './audit-chain.ts';
import { domainOfItem } from './domain-of-item.ts';
import { queryAll } from './query-all.ts';
import { doing, unlessRefused } from './store-error.ts';
import type { Write } from './transaction.ts';

interface Row extends Omit<ExportJob, 'domain' | 'request'> {
  readonly of: string;
  readonly domain: string;
  readonly arrived: string;
  /** JSON. */
  readonly request: string;
  /** Seconds since 1970. */
  readonly expires_at: number;
}

interface OpenRow {
  readonly ids: readonly string[];
  /** One more with each write: of two that ask at once one is refused. */
  readonly version: number;
}

const ID_BYTES = 10;
const MAX_ATTEMPTS = 10;

export class ExportTable {
  readonly #client: DynamoDBDocumentClient;
  readonly #table: string;
  readonly #audit: Pick<AuditChain, 'appendWith'>;
  readonly #now: () => number;

  /** `now` gives milliseconds since 1970. */
  constructor(
    client: DynamoDBDocumentClient,
    table: string,
    audit: Pick<AuditChain, 'appendWith'>,
    now: () => number,
  ) {
    this.#client = client;
    this.#table = table;
    this.#audit = audit;
    this.#now = now;
  }

  /** With the act that says who asked; the event waits in the outbox. Null: the person has MAX_OPEN_EXPORTS under way. */
  async ask(
    domain: string,
    request: ExportRequest,
    by: string,
  ): Promise<{ readonly job: ExportJob; readonly event: AssayEvent } | null> {
    const askedAt = new Date(this.#now()).toISOString();
    const id = `e-${randomBytes(ID_BYTES).toString('hex')}`;
    const job: ExportJob = {
      ...{ id, domain, request, by, askedAt, state: 'asked', reason: null, file: null, bytes: null },
      expiresAt: exportEnd(askedAt),
    };
    const event = makeEvent('ExportAsked', { at: askedAt, domain, export: id, kind: request.kind });
    const row = rowOf(job);
    const Item = { ...keyOf(id), ...row };
    const put = { TableName: this.#table, Item, ConditionExpression: 'attribute_not_exists(pk)' };
    // It is refused only where the same person asked for another in between, which counts the next time.
    const attempt = async () => {
      const { ids, version } = await this.#openOf(by);
      if (ids.length >= MAX_OPEN_EXPORTS) return null;
      const list = { ids: [...ids, id], version: version + 1, expires_at: row.expires_at };
      const listed = {
        ...{ TableName: this.#table, Item: { ...openKey(by), ...list } },
        ConditionExpression: 'attribute_not_exists(pk) OR #version = :version',
        ExpressionAttributeNames: { '#version': 'version' },
        ExpressionAttributeValues: { ':version': version },
      };
      const writes = [{ Put: put }, { Put: listed }];
      const isWritten = await this.#audit.appendWith(domain, [askedAct(job)], writes, [event]);
      return isWritten ? { job, event } : undefined;
    };
    const overtaken = () => new Error(`asking for the export ${id}: others were asked for each time`);
    return await untilWritten(MAX_ATTEMPTS, attempt, overtaken);
  }

  /** What the person asked for and is not at its end yet. */
  async #openOf(by: string): Promise<{ readonly ids: readonly string[]; readonly version: number }> {
    const { Item } = await doing('reading the exports of a person', () =>
      this.#client.send(new GetCommand({ TableName: this.#table, Key: openKey(by), ConsistentRead: true })),
    );
    const { ids = [], version = 0 } = (Item ?? {}) as Partial<OpenRow>;
    const jobs = await Promise.all(ids.map((id) => this.get(id)));
    return {
      ids: jobs.flatMap((job) => (job !== null && isOpen(job) ? [job.id] : [])),
      version,
    };
  }

  /** Null: there is none of that id, or not any more. */
  async get(id: string): Promise<ExportJob | null> {
    return await doing(`reading the export ${id}`, async () => {
      const job = await this.#read(id);
      return job === null ? null : exportAt(job, this.#now());
    });
  }

  /** As it is stored, whatever the time. */
  async #read(id: string): Promise<ExportJob | null> {
    const { Item } = await this.#client.send(
      new GetCommand({ TableName: this.#table, Key: keyOf(id), ConsistentRead: true }),
    );
    return Item === undefined ? null : jobOf(Item as Row);
  }

  /** With personal data of the domain, that a function may be making at this moment. */
  async atWork(domain: string): Promise<readonly string[]> {
    return await doing(`reading which exports of ${domain} are being made`, async () => {
      const asked = await queryAll(this.#client, {
        ...{ TableName: this.#table, IndexName: 'domain' },
        KeyConditionExpression: '#domain = :domain AND arrived >= :oldest',
        ExpressionAttributeNames: { '#domain': 'domain' },
        ExpressionAttributeValues: { ':domain': partitionOf(domain), ':oldest': oldestAtWork(this.#now()) },
      });
      // The index may be behind.
      const jobs = await Promise.all(asked.map(({ id }) => this.#read(String(id))));
      return jobs.flatMap((job) =>
        job?.state === 'running' && isPersonalExport(job.request) ? [job.id] : [],
      );
    });
  }

  /** Null: there is none of that id. */
  async domainOf(id: string): Promise<string | null> {
    return await domainOfItem(this.#client, this.#table, keyOf(id), 'of');
  }

  /** Null: it has come to its end, its time is over, or it is not kept any longer. Begun again after an error, it is made anew. */
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

  /** To be written with the act that says what was made. `file`: its key in the bucket of data. */
  doneWrite(id: string, made: { readonly file: string; readonly bytes: number }): Write {
    return { Update: this.#move(id, 'done', made) };
  }

  #move(id: string, state: ExportJob['state'], more: Readonly<Record<string, string | number>>) {
    const values = Object.entries({ state, ...more });
    return {
      TableName: this.#table,
      Key: keyOf(id),
      UpdateExpression: `SET ${values.map(([name]) => `#${name} = :${name}`).join(', ')}`,
      ConditionExpression: '(#state = :asked OR #state = :running) AND askedAt >= :oldest',
      ExpressionAttributeNames: Object.fromEntries(values.map(([name]) => [`#${name}`, name])),
      ExpressionAttributeValues: {
        ...Object.fromEntries(values.map(([name, value]) => [`:${name}`, value])),
        ...{ ':asked': 'asked', ':running': 'running', ':oldest': oldestRunning(this.#now()) },
      },
    };
  }
}

function keyOf(id: string): { pk: string; sk: 'status' } {
  return { pk: `export#${id}`, sk: 'status' };
}

const partitionOf = (domain: string): string => `exports#${domain}`;

function openKey(by: string): { pk: string; sk: 'open' } {
  return { pk: `export#by#${by}`, sk: 'open' };
}

const isOpen = ({ state }: ExportJob): boolean => state === 'asked' || state === 'running';

/** Who asked, for what: a subject is named by its case. */
function askedAct({ id, domain, request, by, askedAt }: ExportJob): AuditAct {
  const isOfSubject = request.kind === 'subject';
  return {
    ...({ event: 'export_asked', actor: by, at: askedAt } as const),
    subject: isOfSubject
      ? caseIdOf(domain, request.subject, '')
      : request.selection.kind === 'period'
        ? `dossier of ${domain}`
        : request.selection.id,
    data: {
      ...{ export: id, kind: isOfSubject ? 'subject' : request.selection.kind },
      personal: isPersonalExport(request),
      ...(isOfSubject && { basis: request.basis }),
    },
  };
}

function rowOf({ domain, request, ...job }: ExportJob): Row {
  const expires_at = Math.floor(Date.parse(job.expiresAt) / 1000);
  const listed = { domain: partitionOf(domain), arrived: `${job.askedAt}#${job.id}` };
  return { ...job, ...listed, of: domain, request: JSON.stringify(request), expires_at };
}

function jobOf({ id, of, request, by, askedAt, state, reason, file, bytes, expiresAt }: Row): ExportJob {
  return {
    ...{ id, domain: of, request: JSON.parse(request) as ExportRequest },
    ...{ by, askedAt, state, reason, file, bytes, expiresAt },
  };
}
