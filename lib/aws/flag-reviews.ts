/**
 * Open reviews of flags: one verdict on one flag, or on several of a case; all of them or none. The case, the entry in the audit log, the
 * events, and what becomes of each flag are one transaction while that has room. Where there are too many flags, what becomes of each
 * follows the transaction (`deferred-writes.ts`). Each change of a flag changes its case too, so that a case of the version that was read
 * before its flags answers for all of them.
 */
import { type DynamoDBDocumentClient, QueryCommand } from '@aws-sdk/lib-dynamodb';
import { type Case, caseIdOf } from '../cases/case.ts';
import { decideFlags, type OpenRest, withPending } from '../cases/case-flags.ts';
import { topFlagOf } from '../cases/top-flag.ts';
import type { FlagItem } from '../decisions/flag-item.ts';
import type { Events } from '../events/event-schemas.ts';
import { type StaleFlag, StaleFlags } from '../reviews/apply-review.ts';
import { type ReviewedFlag, reviewFlags } from '../reviews/review-flags.ts';
import { untilWritten } from '../until-written.ts';
import type { AuditChain } from './audit-chain.ts';
import { caseWrites, decidedFlagWrite } from './case-change.ts';
import { caseActWrite, caseChanged } from './case-desk.ts';
import { flagOfOpenKey, openFlagsKey } from './case-keys.ts';
import { readCase } from './case-row.ts';
import type { WriteUnit } from './deferred-writes.ts';
import { dropOfKey } from './flag-keys.ts';
import type { FlagReviewRequest, SeenFlag, StoredFlag } from './flag-review-request.ts';
import { flagUpdate, reviewEntry, reviewHistory, reviewsMade } from './flag-review-writes.ts';
import { getAllItems } from './get-all-items.ts';
import { givenBefore } from './given-before.ts';
import { mentionEvents, mentionWrites } from './mention-table.ts';
import { asStored, type ReviewRow, reviewRow, type StoredReview } from './review-row.ts';
import { doing } from './store-error.ts';
import { flagBytes, type Write } from './transaction.ts';

/** Of the open flags that are left, those whose rules the case names. */
const MAX_RULED = 100;
const MAX_ATTEMPTS = 20;

export interface MadeReviews {
  readonly reviews: readonly StoredReview[];
  readonly flags: readonly ReviewedFlag[];
  /** With the reviews; null: the flags were stored before there were cases. */
  readonly case: Case | null;
  /** To be published: they wait in the outbox as one. */
  readonly events: Events;
}

export class FlagReviews {
  readonly #client: DynamoDBDocumentClient;
  readonly #table: string;
  readonly #audit: AuditChain;

  constructor(client: DynamoDBDocumentClient, table: string, audit: AuditChain) {
    this.#client = client;
    this.#table = table;
    this.#audit = audit;
  }

