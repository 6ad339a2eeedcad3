/** Every signed verdict of a domain held against the log, once the log itself is found whole. */
import { parseEntry } from '../audit/audit-entry.ts';
import type { ActsLog } from '../audit/verify-acts.ts';
import type { Review } from '../reviews/review.ts';
import {
  type SignatureSources,
  signaturesOf,
  type VerifiedSignatures,
  verifySignatures,
} from '../reviews/verify-signatures.ts';

export interface SignatureDeps extends SignatureSources {
  reviewedSince(domain: string, from: string): Promise<readonly Review[]>;
}

/** Before every ISO 8601 time. */
const EARLIEST = '0';

export async function checkSignatures(
  deps: SignatureDeps,
  domain: string,
  { segments, live }: ActsLog,
): Promise<VerifiedSignatures> {
  const parts = [...segments.map(({ lines }) => lines), ...(live === null ? [] : [live.lines])];
  // What is sealed stands in the live log as well.
  const lines = new Set(
    parts.flatMap((part) => Buffer.from(part).toString('utf8').split('\n')).filter(Boolean),
  );
  const signed = [...lines].flatMap((line) => {
    const { entry } = parseEntry(line);
    return entry === undefined ? [] : signaturesOf(entry);
  });
  return await verifySignatures(signed, await deps.reviewedSince(domain, EARLIEST), deps);
}
