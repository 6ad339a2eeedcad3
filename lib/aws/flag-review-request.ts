/** A verdict on flags as the store is asked for it, and the flags as it has them. */
import type { FlagItem } from '../decisions/flag-item.ts';
import type { ReviewDraft } from '../reviews/review.ts';
import type { ReviewTerms } from '../reviews/review-flags.ts';

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

export type StoredFlag = FlagItem & { readonly changed?: { readonly by: string; readonly at: string } };
