/**
 * How a domain's flags are reviewed: until when, with which reasons, and what a verdict needs. A pack of your own says it under
 * `review:`; for the shipped domains it stands in review-policies/, because a pack's bytes are part of its model's version.
 */

import { DAY_MS } from '../days.ts';
import type { Severity } from './severity.ts';
import type { Verdict } from './verdict.ts';

/** By severity of the most severe rule; `none`: the score alone. */
export type DueTimes = Readonly<Record<Severity | 'none', number>>;

export interface ReviewReason {
  readonly code: string;
  readonly words: string;
}

export interface ReviewPolicy {
  /** Milliseconds from the opening of a case. */
  readonly due: DueTimes;
  /** By verdict, in the order in which they are offered; none: a reason is written. */
  readonly reasons: Readonly<Record<Verdict, readonly ReviewReason[]>>;
  /** Whether a verdict is signed, after a fresh sign-in. */
  readonly signature: 'required' | 'off';
  /** Flags of this severity and above close by two people; null: by one. */
  readonly fourEyes: Severity | null;
}

export const DEFAULT_DUE: DueTimes = {
  critical: DAY_MS,
  high: 3 * DAY_MS,
  medium: 10 * DAY_MS,
  low: 30 * DAY_MS,
  none: 30 * DAY_MS,
};

export const DEFAULT_REVIEW_POLICY: ReviewPolicy = {
  due: DEFAULT_DUE,
  reasons: { true_positive: [], false_positive: [], inconclusive: [] },
  signature: 'off',
  fourEyes: null,
};

/** ISO 8601. */
export function dueAt({ due }: ReviewPolicy, severity: Severity | null, openedAt: string): string {
  return new Date(Date.parse(openedAt) + due[severity ?? 'none']).toISOString();
}