  /**
   * Throws a StaleFlags, which names each flag that is not as it was looked at, or a ReviewRefused. The same verdict of the same person on
   * the same flags of a case is given once, however often it is sent.
   */
  async review(request: FlagReviewRequest): Promise<MadeReviews> {
    const attempt = async (): Promise<MadeReviews | undefined> => {
      const caseId = request.caseId ?? (await this.#caseOf(request));
      const before = await doing(`reading case ${caseId}`, () => readCase(this.#client, this.#table, caseId));
      // Its flags are as they are from here on, or the case has another version.
      await this.#audit.finish(caseId);
      const flags = await this.#readSeen(request, caseId);
      if ('stale' in flags) {
        const given = await givenBefore(this.#client, this.#table, request);
        if (given === null) throw new StaleFlags(flags.stale);
        return { ...given, case: before };
      }
      const made = reviewFlags(flags.seen, request.draft, request.reviewer, request.terms);
      // Where the case changed meanwhile, and a flag with it, the next reading says so.
      return (await this.#write(made, before, request.reviewer.at)) ?? undefined;
    };
    const overtaken = () => new Error(`reviewing ${request.flags.length} flags: the case changed each time`);
    return await untilWritten(MAX_ATTEMPTS, attempt, overtaken);
  }

  async #caseOf({ flags: [seen] }: FlagReviewRequest): Promise<string> {
    const { id, version } = seen!;
    const [flag] = await this.#readFlags([seen!]);
    if (flag === undefined) throw new StaleFlags([{ flag: id, seen: version, current: null, changed: null }]);
    return caseIdOf(flag.domain, flag.entity, flag.flag);
  }

  async #readFlags(seen: readonly SeenFlag[]): Promise<StoredFlag[]> {
    const keys = seen.map(({ id }) => ({ flag: id, item: 'flag' }));
    const items = await doing(`reading ${seen.length} flags`, () =>
      getAllItems(this.#client, this.#table, keys),
    );
    return items as unknown as StoredFlag[];
  }

  async #readSeen(
    { flags: seen }: FlagReviewRequest,
    caseId: string,
  ): Promise<{ readonly seen: StoredFlag[] } | { readonly stale: StaleFlag[] }> {
    const found = new Map((await this.#readFlags(seen)).map((flag) => [flag.flag, flag]));
    const isOfCase = (flag: StoredFlag) => caseIdOf(flag.domain, flag.entity, flag.flag) === caseId;
    const stale = seen.flatMap(({ id, version }) => {
      const flag = found.get(id);
      const isThere = flag !== undefined && isOfCase(flag);
      if (isThere && flag.version === version) return [];
      const current = isThere ? flag.version : null;
      return [{ flag: id, seen: version, current, changed: (isThere && flag.changed) || null }];
    });
    return stale.length > 0 ? { stale } : { seen: seen.map(({ id }) => found.get(id)!) };
  }

  /** Null: a condition did not hold. */
  async #write(made: readonly ReviewedFlag[], before: Case | null, at: string): Promise<MadeReviews | null> {
    const { domain, entity, flag } = made[0]!.flag;
    const id = caseIdOf(domain, entity, flag);
    const decided = made.filter(isDecided).map((one) => one.flag);
    const found = before === null ? null : await this.#caseAfter(before, decided, at);
    if (found === 'changed') return null;
    const after = found === null ? null : withPending(found, made);
    const rows = made.map(rowOf);
    const isClosing = after?.status === 'closed' && before?.status !== 'closed';
    const { by, mentions: people = [] } = made[0]!.review;
    const mention = { domain, caseId: id, by, at, people };
    const mentioned = mentionWrites(this.#table, mention);
    const events: Events = [
      ...reviewsMade(made),
      ...(isClosing ? [caseChanged(after, 'close', at)] : []),
      ...mentionEvents(mention),
    ];
    const units = made.map((one, n) => this.#unitOf(one, rows[n]!, after));
    const changed = after === null ? null : { after, history: reviewHistory(made, after) };
    const entry = reviewEntry(made, rows, { id, changed });
    const isWritten =
      before === null || changed === null
        ? // Nothing but its own version protects a flag that has no case.
          await this.#audit.appendWith(
            domain,
            [entry],
            [...units.flatMap(({ writes }) => writes), ...mentioned],
            [events],
          )
        : await this.#audit.appendWith(
            domain,
            [entry],
            [
              ...caseWrites(this.#table, before, changed.after),
              caseActWrite(this.#table, changed.after, changed.history),
              ...mentioned,
            ],
            [events],
            { subject: id, units },
          );
    return isWritten ? { reviews: rows.map(asStored), flags: made, case: after, events } : null;
  }

  /** What becomes of one flag. */
  #unitOf(made: ReviewedFlag, row: ReviewRow, after: Case | null): WriteUnit {
    const { flag, review } = made;
    return {
      writes: [
        newRow(this.#table, row),
        flagUpdate(this.#table, made, review, review.by),
        ...(after !== null && isDecided(made) ? [decidedFlagWrite(this.#table, after.id, flag)] : []),
      ],
      bytes: flagBytes(flag) + Buffer.byteLength(JSON.stringify(row)),
    };
  }

  /** 'changed': the case is not any more as it was read. */
  async #caseAfter(before: Case, decided: readonly FlagItem[], at: string): Promise<Case | 'changed'> {
    if (decided.length === 0) return { ...before, version: before.version + 1 };
    const rest = await doing(`reading the open flags of case ${before.id}`, () =>
      this.#restOf(before, decided),
    );
    const left = before.openFlags - decided.length;
    if (left < 0 || (left === 0) !== (rest === null)) return 'changed';
    return decideFlags(before, decided.length, rest, at);
  }

  async #restOf(before: Case, decided: readonly FlagItem[]): Promise<OpenRest | null> {
    const { Items = [] } = await this.#client.send(
      new QueryCommand({
        TableName: this.#table,
        ConsistentRead: true,
        KeyConditionExpression: 'flag = :flag',
        ExpressionAttributeValues: { ':flag': openFlagsKey(before.id) },
        ScanIndexForward: false,
        Limit: decided.length + MAX_RULED,
      }),
    );
    const gone = new Set(decided.map(({ flag }) => flag));
    const left = Items.map(({ item, rules }) => ({
      flag: flagOfOpenKey(String(item)),
      rules: rules as string[],
    }))
      .filter(({ flag }) => !gone.has(flag))
      .slice(0, MAX_RULED);
    const [best] = left;
    if (best === undefined) return null;
    const rules = [...new Set(left.flatMap((one) => one.rules))];
    if (best.flag === before.top.id) return { top: before.top, rules };
    const [item] = await getAllItems(this.#client, this.#table, [{ flag: best.flag, item: 'flag' }]);
    if (item === undefined) throw new Error(`the open flag ${best.flag} is not there`);
    return { top: topFlagOf(item as unknown as FlagItem), rules };
  }
}

function isDecided({ flag, status }: ReviewedFlag): boolean {
  return flag.status === 'open' && status !== 'open';
}

function rowOf({ flag, review }: ReviewedFlag): ReviewRow {
  const { domain, entity, flagged_at: raised_at } = flag;
  const facts = { why: 'flag', chance: 1, raised_at, case_id: caseIdOf(domain, entity, flag.flag) } as const;
  return reviewRow(flag.flag, review, { ...flag, drop: dropOfKey(flag.drop), ...facts });
}

function newRow(TableName: string, row: ReviewRow): Write {
  return { Put: { TableName, Item: { ...row }, ConditionExpression: 'attribute_not_exists(flag)' } };
}
