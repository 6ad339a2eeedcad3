/** The part `review:` of a pack, or of a file of the same form, as a ReviewPolicy; what is wrong is reported to the document. */

import { parseDuration } from './duration.ts';
import { didYouMean } from './nearest-word.ts';
import { type PackDocument, type Path, showValue } from './pack-document.ts';
import { MAX_REASONS, REVIEW, readField, readFields, reviewReason } from './pack-schema.ts';
import {
  DEFAULT_DUE,
  DEFAULT_REVIEW_POLICY,
  type DueTimes,
  type ReviewPolicy,
  type ReviewReason,
} from './review-policy.ts';
import { VERDICTS, type Verdict } from './verdict.ts';

const PATH = ['review'];
const CODE = /^[a-z][a-z0-9_]{0,39}$/;
const SEVERITIES = [
  'critical',
  'high',
  'medium',
  'low',
  'none',
] as const satisfies readonly (keyof DueTimes)[];

export function readReviewPolicy(document: PackDocument, value: unknown): ReviewPolicy {
  const fields = readFields(document, PATH, value, REVIEW, []);
  const { four_eyes: fourEyes = 'off' } = fields;
  return {
    due: readDue(document, fields.due ?? new Map()),
    reasons: readReasons(document, fields.reasons ?? new Map()),
    signature: fields.signature ?? DEFAULT_REVIEW_POLICY.signature,
    fourEyes: fourEyes === 'off' ? null : fourEyes,
  };
}

function readDue(document: PackDocument, due: ReadonlyMap<string, unknown>): DueTimes {
  const found: Partial<Record<keyof DueTimes, number>> = {};
  for (const [key, value] of due) {
    const path = [...PATH, 'due', key];
    const severity = SEVERITIES.find((one) => one === key);
    if (severity === undefined) {
      reportKey(document, path, key, SEVERITIES);
      continue;
    }
    const read = parseDuration(value, 'microseconds');
    if ('problem' in read) document.report(path, `found ${showValue(value)}, ${read.problem}`);
    else if (read.length < 60e6)
      document.report(path, `found ${showValue(value)}, expected at least a minute`);
    else found[severity] = read.length / 1_000;
  }
  return { ...DEFAULT_DUE, ...found };
}

function readReasons(document: PackDocument, reasons: ReadonlyMap<string, unknown>): ReviewPolicy['reasons'] {
  const found: Partial<Record<Verdict, readonly ReviewReason[]>> = {};
  for (const [key, value] of reasons) {
    const path = [...PATH, 'reasons', key];
    const verdict = VERDICTS.find((one) => one === key);
    if (verdict === undefined) reportKey(document, path, key, VERDICTS);
    else found[verdict] = readCodes(document, path, value);
  }
  return { ...DEFAULT_REVIEW_POLICY.reasons, ...found };
}

function readCodes(document: PackDocument, path: Path, value: unknown): ReviewReason[] {
  if (!(value instanceof Map) || value.size > MAX_REASONS) {
    document.report(
      path,
      `found ${showValue(value)}, expected up to ${MAX_REASONS} codes, each with its words`,
    );
    return [];
  }
  return [...value].flatMap(([code, words]) => {
    if (!CODE.test(String(code)))
      document.report(
        [...path, String(code)],
        `found ${showValue(code)}, expected a code of up to 40 lower-case letters, digits and _`,
      );
    const text = readField(document, [...path, String(code)], words, reviewReason);
    return text === undefined ? [] : [{ code: String(code), words: text }];
  });
}

function reportKey(document: PackDocument, path: Path, key: string, known: readonly string[]): void {
  const hint = didYouMean(key, known);
  document.report(path, `found an unknown key, expected one of ${known.join(', ')}${hint}`);
}
