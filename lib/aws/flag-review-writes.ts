/** What a review of flags writes beside its rows: the flags, the entry in the audit log, the case's history and the events. */

import type { AuditAct } from '../audit/audit-entry.ts';
import type { JsonObject } from '../audit/canonical-json.ts';
import type { Case } from '../cases/case.ts';
import { caseFacts } from '../cases/case-entries.ts';
import { type AssayEvent, type Events, makeEvent } from '../events/event-schemas.ts';
import { reviewAct } from '../reviews/apply-review.ts';
import type { ReviewedFlag } from '../reviews/review-flags.ts';
import { reviewHash } from '../reviews/review-hash.ts';
import { signatureHash } from '../reviews/signature.ts';
import type { CaseHistoryEntry } from './case-table.ts';
import { inShard, queueKey } from './flag-keys.ts';
import { asStored, type ReviewRow } from './review-row.ts';
import { newSalt } from './salt.ts';
import type { Write } from './transaction.ts';

/** On condition that the flag has the version that was looked at. `reviewer`: null where a review is withdrawn. */
export function flagUpdate(
  TableName: string,
  { flag, status, pending }: Pick<ReviewedFlag, 'flag' | 'status' | 'pending'>,
  changed: { readonly by: string; readonly at: string },
  reviewer: string | null,
): Write {
  const sets = ['#version = :next', '#status = :status', '#queue = :queue', '#changed = :changed'];
  return {
    Update: {
      TableName,
      Key: { flag: flag.flag, item: 'flag' },
      UpdateExpression: [
        `SET ${[...sets, ...(pending === null ? [] : ['#pending = :pending'])].join(', ')}`,
        ...(pending === null ? ['REMOVE #pending'] : []),
        ...(reviewer === null ? [] : ['ADD reviewers :reviewer']),
      ].join(' '),
      ConditionExpression: '#version = :seen',
      ExpressionAttributeNames: {
        '#version': 'version',
        '#status': 'status',
        '#queue': 'queue',
        '#changed': 'changed',
        '#pending': 'pending',
      },
      ExpressionAttributeValues: {
        ':seen': flag.version,
        ':next': flag.version + 1,
        ':status': status,
        ':queue': inShard(queueKey(flag.domain, status, flag.severityRank), flag.flag),
        ':changed': { by: changed.by, at: changed.at },
        ...(pending !== null && { ':pending': pending }),
        ...(reviewer !== null && { ':reviewer': new Set([reviewer]) }),
      },
    },
  };
}

export function reviewsMade([first, ...others]: readonly ReviewedFlag[]): Events {
  return [reviewMade(first!), ...others.map(reviewMade)];
}

function reviewMade({ flag, review }: ReviewedFlag): AssayEvent {
  const { kind, verdict, at } = review;
  const version = flag.version + 1;
  return makeEvent('ReviewMade', { at, domain: flag.domain, flag: flag.flag, version, kind, verdict });
}

export interface CaseOfReview {
  readonly id: string;
  /** With the reviews, and what its history has of them; null: the flags were stored before there were cases. */
  readonly changed: { readonly after: Case; readonly history: CaseHistoryEntry } | null;
}

/** One entry, however many flags: found by the case and by each of the records. `rows`: of the flags, in their order. */
export function reviewEntry(
  made: readonly ReviewedFlag[],
  rows: readonly ReviewRow[],
  { id: caseId, changed }: CaseOfReview,
): AuditAct {
  const [one, ...others] = made;
  const inCase = changed === null ? {} : caseFacts(changed.after, changed.history);
  const hashes = rows.map((row) => reviewHash(asStored(row)));
  if (others.length === 0) return { ...signedAct(one!, { row: hashes[0]!, ...inCase }), also: [caseId] };
  const { by, at, verdict, reasonCode } = one!.review;
  const records = new Set(made.map(({ flag }) => flag.record_id));
  return {
    event: 'case_reviewed',
    actor: by,
    subject: caseId,
    also: [...records].filter((id) => id !== caseId),
    at,
    data: {
      ...{ case: caseId, version: changed?.after.version ?? 0, verdict, ...inCase },
      ...(reasonCode !== undefined && { reason_code: reasonCode }),
      flags: made.map((flag, n) => ({
        decision_id: flag.flag.flag,
        record_id: flag.flag.record_id,
        ...{ version: flag.review.version, row: hashes[n]! },
        ...unconfirmedOf(flag),
        ...signedOf(flag),
      })),
      ...printedOf(one!),
    },
  };
}

function signedAct(made: ReviewedFlag, more: JsonObject): AuditAct {
  const act = reviewAct(made.review, made.flag.record_id);
  if (act.event !== 'reviewed') throw new Error('a review is recorded as one');
  return { ...act, data: { ...act.data, ...more, ...signedOf(made), ...printedOf(made) } };
}

function unconfirmedOf({ review }: ReviewedFlag): JsonObject {
  return review.unconfirmed === true ? { unconfirmed: true } : {};
}

function signedOf({ flag, review }: ReviewedFlag): JsonObject {
  return review.signature === undefined ? {} : { signed: signatureHash(flag, review) };
}

/** As it is shown wherever the review is (21 CFR 11.50); the time is that of the entry. */
function printedOf({ review: { signature } }: ReviewedFlag): JsonObject {
  if (signature === undefined) return {};
  const { name, meaning, signedInAt } = signature;
  return { signature: { name, meaning, signed_in_at: signedInAt } };
}

/** With the reason, which the audit log leaves out. */
export function reviewHistory(made: readonly ReviewedFlag[], { version }: Case): CaseHistoryEntry {
  const { by, at, verdict, reason, reasonCode, id } = made[0]!.review;
  return {
    ...{ act: 'review', by, at, version, verdict, reason, salt: newSalt() },
    ...(reasonCode !== undefined && { reasonCode }),
    ...(id !== undefined && { review: id }),
    flags: made.map(({ flag }) => flag.flag),
  };
}
