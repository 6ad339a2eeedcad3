/**
 * What binds a signature to what was signed (21 CFR 11.70): a hash over the record, the decision, the verdict, who signed, when and what
 * for. It stands in the audit log; moved to another record, or with anything of it changed, it is not the hash of that any more.
 */
import { hash } from 'node:crypto';
import { canonicalJson } from '../audit/canonical-json.ts';
import type { Review } from './review.ts';

export interface SignedFlag {
  /** The decision's id. */
  readonly flag: string;
  readonly record_id: string;
  /** The line of explanations.jsonl, and the record as JSON; null: too large to be stored with the flag. */
  readonly explanation: string | null;
  readonly record: string | null;
}

/** Of a review that has a signature; hex. */
export function signatureHash(
  { flag, record_id, explanation, record }: SignedFlag,
  { verdict, reason, reasonCode, note, by, at, signature }: Review,
): string {
  if (signature === undefined) throw new Error(`the review of ${flag} is not signed`);
  return sha256(
    canonicalJson({
      decision_id: flag,
      record_id,
      explanation: explanation === null ? null : sha256(explanation),
      record: record === null ? null : sha256(record),
      ...{ verdict, reason, reason_code: reasonCode ?? null, note, by, at },
      signature: { ...signature },
    }),
  );
}

/** Whether this is the signature of this review of this very flag. */
export function isSignatureOf(flag: SignedFlag, review: Review, signed: string): boolean {
  return review.signature !== undefined && signatureHash(flag, review) === signed;
}

function sha256(text: string): string {
  return hash('sha256', text);
}
