/**
 * The keys of one domain of a deployed stack: rows of the table of subjects (subject-table.ts).
 *
 *     id#<domain>#<hash>        a subject: pseudonym, first and last day; its key and true id sealed under the domain's key
 *     pseudonym#<pseudonym>     which of these rows is its own
 *     drop#<drop>               the key of a drop, for the name of its file and what may quote it; sealed in the same way
 *
 * A hash is one under the domain's key, so that a dump of the table says nothing without KMS.
 */
import { randomBytes } from 'node:crypto';
import {
  DeleteCommand,
  type DynamoDBDocumentClient,
  PutCommand,
  TransactWriteCommand,
  UpdateCommand,
} from '@aws-sdk/lib-dynamodb';
import { chunksOf } from '../chunks-of.ts';
import { inParallel } from '../in-parallel.ts';
import { DomainCipher, KEY_BYTES } from '../privacy/domain-cipher.ts';
import type { DomainKeys } from '../privacy/domain-keys.ts';
import { SubjectCipher } from '../privacy/subject-cipher.ts';
import { type KeyRegister, type Span, type SubjectKey, unionOf } from '../privacy/subject-keys.ts';
import { untilWritten } from '../until-written.ts';
import { getAllItems } from './get-all-items.ts';
import { doing, unlessOvertaken, unlessRefused } from './store-error.ts';
import { MAX_WRITES, type Write } from './transaction.ts';

const PSEUDONYM_BYTES = 16;
/** Each new subject is two items. */
const NEW_A_TRANSACTION = MAX_WRITES / 2;
const CONCURRENCY = 16;
const MAX_ATTEMPTS = 8;

interface StoredRow {
  readonly subject: string;
  readonly pseudonym: string;
  readonly sealed: Uint8Array;
  readonly first?: string;
  readonly last?: string;
}

/** The keys of one domain, its own opened. */
export class DomainKeyTable implements DomainKeys {
  readonly register: KeyRegister;
  readonly #client: DynamoDBDocumentClient;
  readonly #table: string;
  readonly #cipher: DomainCipher;

  constructor(client: DynamoDBDocumentClient, table: string, register: KeyRegister, key: Uint8Array) {
    this.#client = client;
    this.#table = table;
    this.register = register;
    this.#cipher = new DomainCipher(key, randomBytes);
  }

