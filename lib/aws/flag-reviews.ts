/**
 * Open reviews of flags: one verdict on one flag, or on several of a case. The reviews, the flags, their case, the entry in the audit log
 * and the events are one transaction, on condition that each flag has the version that was looked at: all or nothing.
 */
import { type DynamoDBDocumentClient, QueryCommand } from '@aws-sdk/lib-dynamodb';
import { type Case, caseIdOf } from '../cases/case.ts';
import { decideFlags, type OpenRest, withPending } from '../cases/case-flags.ts';
import { topFlagOf } from '../cases/top-flag.ts';
import type { FlagItem } from '../decisions/flag-item.ts';
import { InputError } from '../errors.ts';
import type { Events } from '../events/event-schemas.ts';
import { StaleFlags } from '../reviews/apply-review.ts';
import type { ReviewDraft } from '../reviews/review.ts';
import { type ReviewedFlag, type ReviewTerms, reviewFlags } from '../reviews/review-flags.ts';
import type { AuditChain, Write } from './audit-chain.ts';
import { caseWrites, decidedFlagWrite } from './case-change.ts';
import { caseActWrite, caseChanged } from './case-desk.ts';
import { flagOfOpenKey, openFlagsKey } from './case-keys.ts';
import { readCase } from './case-row.ts';
import { dropOfKey } from './flag-keys.ts';
import { flagUpdate, reviewEntry, reviewHistory, reviewMade } from './flag-review-writes.ts';
import { getAllItems } from './get-all-items.ts';
import { asStored, type ReviewRow, reviewRow, type StoredReview } from './review-row.ts';
import { doing } from './store-error.ts';

/** Four writes a flag and nine beside them: a transaction has 100. */
const MAX_FLAGS_AT_ONCE = 22;
/** A transaction has 4 MB, and counts each flag whole. */
const MAX_BYTES = 3_500_000;
/** Of the open flags that are left, those whose rules the case names. */
const MAX_RULED = 100;
const MAX_TRIES = 20;

export interface SeenFlag {
  readonly id: string;
  readonly version: number;
}

export interface FlagReviewRequest {
  readonly flags: readonly SeenFlag[];
  readonly draft: Omit<ReviewDraft, 'kind' | 'version'>;
  readonly reviewer: { readonly by: string; readonly at: string };
  readonly terms: ReviewTerms;
  /** All of them have to be flags of this case; null: of whichever. */
  readonly caseId: string | null;
}

export interface MadeReviews {
  readonly reviews: readonly StoredReview[];
  readonly flags: readonly ReviewedFlag[];
  /** With the reviews; null: the flags were stored before there were cases. */
  readonly case: Case | null;
  /** To be published: they wait in the outbox as one. */
  readonly events: Events;
}

export type StoredFlag = FlagItem & { readonly changed?: { readonly by: string; readonly at: string } };

export class FlagReviews {
  readonly #client: DynamoDBDocumentClient;
  readonly #table: string;
  readonly #audit: AuditChain;

  constructor(client: DynamoDBDocumentClient, table: string, audit: AuditChain) {
    this.#client = client;
    this.#table = table;
    this.#audit = audit;
  }

  /** Throws a StaleFlags, which names each flag that is not as it was looked at, or a ReviewRefused. */
  async review(request: FlagReviewRequest): Promise<MadeReviews> {
    for (let attempt = 1; ; attempt++) {
      const flags = await this.#readSeen(request);
      const made = reviewFlags(flags, request.draft, request.reviewer, request.terms);
      const written = await this.#write(made, request.reviewer.at);
      if (written !== null) return written;
      // The case changed meanwhile; where a flag did, the next reading says so.
      if (attempt === MAX_TRIES)
        throw new Error(`reviewing ${flags.length} flags: the case changed each time`);
    }
  }

