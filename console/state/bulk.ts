/** One verdict on alike flags of several cases: what it would be on, shown before it is given, and given case by case. */
import type { z } from 'zod';
import type { CaseReviewAnswer } from '../../lib/api/case-schemas.ts';
import { MAX_FLAGS_AT_ONCE } from '../../lib/reviews/review.ts';
import { messageOf, post } from '../api/client.ts';
import { type CaseDetail, type CaseSummary, forgetCase, readCase, updateRow } from './case-list.ts';

/** A person looks at each of them before. */
export const MAX_CASES = 20;

export interface BulkCase {
  readonly detail: CaseDetail;
  /** Open flags with the same most severe rule as the first case's. */
  readonly flags: CaseDetail['flag_list'];
  /** Held by another: left out. */
  readonly isHeld: boolean;
}

export interface BulkPreview {
  /** What they have in common; null: the model alone flagged them. */
  readonly rule: string | null;
  readonly cases: readonly BulkCase[];
}

export interface BulkResult {
  readonly case: string;
  readonly name: string;
  readonly flags: number;
  /** Null: saved. */
  readonly problem: string | null;
  readonly review: string | null;
}

export async function previewBulk(cases: readonly CaseSummary[], own: string): Promise<BulkPreview> {
  const details = await Promise.all(
    cases.slice(0, MAX_CASES).map(({ id }) => {
      forgetCase(id);
      return readCase(id);
    }),
  );
  return chooseAlike(details, own);
}

/** By the rule of the first case's most urgent open flag. */
export function chooseAlike(details: readonly CaseDetail[], own: string): BulkPreview {
  const open = details.map(({ flag_list }) => flag_list.filter(({ status }) => status === 'open'));
  const rule = open.flat()[0]?.rules[0] ?? null;
  return {
    rule,
    cases: details.map((detail, at) => ({
      detail,
      flags: open[at]!.filter(({ rules }) => (rules[0] ?? null) === rule).slice(0, MAX_FLAGS_AT_ONCE),
      isHeld: detail.hold !== null && detail.hold.by !== own,
    })),
  };
}

export function willDecide({ cases }: BulkPreview): readonly BulkCase[] {
  return cases.filter(({ flags, isHeld }) => flags.length > 0 && !isHeld);
}

/** One after the other; what one refuses does not stop the others, and is said. */
export async function decideBulk(
  preview: BulkPreview,
  body: Readonly<Record<string, unknown>>,
  onDone: (result: BulkResult) => void,
): Promise<void> {
  for (const { detail, flags } of willDecide(preview)) {
    const about = { case: detail.id, name: detail.entity ?? detail.top_flag.record_id, flags: flags.length };
    try {
      const sent = { ...body, flags: flags.map(({ flag, version }) => ({ id: flag, version })) };
      const answer = await post<z.output<typeof CaseReviewAnswer>>(`/v1/cases/${detail.id}/reviews`, sent);
      if (answer.case !== null) updateRow(answer.case);
      onDone({ ...about, problem: null, review: answer.review });
    } catch (error) {
      onDone({ ...about, problem: messageOf(error), review: null });
    } finally {
      forgetCase(detail.id);
    }
  }
}