  async take(spans: ReadonlyMap<string, Span | null>): Promise<ReadonlyMap<string, SubjectKey>> {
    const ids = new Map([...spans.keys()].map((id) => [this.#rowOf('subject', id), id]));
    return await this.#takeRows(ids, (id) => spans.get(id) ?? null);
  }

  async find(ids: readonly string[]): Promise<ReadonlyMap<string, SubjectKey>> {
    const rows = await this.#getRows([...new Set(ids.map((id) => this.#rowOf('subject', id)))]);
    return new Map(rows.map((row) => this.#open(row)).map((key) => [key.id, key]));
  }

  async findByPseudonym(pseudonyms: readonly string[]): Promise<ReadonlyMap<string, SubjectKey>> {
    const names = [...new Set(pseudonyms)].map((one) => `pseudonym#${one}`);
    const own = (await this.#get(names)).map(({ row }) => String(row));
    const rows = await this.#getRows([...new Set(own)].filter((row) => this.#isOfDomain(row)));
    const wanted = new Set(pseudonyms);
    return new Map(
      rows
        .map((row) => this.#open(row))
        .filter(({ pseudonym }) => wanted.has(pseudonym))
        .map((key) => [key.pseudonym, key]),
    );
  }

  async takeRejectsKey(): Promise<SubjectKey> {
    const taken = await this.#takeRows(new Map([[this.#rowOf('rejects', ''), '']]), () => null);
    return taken.get('')!;
  }

  async findRejectsKey(): Promise<SubjectKey | null> {
    const [row] = await this.#getRows([this.#rowOf('rejects', '')]);
    return row === undefined ? null : this.#open(row);
  }

  hashName(name: string): string {
    return `file_${this.#cipher.hash('file', name)}`;
  }

  hashRecordId(recordId: string): string {
    return this.#cipher.hash('record', recordId);
  }

  /** Destroys its key, and with it that of rejected lines of no readable subject. False: there is none. */
  async destroy(pseudonym: string): Promise<boolean> {
    const [name] = await this.#get([`pseudonym#${pseudonym}`]);
    const row = name === undefined ? null : String(name.row);
    if (row !== null && !this.#isOfDomain(row)) return false;
    const [rejects] = await this.#getRows([this.#rowOf('rejects', '')]);
    if (rejects !== undefined) await this.#delete(rejects.subject, rejects.pseudonym);
    if (row === null) return false;
    await this.#delete(row, pseudonym);
    return true;
  }

  async takeDropKey(drop: string): Promise<SubjectCipher> {
    const known = await this.findDropKey(drop);
    if (known !== null) return known;
    const subject = dropRow(drop);
    const Item = { subject, sealed: this.#cipher.seal(randomBytes(KEY_BYTES), subject) };
    await unlessRefused(`making the key of ${drop}`, () =>
      this.#client.send(
        new PutCommand({
          TableName: this.#table,
          Item,
          ConditionExpression: 'attribute_not_exists(subject)',
        }),
      ),
    );
    const made = await this.findDropKey(drop);
    if (made === null) throw new Error(`the key of ${drop} was written, and is not there`);
    return made;
  }

  async findDropKey(drop: string): Promise<SubjectCipher | null> {
    const subject = dropRow(drop);
    const [item] = await this.#get([subject]);
    if (item === undefined) return null;
    return new SubjectCipher({
      pseudonym: drop,
      key: this.#cipher.open(item.sealed as Uint8Array, subject),
    });
  }

  async destroyDropKey(drop: string): Promise<void> {
    await doing(`destroying the key of ${drop}`, () =>
      this.#client.send(new DeleteCommand({ TableName: this.#table, Key: { subject: dropRow(drop) } })),
    );
  }

  /** Of those that still have one. */
  async destroyDropKeys(drops: readonly string[]): Promise<void> {
    const there = await this.#get(drops.map(dropRow));
    await inParallel(there, CONCURRENCY, ({ subject }) =>
      this.destroyDropKey(String(subject).slice(dropRow('').length)),
    );
  }

  /** `ids` by row. */
  async #takeRows(
    ids: ReadonlyMap<string, string>,
    spanOf: (id: string) => Span | null,
  ): Promise<ReadonlyMap<string, SubjectKey>> {
    const taken = new Map<string, SubjectKey>();
    const known = await this.#getRows([...ids.keys()]);
    const grown: (readonly [StoredRow, Span])[] = [];
    for (const row of known) {
      const key = this.#open(row);
      const span = unionOf(key.span, spanOf(key.id));
      if (span !== null && !isSameSpan(span, key.span)) grown.push([row, span]);
      taken.set(key.id, { ...key, span });
    }
    await inParallel(grown, CONCURRENCY, ([row, span]) => this.#extend(row, span));
    const missing = [...ids].filter(([, id]) => !taken.has(id));
    const made = await inParallel(chunksOf(missing, NEW_A_TRANSACTION), CONCURRENCY, (chunk) =>
      this.#makeRows(new Map(chunk), spanOf),
    );
    for (const row of made.flat()) taken.set(row.id, row);
    return taken;
  }

  /** Of two drops with the same new subject the first makes its key, and the other takes it. */
  async #makeRows(
    ids: ReadonlyMap<string, string>,
    spanOf: (id: string) => Span | null,
  ): Promise<readonly SubjectKey[]> {
    return await untilWritten(
      MAX_ATTEMPTS,
      async () => {
        const there = new Set((await this.#getRows([...ids.keys()])).map(({ subject }) => subject));
        if (there.size > 0) {
          const known = await this.#takeRows(new Map([...ids].filter(([row]) => there.has(row))), spanOf);
          const left = new Map([...ids].filter(([row]) => !there.has(row)));
          const made = left.size === 0 ? [] : await this.#makeRows(left, spanOf);
          return [...known.values(), ...made];
        }
        const keys = [...ids].map(([row, id]) => ({ row, key: this.#newKey(id, spanOf(id)) }));
        const isDone = await unlessOvertaken('making the keys of subjects', () =>
          this.#client.send(
            new TransactWriteCommand({ TransactItems: keys.flatMap((one) => this.#writesOf(one)) }),
          ),
        );
        return isDone ? keys.map(({ key }) => key) : undefined;
      },
      () => new Error('others went on making the keys of the same subjects'),
    );
  }

  #newKey(id: string, span: Span | null): SubjectKey {
    const pseudonym = `s_${randomBytes(PSEUDONYM_BYTES).toString('hex')}`;
    return { pseudonym, key: randomBytes(KEY_BYTES), id, span };
  }

  #writesOf({ row, key }: { readonly row: string; readonly key: SubjectKey }): Write[] {
    const { pseudonym, span, id } = key;
    const sealed = this.#cipher.seal(
      Buffer.concat([key.key, Buffer.from(id, 'utf8')]),
      contextOf({ subject: row, pseudonym }),
    );
    const days = span === null ? {} : { first: span.from, last: span.to };
    const ConditionExpression = 'attribute_not_exists(subject)';
    const put = (Item: Record<string, unknown>): Write => ({
      Put: { TableName: this.#table, Item, ConditionExpression },
    });
    return [
      put({ subject: row, pseudonym, sealed, ...days }),
      put({ subject: `pseudonym#${pseudonym}`, row }),
    ];
  }

  /** Each end by itself: another drop may extend the other one at the same moment. A row that is gone stays gone. */
  async #extend({ subject, pseudonym }: StoredRow, { from, to }: Span): Promise<void> {
    const ends = [
      ['first', from, '>'],
      ['last', to, '<'],
    ] as const;
    for (const [name, day, than] of ends)
      await unlessRefused('extending the days of a subject', () =>
        this.#client.send(
          new UpdateCommand({
            TableName: this.#table,
            Key: { subject },
            UpdateExpression: 'SET #end = :day',
            ConditionExpression: `pseudonym = :own AND (attribute_not_exists(#end) OR #end ${than} :day)`,
            ExpressionAttributeNames: { '#end': name },
            ExpressionAttributeValues: { ':day': day, ':own': pseudonym },
          }),
        ),
      );
  }

  /** The row only where it is still that of the pseudonym. */
  async #delete(subject: string, pseudonym: string): Promise<void> {
    await unlessRefused('destroying a key', () =>
      this.#client.send(
        new DeleteCommand({
          TableName: this.#table,
          Key: { subject },
          ConditionExpression: 'pseudonym = :own',
          ExpressionAttributeValues: { ':own': pseudonym },
        }),
      ),
    );
    // Last: while it is there, an erasure that was interrupted finds the row again.
    await doing('destroying the pseudonym of a key', () =>
      this.#client.send(
        new DeleteCommand({ TableName: this.#table, Key: { subject: `pseudonym#${pseudonym}` } }),
      ),
    );
  }

  async #getRows(subjects: readonly string[]): Promise<StoredRow[]> {
    return (await this.#get(subjects)) as unknown as StoredRow[];
  }

  async #get(subjects: readonly string[]): Promise<Record<string, unknown>[]> {
    const keys = subjects.map((subject) => ({ subject }));
    return await doing('reading the keys of subjects', () =>
      getAllItems(this.#client, this.#table, keys, CONCURRENCY),
    );
  }

  #open(row: StoredRow): SubjectKey {
    const { pseudonym, first, last } = row;
    const plain = this.#cipher.open(row.sealed, contextOf(row));
    const span = first === undefined || last === undefined ? null : { from: first, to: last };
    return {
      pseudonym,
      key: plain.subarray(0, KEY_BYTES),
      id: plain.subarray(KEY_BYTES).toString('utf8'),
      span,
    };
  }

  #rowOf(kind: 'subject' | 'rejects', id: string): string {
    return `id#${this.register.domain}#${this.#cipher.hash(kind, id)}`;
  }

  #isOfDomain(row: string): boolean {
    return row.startsWith(`id#${this.register.domain}#`);
  }
}

const dropRow = (drop: string): string => `drop#${drop}`;

/** What a sealed key belongs to: moved to another row it does not open. */
const contextOf = ({ subject, pseudonym }: Pick<StoredRow, 'subject' | 'pseudonym'>): string =>
  `${subject} ${pseudonym}`;

function isSameSpan(a: Span, b: Span | null): boolean {
  return a.from === b?.from && a.to === b.to;
}