  async #readSeen({ flags: seen, caseId }: FlagReviewRequest): Promise<StoredFlag[]> {
    const keys = seen.map(({ id }) => ({ flag: id, item: 'flag' }));
    const items = await doing(`reading ${seen.length} flags`, () =>
      getAllItems(this.#client, this.#table, keys),
    );
    const found = new Map(items.map((item) => [String(item.flag), item as unknown as StoredFlag]));
    const isOfCase = (flag: StoredFlag) =>
      caseId === null || caseIdOf(flag.domain, flag.entity, flag.flag) === caseId;
    const stale = seen.flatMap(({ id, version }) => {
      const flag = found.get(id);
      const isThere = flag !== undefined && isOfCase(flag);
      if (isThere && flag.version === version) return [];
      const current = isThere ? flag.version : null;
      return [{ flag: id, seen: version, current, changed: (isThere && flag.changed) || null }];
    });
    if (stale.length > 0) throw new StaleFlags(stale);
    const flagsSeen = seen.map(({ id }) => found.get(id)!);
    expectRoom(flagsSeen);
    return flagsSeen;
  }

  /** Null: a condition did not hold. */
  async #write(made: readonly ReviewedFlag[], at: string): Promise<MadeReviews | null> {
    const { domain, entity, flag } = made[0]!.flag;
    const id = caseIdOf(domain, entity, flag);
    const before = await doing(`reading case ${id}`, () => readCase(this.#client, this.#table, id));
    const decided = made
      .filter((one) => one.flag.status === 'open' && one.status !== 'open')
      .map((one) => one.flag);
    const found = before === null ? null : await this.#caseAfter(before, decided, at);
    if (found === 'changed') return null;
    const after = found === null ? null : withPending(found, made);
    const rows = made.map(rowOf);
    const isClosing = after?.status === 'closed' && before?.status !== 'closed';
    const events: Events = [
      reviewMade(made[0]!),
      ...made.slice(1).map(reviewMade),
      ...(isClosing ? [caseChanged(after, 'close', at)] : []),
    ];
    const writes: Write[] = [
      ...rows.map((row) => newRow(this.#table, row)),
      ...made.map((one) => flagUpdate(this.#table, one)),
      ...(before === null || after === null ? [] : this.#caseWrites(before, after, made, decided)),
    ];
    const entry = reviewEntry(made, id, after);
    if (!(await this.#audit.appendWith(domain, [entry], writes, [events]))) return null;
    return { reviews: rows.map(asStored), flags: made, case: after, events };
  }

  #caseWrites(
    before: Case,
    after: Case,
    made: readonly ReviewedFlag[],
    decided: readonly FlagItem[],
  ): Write[] {
    return [
      ...decided.map((flag) => decidedFlagWrite(this.#table, after.id, flag)),
      ...caseWrites(this.#table, before, after),
      caseActWrite(this.#table, after, reviewHistory(made, after)),
    ];
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

/** Throws an InputError where they are too many, or too large, for one transaction. */
function expectRoom(flags: readonly StoredFlag[]): void {
  const sizes = flags.map(({ explanation, record }) => Buffer.byteLength(`${explanation}${record}`) + 2_000);
  const bytes = sizes.reduce((sum, one) => sum + one, 0);
  if (flags.length <= MAX_FLAGS_AT_ONCE && (bytes <= MAX_BYTES || flags.length === 1)) return;
  throw new InputError(
    `${flags.length} flags of ${Math.ceil(bytes / 1_000)} kB are too many for one verdict, which holds ${MAX_FLAGS_AT_ONCE} and ${MAX_BYTES / 1_000} kB: review them in parts`,
  );
}

function rowOf({ flag, review }: ReviewedFlag): ReviewRow {
  const facts = { why: 'flag', chance: 1, raised_at: flag.flagged_at } as const;
  return reviewRow(flag.flag, review, { ...flag, drop: dropOfKey(flag.drop), ...facts });
}

function newRow(TableName: string, row: ReviewRow): Write {
  return { Put: { TableName, Item: { ...row }, ConditionExpression: 'attribute_not_exists(flag)' } };
}
