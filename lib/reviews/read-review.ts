/**
 * Reads the body of a request as the review that it asks for, or throws one InputError that names every field that is not as it
 * should be.
 */
import { InputError } from '../errors.ts';
import { type ReviewDraft, type ReviewKind, VERDICTS, type Verdict } from './review.ts';

const MIN_REASON = 3;
const MAX_REASON = 2000;
const MAX_NOTE = 4000;
const FIELDS = ['version', 'verdict', 'reason', 'note'];

/** A blind review names no version: its author has not seen the history. */
export function readReview(body: unknown, kind: ReviewKind): ReviewDraft {
  if (typeof body !== 'object' || body === null || Array.isArray(body)) {
    throw new InputError(`a review is an object with verdict and reason; found ${show(body)}`);
  }
  const given = body as Readonly<Record<string, unknown>>;
  const problems = Object.keys(given)
    .filter((key) => !FIELDS.includes(key))
    .map((key) => `${key}: an unknown field; expected ${FIELDS.join(', ')}`);
  const { version, verdict, note } = given;
  const reason = typeof given.reason === 'string' ? given.reason.trim() : given.reason;
  const expect = (field: string, isGood: boolean, expected: string) => {
    if (!isGood) problems.push(`${field}: expected ${expected}, found ${show(given[field])}`);
  };
  expect('verdict', VERDICTS.includes(verdict as Verdict), `one of ${VERDICTS.join(', ')}`);
  const length = typeof reason === 'string' ? [...reason].length : 0;
  const expected = `a text of ${MIN_REASON} to ${MAX_REASON} characters`;
  expect('reason', length >= MIN_REASON && length <= MAX_REASON, expected);
  const hasNote = note !== undefined && note !== null;
  const noteFits = typeof note === 'string' && [...note].length <= MAX_NOTE;
  expect('note', !hasNote || noteFits, `a text of at most ${MAX_NOTE} characters, or none`);
  if (kind === 'open') {
    const isCount = Number.isSafeInteger(version) && Number(version) >= 0;
    expect('version', isCount, 'the version of the flag that was looked at, a whole number from 0');
  } else {
    expect('version', version === undefined || version === null, 'none in a blind review');
  }
  if (problems.length > 0) throw new InputError(problems.join('; '));
  return {
    kind,
    version: kind === 'open' ? (version as number) : null,
    verdict: verdict as Verdict,
    reason: reason as string,
    note: hasNote && (note as string).trim() !== '' ? (note as string).trim() : null,
  };
}

/** Lengths, not texts: a reason may hold what should stand in no log. */
function show(value: unknown): string {
  if (value === undefined) return 'none';
  if (typeof value === 'string' && value.length > 40) return `a text of ${[...value].length} characters`;
  return JSON.stringify(value) ?? typeof value;
}
