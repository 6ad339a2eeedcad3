/**
 * The audit log of what people and the system do to a domain, as a chain in a table: each act is an entry with the hash of the one
 * before (`lib/audit/audit-entry.ts`). What is done, the entry that says so and the events that others are to hear of are written in
 * one transaction: none is ever there without the others.
 *
 *     pk 'audit#<domain>', sk <seq, 12 digits>           line, at
 *     pk 'audit-head#<domain>', sk 'head'                entries, hash
 *     pk 'audit-subject#<subject>', sk '<domain>#<seq>'  line; none where the act is also about it: then see the log
 *
 * Two acts at once both want to follow the same head: one does, the other reads the new head and tries again.
 */
import { createHash } from 'node:crypto';
import { type DynamoDBDocumentClient, GetCommand, TransactWriteCommand } from '@aws-sdk/lib-dynamodb';
import { type AuditAct, type AuditEntry, GENESIS, parseEntry, writeEntry } from '../audit/audit-entry.ts';
import { rowHash } from '../audit/row-hash.ts';
import type { AssayEvent, Events } from '../events/event-schemas.ts';
import { inParallel } from '../in-parallel.ts';
import { cutPieces, DeferredWrites, deferredPuts, type WriteUnit } from './deferred-writes.ts';
import { pendingEvents } from './outbox.ts';
import { People } from './people.ts';
import { queryAll } from './query-all.ts';
import { cancellations, doing, PASSING, REFUSED } from './store-error.ts';
import { MAX_TRANSACTION_BYTES, MAX_WRITES, type Write } from './transaction.ts';
import { waitForTurn } from './wait-for-turn.ts';

export interface ChainHead {
  readonly entries: number;
  /** Of the last entry. */
  readonly hash: string;
}

export interface ChainLine {
  readonly seq: number;
  readonly line: string;
  /** ISO 8601. */
  readonly at: string;
}

/** Writes that may follow the act: those of one subject, whose next act carries out what is left of them first. */
export interface Following {
  readonly subject: string;
  readonly units: readonly WriteUnit[];
}

/** An entry, and the domain in whose chain it stands. */
export interface SubjectEntry {
  readonly domain: string;
  readonly entry: AuditEntry;
}

/** 50 writers at once on a store that takes 15 ms a request: the least lucky one came to 77 attempts, with waits up to here. */
const MAX_ATTEMPTS = 100;
const MAX_WAIT_MS = 2_000;
const CONCURRENCY = 8;
/** An entry of the index holds its key alone. */
const INDEX_BYTES = 1_200;
/** Of the digits of a sort key. */
const MAX_ENTRIES = 1e12;
/** DynamoDB allows 2,048 bytes in a partition key. */
const MAX_SUBJECT_BYTES = 1024;

export class AuditChain {
  readonly #client: DynamoDBDocumentClient;
  readonly #table: string;
  readonly #people: People;
  readonly #maxWrites: number;
  readonly #deferred: DeferredWrites;

  /** Acts are written with the names of who did them, as `people` knows them. */
  constructor(
    client: DynamoDBDocumentClient,
    table: string,
    people = new People(client, table),
    maxWrites = MAX_WRITES,
  ) {
    this.#client = client;
    this.#people = people;
    this.#table = table;
    this.#maxWrites = maxWrites;
    this.#deferred = new DeferredWrites(client, table);
  }

  /** Acts must say when (`at`). */
  async append(domain: string, ...acts: readonly AuditAct[]): Promise<void> {
    await this.appendWith(domain, acts, []);
  }

