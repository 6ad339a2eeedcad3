/** A verdict as it was sent, held against the domain's review policy: the reason among those listed, the signature where it is asked for. */
import { InputError } from '../errors.ts';
import type { ReviewPolicy } from '../packs/review-policy.ts';
import type { ReviewDraft, Signature, Verdict } from '../reviews/review.ts';
import { Problem } from './problem.ts';
import type { Caller } from './roles.ts';

export interface SentVerdict {
  readonly verdict: Verdict;
  readonly reason?: string | undefined;
  readonly reason_code?: string | undefined;
  readonly note?: string | null | undefined;
  readonly signature?: { readonly meaning: string } | undefined;
}

export interface VerdictTerms {
  readonly policy: ReviewPolicy;
  readonly caller: Caller;
  /** Milliseconds since 1970. */
  readonly now: number;
  /** How long ago a person may have signed in who signs. */
  readonly signInSeconds: number;
}

/** Throws a Problem. A blind review is not signed: it decides on no record. */
export function readVerdict(
  sent: SentVerdict,
  terms: VerdictTerms,
  kind: 'open' | 'blind',
): Omit<ReviewDraft, 'kind' | 'version'> {
  const { verdict, note } = sent;
  const code = readCode(sent, terms.policy);
  const reason = sent.reason ?? code?.words;
  if (reason === undefined) throw wrong('/reason', 'expected a reason, or a code of one that is listed');
  const signature = kind === 'blind' ? null : readSignature(sent, terms);
  return {
    verdict,
    reason,
    note: note === undefined || note === null || note.trim() === '' ? null : note.trim(),
    ...(code !== null && { reasonCode: code.code }),
    ...(signature !== null && { signature }),
  };
}

/** Null: none was sent. Throws a Problem where it is not listed for the verdict. */
export function readCode(
  { verdict, reason_code: code }: Pick<SentVerdict, 'verdict' | 'reason_code'>,
  { reasons }: ReviewPolicy,
) {
  if (code === undefined) return null;
  const known = reasons[verdict];
  const found = known.find((one) => one.code === code);
  if (found !== undefined) return found;
  const expected = known.map((one) => one.code).join(', ') || 'none: the domain lists no reasons';
  throw wrong('/reason_code', `is not listed for ${verdict}; expected ${expected}`);
}

/** Null: the domain asks for none, and none was sent. Throws a Problem. */
export function readSignature(
  { signature }: Pick<SentVerdict, 'signature'>,
  terms: VerdictTerms,
): Signature | null {
  const { policy, caller, now, signInSeconds } = terms;
  if (signature === undefined) {
    if (policy.signature === 'off') return null;
    throw wrong('/signature', 'this is signed in this domain');
  }
  if (caller.name === null)
    throw new InputError('the token says no name of the person: a signature needs one');
  const { authTime } = caller;
  if (authTime === undefined || now / 1_000 - authTime > signInSeconds) throw staleSignIn(signInSeconds);
  return {
    name: caller.name,
    meaning: signature.meaning,
    signedInAt: new Date(authTime * 1_000).toISOString(),
  };
}

/** RFC 9470: the client sends the person to sign in again, and the request once more. */
function staleSignIn(seconds: number): Problem {
  const detail = `Sign in again to sign: the sign-in must not be older than ${seconds} seconds.`;
  return new Problem(401, detail, {
    headers: {
      'www-authenticate': `Bearer error="insufficient_user_authentication", error_description="${detail}", max_age="${seconds}"`,
    },
  });
}

function wrong(at: string, detail: string): Problem {
  return new Problem(422, 'The body is not as expected.', { faults: [{ at, detail }] });
}
