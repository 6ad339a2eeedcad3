/**
 * Takes back a review, with all that were given at once with it: they stay, marked as withdrawn, and count for nothing from then on;
 * their flags are as they were before. All of them or none, as they were given: see flag-reviews.ts.
 */
import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { isSamePerson } from '../actor.ts';
import { type Case, caseIdOf } from '../cases/case.ts';
import { caseFacts } from '../cases/case-entries.ts';
import { reopenFlags, withPending } from '../cases/case-flags.ts';
import type { FlagItem } from '../decisions/flag-item.ts';
import { type Events, makeEvent } from '../events/event-schemas.ts';
import { inParallel } from '../in-parallel.ts';
import { ReviewRefused, StaleFlags } from '../reviews/apply-review.ts';
import { parseReviewId, type WithdrawnFlag, withdrawFrom } from '../reviews/withdraw-review.ts';
import { untilWritten } from '../until-written.ts';
import type { AuditChain } from './audit-chain.ts';
import { caseWrites, openFlagWrite } from './case-change.ts';
import { caseActWrite } from './case-desk.ts';
import { readCase } from './case-row.ts';
import type { CaseHistoryEntry } from './case-table.ts';
import type { WriteUnit } from './deferred-writes.ts';
import type { StoredFlag } from './flag-review-request.ts';
import { flagUpdate } from './flag-review-writes.ts';
import { getAllItems } from './get-all-items.ts';
import { queryAll } from './query-all.ts';
import { asStored, type ReviewRow, reviewItem, type StoredReview } from './review-row.ts';
import { newSalt } from './salt.ts';
import { doing } from './store-error.ts';
import { flagBytes, type Write } from './transaction.ts';

export interface Withdrawal {
  readonly flags: readonly WithdrawnFlag[];
  readonly case: Case | null;
  /** To be published: they wait in the outbox as one. */
  readonly events: Events;
}

const MAX_ATTEMPTS = 20;
const CONCURRENCY = 16;
/** What the row of a review has beside the review. */
const REVIEW_ROW_BYTES = 2_000;

export class ReviewWithdrawals {
  readonly #client: DynamoDBDocumentClient;
  readonly #table: string;
  readonly #audit: AuditChain;

  constructor(client: DynamoDBDocumentClient, table: string, audit: AuditChain) {
    this.#client = client;
    this.#table = table;
    this.#audit = audit;
  }

