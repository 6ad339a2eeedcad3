/** Whether a signature is that of its review and of this very record, by the hash that stands in the log (21 CFR 11.70). */
import type { AuditEntry } from '../audit/audit-entry.ts';
import type { Review } from '../reviews/review.ts';
import { isSignatureOf } from '../reviews/signature.ts';

export interface SignedRecord {
  readonly flag: string;
  readonly record_id: string;
  /** The line of explanations.jsonl, and the record as JSON. */
  readonly explanation: string;
  readonly record: string;
}

/** Null: the review is not signed. */
export function signatureHolds(
  record: SignedRecord,
  review: Review,
  entries: readonly AuditEntry[],
): boolean | null {
  if (review.signature === undefined) return null;
  const signed = entries.flatMap((entry) => loggedHashes(entry, record.flag, review.version));
  return signed.some((hash) => isSignatureOf(record, review, hash));
}

function loggedHashes({ data }: AuditEntry, flag: string, version: number): string[] {
  const flags = Array.isArray(data.flags) ? data.flags : [data];
  return flags.flatMap((one) => {
    const { decision_id, version: own, signed } = one as Readonly<Record<string, unknown>>;
    return decision_id === flag && own === version && typeof signed === 'string' ? [signed] : [];
  });
}
