/** Legal holds, as the log of acts has them: each stands from its act on until the one that releases it. */
import type { AuditEntry } from '../audit/audit-entry.ts';
import type { SubjectKey } from './subject-keys.ts';

export interface Hold {
  /** `h` and the number of the hold in its log, from 1. */
  readonly id: string;
  readonly kind: 'subject' | 'case' | 'period';
  /** The pseudonym of the subject, also of that whose case it is: the id of a case would confirm a guess. Null: of a period. */
  readonly of: string | null;
  /** Of a period, YYYY-MM-DD, both inclusive. */
  readonly from: string | null;
  readonly to: string | null;
  /** The law, order or proceeding. */
  readonly basis: string;
  readonly by: string;
  /** ISO 8601. */
  readonly at: string;
}

interface HoldData {
  readonly hold: string;
  readonly kind: Hold['kind'];
  readonly from?: string;
  readonly to?: string;
  readonly basis: string;
}

/** Those that were not released, the oldest first. */
export function standingHolds(acts: readonly AuditEntry[]): Hold[] {
  const holds = new Map<string, Hold>();
  for (const { event, data, subject, actor, at = '' } of acts) {
    if (event === 'hold_released') holds.delete(String(data.hold));
    if (event !== 'hold_added') continue;
    const { hold, kind, from = null, to = null, basis } = data as unknown as HoldData;
    holds.set(hold, {
      id: hold,
      kind,
      of: kind === 'period' ? null : subject,
      from,
      to,
      basis,
      by: actor,
      at,
    });
  }
  return [...holds.values()];
}

/** `h1`, `h2`, …: in the order in which holds were added. */
export function nextHoldId(acts: readonly AuditEntry[]): string {
  return `h${acts.filter(({ event }) => event === 'hold_added').length + 1}`;
}

/**
 * Of a period it is enough that the subject has records before its end and after its beginning: which days lie between is not known
 * here, and a hold is not to be missed.
 */
export function concerns(
  { kind, of, from, to }: Hold,
  { pseudonym, span }: Pick<SubjectKey, 'pseudonym' | 'span'>,
): boolean {
  if (kind !== 'period') return of === pseudonym;
  return span !== null && (from === null || span.to >= from) && (to === null || span.from <= to);
}
