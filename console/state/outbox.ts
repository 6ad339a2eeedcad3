/**
 * Verdicts on their way: shown as done at once, sent behind the officer's back, and brought back visibly where the API refuses them. One
 * that does not arrive is sent again with the same key, so that it counts once. They are in memory: leaving the page asks first.
 */
import { signal } from '@preact/signals';
import type { z } from 'zod';
import type { CaseReviewAnswer } from '../../lib/api/case-schemas.ts';
import { ApiError, messageOf, post, Unreachable } from '../api/client.ts';
import { alarm, showToast } from '../parts/live.tsx';
import type { Draft } from '../parts/verdict-form.tsx';
import { t } from '../words/words.ts';
import { forgetCase } from './case-list.ts';

export interface CaseReview {
  readonly caseId: string;
  /** What people call the case. */
  readonly name: string;
  readonly body: {
    readonly flags: readonly { readonly id: string; readonly version: number }[];
    readonly verdict: NonNullable<Draft['verdict']>;
    readonly reason_code?: string;
    readonly reason?: string;
    readonly note?: string;
    readonly mentions?: readonly string[];
    readonly signature?: { readonly meaning: string };
  };
  readonly draft: Draft;
}

interface Refused {
  readonly caseId: string;
  readonly name: string;
  readonly detail: string;
  readonly isConflict: boolean;
}

export const pending = signal<readonly CaseReview[]>([]);
export const refused = signal<Refused | null>(null);
/** By case: what was chosen and written, until it is saved. */
export const drafts = new Map<string, Draft>();
const TRY_AGAIN_MS = 3_000;

export async function sendReview(review: CaseReview): Promise<void> {
  const key = crypto.randomUUID();
  pending.value = [...pending.value, review];
  drafts.delete(review.caseId);
  forgetCase(review.caseId);
  try {
    announce(review, await untilSent(review, key));
  } catch (error) {
    bringBack(review, error);
  } finally {
    pending.value = pending.value.filter((one) => one !== review);
  }
}

type Answer = z.output<typeof CaseReviewAnswer>;

async function untilSent(review: CaseReview, key: string): Promise<Answer> {
  for (;;) {
    try {
      return await post<Answer>(`/v1/cases/${review.caseId}/reviews`, review.body, key);
    } catch (error) {
      const waits =
        error instanceof Unreachable
          ? TRY_AGAIN_MS
          : error instanceof ApiError && (error.status === 429 || error.status >= 500)
            ? (error.retryAfter ?? TRY_AGAIN_MS / 1000) * 1000
            : null;
      if (waits === null) throw error;
      await new Promise((resolve) => setTimeout(resolve, waits));
    }
  }
}

function announce(
  { caseId, body: { verdict, flags } }: CaseReview,
  { review: id, flags: changed }: Answer,
): void {
  const undo = () => {
    post(`/v1/reviews/${id}/withdraw`, {}).then(
      () => {
        forgetCase(caseId);
        showToast(t('undone', { n: flags.length }));
      },
      (error: unknown) => alarm(messageOf(error)),
    );
  };
  const said = t('saved', { verdict: t(`status.${verdict}`), n: flags.length });
  showToast(changed.some(({ pending: waits }) => waits) ? `${said} ${t('saved.second')}` : said, undo);
}

function bringBack({ caseId, name, draft }: CaseReview, error: unknown): void {
  drafts.set(caseId, draft);
  forgetCase(caseId);
  const detail = messageOf(error);
  refused.value = { caseId, name, detail, isConflict: error instanceof ApiError && error.status === 409 };
  alarm(t('refused', { name }));
}

export function guardLeaving(): void {
  addEventListener('beforeunload', (event) => {
    if (pending.value.length > 0) event.preventDefault();
  });
}
