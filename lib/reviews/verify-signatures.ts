/**
 * Every signed verdict held against what it was signed on. The log has the hash that binds a signature to its record, its decision and
 * its verdict; the tables have these as they are now. Moved to another record, changed or taken out, a signature is named.
 */
import type { AuditEntry } from '../audit/audit-entry.ts';
import type { Review } from './review.ts';
import { isSignatureOf, type SignedFlag } from './signature.ts';

/** A signature as the log has it. */
export interface LoggedSignature {
  /** The number of the entry. */
  readonly seq: number;
  readonly flag: string;
  /** Its place among the reviews of the flag. */
  readonly place: number;
  readonly hash: string;
}

export interface SignatureProblem {
  readonly flag: string;
  readonly place: number;
  /** `not_this_record`: the hash is not that of this verdict on this record. The others: one of the two is not there. */
  readonly kind: 'not_this_record' | 'no_flag' | 'no_review' | 'not_in_log';
  readonly message: string;
}

export interface SignatureSources {
  flags(ids: readonly string[]): Promise<readonly SignedFlag[]>;
  reviewsOf(flag: string): Promise<readonly Review[]>;
}

export interface VerifiedSignatures {
  readonly checked: number;
  readonly problems: readonly SignatureProblem[];
}

export function signaturesOf({ seq, event, data }: AuditEntry): LoggedSignature[] {
  const parts: readonly unknown[] =
    event === 'reviewed' ? [data] : event === 'case_reviewed' ? ((data.flags as unknown[]) ?? []) : [];
  return (parts as Readonly<Record<string, unknown>>[]).flatMap(({ decision_id, version, signed }) =>
    typeof signed === 'string'
      ? [{ seq, flag: String(decision_id), place: Number(version), hash: signed }]
      : [],
  );
}

const AT_ONCE = 50;

/** `signed`: those of the whole log of a domain. `stored`: all reviews of the domain, for signatures that no entry speaks of. */
export async function verifySignatures(
  signed: readonly LoggedSignature[],
  stored: readonly Review[],
  sources: SignatureSources,
): Promise<VerifiedSignatures> {
  const problems: SignatureProblem[] = [];
  const ids = [...new Set(signed.map(({ flag }) => flag))];
  for (let from = 0; from < ids.length; from += AT_ONCE) {
    const block = ids.slice(from, from + AT_ONCE);
    const flags = new Map((await sources.flags(block)).map((flag) => [flag.flag, flag]));
    const reviews = new Map(
      await Promise.all(block.map(async (id) => [id, await sources.reviewsOf(id)] as const)),
    );
    for (const one of signed.filter(({ flag }) => block.includes(flag)))
      problems.push(...problemsOf(one, flags.get(one.flag), reviews.get(one.flag)!));
  }
  const known = new Set(signed.map(({ flag, place }) => `${flag} ${place}`));
  const unlogged = stored.filter(
    ({ signature, flag, version }) => signature !== undefined && !known.has(`${flag} ${version}`),
  );
  for (const { flag, version: place, signature } of unlogged)
    problems.push({
      ...{ flag, place, kind: 'not_in_log' },
      message: `the table has a signature of ${signature!.name}, the log does not`,
    });
  return { checked: signed.length, problems };
}

function problemsOf(
  { seq, flag: id, place, hash }: LoggedSignature,
  flag: SignedFlag | undefined,
  reviews: readonly Review[],
): SignatureProblem[] {
  const problem = (kind: SignatureProblem['kind'], message: string) => [{ flag: id, place, kind, message }];
  if (flag === undefined)
    return problem('no_flag', `entry ${seq} has a signature on a flag that is not there`);
  const review = reviews.find(({ version }) => version === place);
  if (review?.signature === undefined)
    return problem('no_review', `entry ${seq} has a signature, and the table no signed review ${place}`);
  if (isSignatureOf(flag, review, hash)) return [];
  return problem(
    'not_this_record',
    `the signature of ${review.signature.name} in entry ${seq} is not one of this verdict on record ${flag.record_id}`,
  );
}