  /**
   * Acts, what is done and what others are to hear of it: all or nothing. False: a condition of one of `writes` does not hold.
   * The events wait in the outbox of the same table until they are published (`lib/aws/outbox.ts`); a list of them is one item there.
   * What `following` holds is part of the transaction where that has room for it, else it is carried out after it: the act then stands
   * already, so that an error there is left to the one that finishes it (`lib/aws/deferred-writes.ts`).
   */
  async appendWith(
    domain: string,
    acts: readonly AuditAct[],
    writes: readonly Write[],
    events: readonly (AssayEvent | Events)[] = [],
    following: Following | null = null,
  ): Promise<boolean> {
    const named = await this.#named(acts);
    const also = events.map(
      (event): Write => ({
        Put: pendingEvents(this.#table, isList(event) ? event : [event]),
      }),
    );
    for (let attempt = 1; ; attempt++) {
      const outcome = await doing(`adding to the audit log of ${domain}`, () =>
        this.#try(domain, named, { writes: [...writes, ...also], following }, attempt === MAX_ATTEMPTS),
      );
      if (outcome === 'deferred') await this.#deferred.carryOut(following!.subject).catch(() => {});
      if (outcome !== 'too slow') return outcome !== 'refused';
      await waitForTurn(attempt, MAX_WAIT_MS);
    }
  }

  async #named(acts: readonly AuditAct[]): Promise<AuditAct[]> {
    const nameOf = await this.#people.namesOf(acts.map(({ actor }) => actor));
    return acts.map((act) => {
      const actor_name = act.actor_name ?? nameOf(act.actor);
      return actor_name === null ? act : { ...act, actor_name };
    });
  }

