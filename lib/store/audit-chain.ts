/**
 * The audit log of what people and the system do to a domain, as a chain in a table: acts in, hash-chained entries out, each
 * with the hash of the one before (`lib/decisions/audit-entry.ts`). What is done and the entry that says so are written in
 * one transaction: neither is ever there without the other.
 *
 *     pk 'audit#<domain>', sk <seq, 12 digits>           line, at
 *     pk 'audit-head#<domain>', sk 'head'                entries, hash
 *     pk 'audit-subject#<subject>', sk '<domain>#<seq>'  line
 *
 * Two acts at once both want to follow the same head: one does, the other reads the new head and tries again.
 */
import { createHash } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  type DynamoDBDocumentClient,
  GetCommand,
  QueryCommand,
  TransactWriteCommand,
  type TransactWriteCommandInput,
} from '@aws-sdk/lib-dynamodb';
import { type AuditAct, type AuditEntry, GENESIS, parseEntry, writeEntry } from '../decisions/audit-entry.ts';
import { cancellations, doing } from './store-error.ts';

export type Write = NonNullable<TransactWriteCommandInput['TransactItems']>[number];

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

/** An entry, and the domain in whose chain it stands. */
export interface SubjectEntry {
  readonly domain: string;
  readonly entry: AuditEntry;
}

const MOST_TRIES = 40;
const LONGEST_WAIT_MS = 400;
/** DynamoDB allows 2,048 bytes in a partition key. */
const LONGEST_SUBJECT_BYTES = 1024;

/** What should have been written together with an act was refused: a condition of its own did not hold. */
export class ConditionRefused extends Error {
  override readonly name = 'ConditionRefused';
  /** Places of the refused writes among those given. */
  readonly refused: readonly number[];

  constructor(refused: readonly number[]) {
    super(`a condition did not hold for write ${refused.join(', ')}`);
    this.refused = refused;
  }
}

export class AuditChain {
  readonly #client: DynamoDBDocumentClient;
  readonly #table: string;

  constructor(client: DynamoDBDocumentClient, table: string) {
    this.#client = client;
    this.#table = table;
  }

  /** Acts must say when (`at`). */
  async append(domain: string, ...acts: readonly AuditAct[]): Promise<void> {
    await this.appendWith(domain, acts, []);
  }

  /** All or nothing; throws a ConditionRefused where a condition of one of `writes` does not hold. */
  async appendWith(domain: string, acts: readonly AuditAct[], writes: readonly Write[]): Promise<void> {
    for (let attempt = 1; ; attempt++) {
      const outcome = await doing(`adding to the audit log of ${domain}`, () =>
        this.#try(domain, acts, writes, attempt === MOST_TRIES),
      );
      if (outcome === 'written') return;
      if (outcome !== 'too slow') throw new ConditionRefused(outcome);
      await sleep(Math.random() * Math.min(LONGEST_WAIT_MS, 10 * 2 ** attempt));
    }
  }

  async #try(
    domain: string,
    acts: readonly AuditAct[],
    writes: readonly Write[],
    isLast: boolean,
  ): Promise<'written' | 'too slow' | readonly number[]> {
    const TransactItems = [...writes, ...this.#entryWrites(domain, acts, await this.head(domain))];
    try {
      await this.#client.send(new TransactWriteCommand({ TransactItems }));
      return 'written';
    } catch (error) {
      const codes = cancellations(error) ?? [];
      const refused = [...writes.keys()].filter((at) => codes[at] === 'ConditionalCheckFailed');
      if (refused.length > 0) return refused;
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

  /** In order; with `from`, those whose number is that or higher. */
  async lines(domain: string, from = 0): Promise<ChainLine[]> {
    return await doing(`reading the audit log of ${domain}`, async () => {
      const items = await this.#query('pk = :pk AND sk >= :from', {
        ':pk': `audit#${domain}`,
        ':from': seqKey(from),
      });
      return items.map(({ sk, line, at }) => ({ seq: Number(sk), line: String(line), at: String(at) }));
    });
  }

  /** Everything said of a record, a model or a decision, by domain and in order. */
  async about(subject: string): Promise<SubjectEntry[]> {
    return await doing('reading what the audit logs say of a subject', async () => {
      const items = await this.#query('pk = :pk', { ':pk': subjectKey(subject) });
      return items.flatMap(({ sk, line }) => {
        const { entry, fault } = parseEntry(String(line));
        if (entry === undefined || fault !== undefined)
          throw new Error(`an entry of the audit log was changed: ${sk}: ${fault}`);
        return { domain: String(sk).replace(/#\d+$/, ''), entry };
      });
    });
  }

  #entryWrites(domain: string, acts: readonly AuditAct[], head: ChainHead): Write[] {
    let { entries, hash } = head;
    const TableName = this.#table;
    const writes = acts.flatMap((act): Write[] => {
      if (act.at === undefined) throw new Error(`the act ${act.event} says no time`);
      const written = writeEntry(act, entries, hash);
      const { line } = written;
      const [sk, own] = [seqKey(entries), { line, at: act.at }];
      ({ hash } = written);
      entries++;
      return [
        {
          Put: {
            TableName,
            Item: { pk: `audit#${domain}`, sk, ...own },
            ConditionExpression: 'attribute_not_exists(pk)',
          },
        },
        { Put: { TableName, Item: { pk: subjectKey(act.subject), sk: `${domain}#${sk}`, line } } },
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
    const items: Record<string, unknown>[] = [];
    let after: Record<string, unknown> | undefined;
    do {
      const page = await this.#client.send(
        new QueryCommand({
          TableName: this.#table,
          ConsistentRead: true,
          KeyConditionExpression,
          ExpressionAttributeValues,
          ExclusiveStartKey: after,
        }),
      );
      items.push(...(page.Items ?? []));
      after = page.LastEvaluatedKey;
    } while (after !== undefined);
    return items;
  }
}

/** Somebody else wrote at the same moment, or too many did. */
const PASSING: ReadonlySet<string> = new Set([
  'ConditionalCheckFailed',
  'TransactionConflict',
  'ThrottlingError',
  'ProvisionedThroughputExceeded',
]);

function headKey(domain: string): { pk: string; sk: 'head' } {
  return { pk: `audit-head#${domain}`, sk: 'head' };
}

function seqKey(seq: number): string {
  return String(seq).padStart(12, '0');
}

/** One too long for a key stands there by its hash. */
function subjectKey(subject: string): string {
  const isLong = Buffer.byteLength(subject) > LONGEST_SUBJECT_BYTES;
  return `audit-subject#${isLong ? `sha256:${createHash('sha256').update(subject).digest('hex')}` : subject}`;
}