  /** Null: there is no such review. Throws a ReviewRefused or a StaleFlags. */
  async withdraw(
    id: string,
    actor: { readonly by: string; readonly at: string },
  ): Promise<Withdrawal | null> {
    const first = await this.#readFlags([parseReviewId(id).flag]);
    if (first[0] === undefined) return null;
    const { domain, entity, flag } = first[0];
    const caseId = caseIdOf(domain, entity, flag);
    const attempt = async (): Promise<Withdrawal | null | undefined> => {
      const before = await doing(`reading case ${caseId}`, () => readCase(this.#client, this.#table, caseId));
      await this.#audit.finish(caseId);
      const given = await this.#given(id, actor.by);
      if (given === null) return null;
      return (await this.#write(id, given, { id: caseId, before }, actor)) ?? undefined;
    };
    const overtaken = () => new Error(`withdrawing the review ${id}: the case changed each time`);
    return await untilWritten(MAX_ATTEMPTS, attempt, overtaken);
  }

  async #readFlags(ids: readonly string[]): Promise<StoredFlag[]> {
    const keys = ids.map((flag) => ({ flag, item: 'flag' }));
    const found = await doing(`reading ${keys.length} flags`, () =>
      getAllItems(this.#client, this.#table, keys),
    );
    return found as unknown as StoredFlag[];
  }

  /** The flags as they will be. */
  async #given(id: string, by: string): Promise<WithdrawnFlag[] | null> {
    const { flag, place } = parseReviewId(id);
    const first = (await this.#reviewsOf(flag)).find(
      ({ version, id: own }) => version === place && own === id,
    );
    if (first === undefined) return null;
    if (!isSamePerson(first.by, by)) throw new ReviewRefused('a review is withdrawn by who gave it');
    if (first.withdrawnAt !== undefined) throw new ReviewRefused('the review is withdrawn already');
    const all = (first.together ?? [id]).map(parseReviewId);
    const found = await this.#readFlags(all.map((one) => one.flag));
    const flags = new Map(found.map((one) => [one.flag, one]));
    const stale = all.flatMap((one) => {
      const { version = null, changed = null } = flags.get(one.flag) ?? {};
      return version === one.place + 1
        ? []
        : [{ flag: one.flag, seen: one.place + 1, current: version, changed }];
    });
    if (stale.length > 0) throw new StaleFlags(stale);
    return await inParallel(all, CONCURRENCY, async (one) => {
      const reviews = await this.#reviewsOf(one.flag);
      const own = reviews.find(({ version }) => version === one.place);
      if (own === undefined) throw new Error(`there is no review ${one.place} of flag ${one.flag}`);
      return withdrawFrom(flags.get(one.flag)!, reviews, own);
    });
  }

  async #write(
    review: string,
    given: readonly WithdrawnFlag[],
    { id, before }: { readonly id: string; readonly before: Case | null },
    { by, at }: { readonly by: string; readonly at: string },
  ): Promise<Withdrawal | null> {
    const [{ flag: first }] = given as [WithdrawnFlag];
    const reopened = given.filter(isReopened).map(({ flag }) => flag);
    const after = before === null ? null : withPending(afterReopening(before, reopened), given);
    const [one, ...others] = given.map(({ flag }) =>
      makeEvent('ReviewWithdrawn', {
        ...{ at, domain: flag.domain, flag: flag.flag, version: flag.version + 1, review },
      }),
    );
    const events: Events = [one!, ...others];
    const decisions = given.map(({ flag }) => flag.flag);
    const records = [...new Set(given.map(({ flag }) => flag.record_id))];
    const units = given.map((one) => this.#unitOf(one, { by, at }, before === null ? null : id));
    const said = { act: 'withdraw', by, at, review, flags: decisions } as const;
    const change = before === null || after === null ? null : this.#caseChange(before, after, said);
    const act = {
      event: 'review_withdrawn',
      actor: by,
      subject: id,
      also: records.filter((record) => record !== id),
      at,
      data: { review, decisions, ...change?.facts },
    } as const;
    const isWritten =
      change === null
        ? await this.#audit.appendWith(
            first.domain,
            [act],
            units.flatMap(({ writes }) => writes),
            [events],
          )
        : await this.#audit.appendWith(first.domain, [act], change.writes, [events], { subject: id, units });
    return isWritten ? { flags: given, case: after, events } : null;
  }

  /** What is written of the case, and what the log says of it. */
  #caseChange(before: Case, after: Case, said: Omit<CaseHistoryEntry, 'version' | 'salt'>) {
    const history = { ...said, version: after.version, salt: newSalt() };
    const writes = [...caseWrites(this.#table, before, after), caseActWrite(this.#table, after, history)];
    return { writes, facts: caseFacts(after, history) };
  }

  /** What becomes of one flag. */
  #unitOf(
    given: WithdrawnFlag,
    changed: { readonly by: string; readonly at: string },
    caseId: string | null,
  ): WriteUnit {
    const { flag, review } = given;
    return {
      writes: [
        ...this.#flagWrites(given, changed),
        ...(caseId !== null && isReopened(given) ? [openFlagWrite(this.#table, caseId, flag)] : []),
      ],
      bytes: flagBytes(flag) + Buffer.byteLength(JSON.stringify(review)) + REVIEW_ROW_BYTES,
    };
  }

  #flagWrites(given: WithdrawnFlag, changed: { readonly by: string; readonly at: string }): Write[] {
    const TableName = this.#table;
    const { flag, review } = given;
    const item = reviewItem(review.version);
    return [
      {
        Update: {
          TableName,
          Key: { flag: flag.flag, item },
          UpdateExpression: 'SET withdrawnAt = :at',
          ConditionExpression: 'attribute_exists(flag) AND attribute_not_exists(withdrawnAt)',
          ExpressionAttributeValues: { ':at': changed.at },
        },
      },
      flagUpdate(TableName, given, changed, null),
    ];
  }

  async #reviewsOf(flag: string): Promise<StoredReview[]> {
    const rows = await doing(`reading the reviews of ${flag}`, () =>
      queryAll(this.#client, {
        TableName: this.#table,
        ConsistentRead: true,
        KeyConditionExpression: 'flag = :flag AND begins_with(#item, :review)',
        ExpressionAttributeNames: { '#item': 'item' },
        ExpressionAttributeValues: { ':flag': flag, ':review': 'review#' },
      }),
    );
    return rows.map((row) => asStored(row as unknown as ReviewRow));
  }
}

function isReopened({ flag, status }: WithdrawnFlag): boolean {
  return flag.status !== 'open' && status === 'open';
}

function afterReopening(before: Case, reopened: readonly FlagItem[]): Case {
  return reopened.length === 0 ? { ...before, version: before.version + 1 } : reopenFlags(before, reopened);
}
