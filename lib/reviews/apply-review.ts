/**
 * Adds one more review at the end of a decision's history. Optimistic concurrency: a reviewer who looked at an older version than
 * the one that stands is rejected with that reason, and nothing is changed.
 */

import { isSamePerson } from '../actor.ts';
import type { AuditAct } from '../audit/audit-entry.ts';
import type { JsonObject } from '../audit/canonical-json.ts';
import type { Review, ReviewDraft, ReviewHistory } from './review.ts';

/** Someone else's review came first: look again, then decide. */
export class StaleVersion extends Error {
  override readonly name = 'StaleVersion';
  readonly seen: number;
  readonly current: number;

  constructor(flag: string, seen: number, current: number) {
    super(
      seen < current
        ? `flag ${flag} has changed: you looked at version ${seen}, it is at version ${current}; read it again`
        : `flag ${flag} is at version ${current}; there is no version ${seen} yet`,
    );
    this.seen = seen;
    this.current = current;
  }
}

export interface StaleFlag {
  readonly flag: string;
  readonly seen: number;
  /** Null: there is no such flag. */
  readonly current: number | null;
  /** Who changed it last, and when; null: not known. */
  readonly changed: { readonly by: string; readonly at: string } | null;
}

/** Of several flags that were to be reviewed at once, some have changed: none was reviewed. */
export class StaleFlags extends Error {
  override readonly name = 'StaleFlags';
  readonly flags: readonly StaleFlag[];

  constructor(flags: readonly StaleFlag[]) {
    super(`${flags.length} of the flags have changed since they were looked at; read them again`);
    this.flags = flags;
  }
}

/** This person may not give this review. */
export class ReviewRefused extends Error {
  override readonly name = 'ReviewRefused';
}

/** Throws a StaleVersion or a ReviewRefused; `at` is ISO 8601. */
export function applyReview(
  history: ReviewHistory,
  draft: ReviewDraft,
  { by, at }: { readonly by: string; readonly at: string },
): { readonly history: ReviewHistory; readonly review: Review } {
  const { flag, version, reviews } = history;
  if (draft.kind === 'open' && draft.version !== version)
    throw new StaleVersion(flag, draft.version ?? -1, version);
  if (draft.kind === 'blind' && reviews.some((review) => isSamePerson(review.by, by))) {
    throw new ReviewRefused(
      `${by} has reviewed this record before: a blind review is for someone who has not`,
    );
  }
  const { kind, verdict, reason, note, reasonCode, mentions = [], signature } = draft;
  const review: Review = {
    ...{ flag, version: version + 1, kind, verdict, reason, note, by, at },
    ...(reasonCode !== undefined && { reasonCode }),
    ...(mentions.length > 0 && { mentions }),
    ...(signature !== undefined && { signature }),
  };
  return { review, history: { flag, version: version + 1, reviews: [...reviews, review] } };
}

/** What the audit log keeps of a review: not its reason, which may name people. `more` stands with it. */
export function reviewAct(review: Review, recordId: string, more: JsonObject = {}): AuditAct {
  const { flag, version, kind, verdict, by, at, reasonCode, unconfirmed } = review;
  return {
    event: 'reviewed',
    actor: by,
    subject: recordId,
    at,
    data: {
      ...{ decision_id: flag, verdict, version, kind },
      ...(reasonCode !== undefined && { reason_code: reasonCode }),
      ...(unconfirmed === true && { unconfirmed }),
      ...more,
    },
  };
}