  /** What an act on this subject left to be carried out is carried out. */
  async finish(subject: string): Promise<boolean> {
    return (await this.#deferred.carryOut(subject)) > 0;
  }

  async #try(
    domain: string,
    acts: readonly AuditAct[],
    { writes, following }: { writes: readonly Write[]; following: Following | null },
    isLast: boolean,
  ): Promise<'written' | 'deferred' | 'refused' | 'too slow'> {
    const head = await this.head(domain);
    const units = [...(following?.units ?? []), ...this.#indexWrites(domain, acts, head)];
    const own = [...writes, ...units.flatMap((unit) => unit.writes)];
    const isWhole =
      following === null ||
      (own.length + writesOf(acts) <= this.#maxWrites && bytesOf(units) <= MAX_TRANSACTION_BYTES);
    const conditional = isWhole ? own : writes;
    const pieces = isWhole ? [] : cutPieces(units, this.#maxWrites);
    const TransactItems = [
      ...conditional,
      ...this.#entryWrites(domain, isWhole ? acts : acts.map((act) => deferring(act, pieces)), head),
      ...(isWhole
        ? []
        : deferredPuts(this.#table, { subject: following.subject, seq: head.entries }, pieces)),
    ];
    try {
      await this.#client.send(new TransactWriteCommand({ TransactItems }));
      return isWhole ? 'written' : 'deferred';
    } catch (error) {
      const codes = cancellations(error) ?? [];
      if (codes.slice(0, conditional.length).includes(REFUSED)) return 'refused';
      if (!isLast && codes.some((code) => PASSING.has(code))) return 'too slow';
      throw error;
    }
  }

  async head(domain: string): Promise<ChainHead> {
    const Key = headKey(domain);
    const { Item } = await this.#client.send(
      new GetCommand({ TableName: this.#table, Key, ConsistentRead: true }),
    );
    return Item === undefined
      ? { entries: 0, hash: GENESIS }
      : { entries: Number(Item.entries), hash: String(Item.hash) };
  }

  /** In order; with `from`, those whose number is that or higher; `max` at the most. */
  async lines(domain: string, from = 0, max = Number.MAX_SAFE_INTEGER): Promise<ChainLine[]> {
    return await doing(`reading the audit log of ${domain}`, async () => {
      const items = await this.#query('pk = :pk AND sk BETWEEN :from AND :to', {
        ':pk': `audit#${domain}`,
        ':from': seqKey(from),
        ':to': seqKey(Math.min(from + max, MAX_ENTRIES) - 1),
      });
      return items.map(({ sk, line, at }) => ({ seq: Number(sk), line: String(line), at: String(at) }));
    });
  }

  /** Everything said of a record, a model or a decision, by domain and in order. */
  async about(subject: string): Promise<SubjectEntry[]> {
    return await doing('reading what the audit logs say of a subject', async () => {
      const items = await this.#query('pk = :pk', { ':pk': subjectKey(subject) });
      return await inParallel(items, CONCURRENCY, async ({ sk, line }) => {
        const [, domain = '', seq = ''] = /^(.*)#(\d+)$/.exec(String(sk)) ?? [];
        const { entry, fault } = parseEntry(String(line ?? (await this.#line(domain, seq))));
        if (entry === undefined || fault !== undefined)
          throw new Error(`an entry of the audit log was changed: ${sk}: ${fault}`);
        return { domain, entry };
      });
    });
  }

  async #line(domain: string, sk: string): Promise<unknown> {
    const Key = { pk: `audit#${domain}`, sk };
    const { Item } = await this.#client.send(
      new GetCommand({ TableName: this.#table, Key, ConsistentRead: true }),
    );
    return Item?.line;
  }

  /** By what else the acts are about, which may follow. */
  #indexWrites(domain: string, acts: readonly AuditAct[], head: ChainHead): WriteUnit[] {
    return acts.flatMap(({ also = [] }, n) =>
      also.map((subject) => {
        const Item = { pk: subjectKey(subject), sk: `${domain}#${seqKey(head.entries + n)}` };
        return { writes: [{ Put: { TableName: this.#table, Item } }], bytes: INDEX_BYTES };
      }),
    );
  }

  #entryWrites(domain: string, acts: readonly AuditAct[], head: ChainHead): Write[] {
    if (acts.length === 0) return [];
    let { entries, hash } = head;
    const TableName = this.#table;
    const writes = acts.flatMap((act): Write[] => {
      if (act.at === undefined) throw new Error(`the act ${act.event} says no time`);
      const written = writeEntry(act, entries, hash);
      const { line } = written;
      const [sk, own] = [seqKey(entries), { line, at: act.at }];
      ({ hash } = written);
      entries++;
      const key = { pk: subjectKey(act.subject), sk: `${domain}#${sk}` };
      return [
        {
          Put: {
            TableName,
            Item: { pk: `audit#${domain}`, sk, ...own },
            ConditionExpression: 'attribute_not_exists(pk)',
          },
        },
        { Put: { TableName, Item: { ...key, line } } },
      ];
    });
    return [...writes, this.#headWrite(domain, head, { entries, hash })];
  }

  #headWrite(domain: string, before: ChainHead, after: ChainHead): Write {
    const isFirst = before.entries === 0;
    return {
      Put: {
        TableName: this.#table,
        Item: { ...headKey(domain), ...after },
        ConditionExpression: isFirst ? 'attribute_not_exists(pk)' : '#hash = :before',
        ...(!isFirst && {
          ExpressionAttributeNames: { '#hash': 'hash' },
          ExpressionAttributeValues: { ':before': before.hash },
        }),
      },
    };
  }

  async #query(
    KeyConditionExpression: string,
    ExpressionAttributeValues: Readonly<Record<string, string>>,
  ): Promise<Record<string, unknown>[]> {
    const base = { TableName: this.#table, ConsistentRead: true };
    return await queryAll(this.#client, { ...base, KeyConditionExpression, ExpressionAttributeValues });
  }
}

/** The entry, what it is found by, and the head. */
function writesOf(acts: readonly AuditAct[]): number {
  return acts.length === 0 ? 0 : 2 * acts.length + 1;
}

/** With the hashes of what it leaves to be carried out: a write that waits is this act's by its content. */
function deferring(act: AuditAct, pieces: readonly (readonly Write[])[]): AuditAct {
  const data = { ...act.data, deferred: pieces.map((piece) => rowHash(piece)) };
  return { ...act, data } as unknown as AuditAct;
}

function bytesOf(units: readonly WriteUnit[]): number {
  return units.reduce((sum, { bytes }) => sum + bytes, 0);
}

function isList(event: AssayEvent | Events): event is Events {
  return Array.isArray(event);
}

function headKey(domain: string): { pk: string; sk: 'head' } {
  return { pk: `audit-head#${domain}`, sk: 'head' };
}

function seqKey(seq: number): string {
  return String(seq).padStart(12, '0');
}

/** One too long for a key stands there by its hash. */
function subjectKey(subject: string): string {
  const isLong = Buffer.byteLength(subject) > MAX_SUBJECT_BYTES;
  return `audit-subject#${isLong ? `sha256:${createHash('sha256').update(subject).digest('hex')}` : subject}`;
}
