/**
 * A flag as it is stored for officers to look at, made of its explanation and what is known of its record. Pure: the same flag is
 * the same item, whichever way its record came.
 */

import type { Severity } from '../packs/pack.ts';
import type { Verdict } from '../packs/verdict.ts';
import type { Explanation } from './explanation.ts';
import { explanationLine } from './explanation-line.ts';
import type { FlagLink } from './flag-links.ts';
import { severityRank } from './rule-hits.ts';
import { topReasons } from './top-reasons.ts';

export const FLAG_STATUSES = ['open', 'true_positive', 'false_positive', 'inconclusive'] as const;
export type FlagStatus = (typeof FLAG_STATUSES)[number];

/** By severityRank: none of the rules met, then 1 to 4. */
export const SEVERITIES = [
  null,
  'low',
  'medium',
  'high',
  'critical',
] as const satisfies readonly (Severity | null)[];

/** A stored flag's reasons are cut here; its explanation has them whole. */
const MAX_REASON_CHARACTERS = 1_000;

/** DynamoDB refuses items above 400 KB. Index keys and names need some of it. */
const MAX_ITEM_BYTES = 360_000;

export function cutReasons(reasons: readonly string[]): string[] {
  return reasons.map((reason) => reason.slice(0, MAX_REASON_CHARACTERS));
}

/** Whether an item has room for this text beside another. */
export function fitsBeside(text: string, other: string | null): boolean {
  return Buffer.byteLength(text) + Buffer.byteLength(other ?? '') <= MAX_ITEM_BYTES;
}

/** No flag is lost to a record of half a megabyte: what is too large for an item is left to the results of its drop. */
export function fitItem(flag: FlagItem): FlagItem {
  const explanation =
    flag.explanation !== null && fitsBeside(flag.explanation, null) ? flag.explanation : null;
  const record = flag.record !== null && fitsBeside(flag.record, explanation) ? flag.record : null;
  return { ...flag, reasons: cutReasons(flag.reasons), explanation, record };
}

/** A verdict that a second person has to confirm. */
export interface PendingVerdict {
  readonly verdict: Verdict;
  readonly by: string;
  /** ISO 8601. */
  readonly at: string;
}

/** What a list of flags shows of each. */
export interface FlagSummary {
  /** The decision id. */
  readonly flag: string;
  readonly domain: string;
  readonly status: FlagStatus;
  readonly drop: string;
  readonly record_id: string;
  readonly entity: string | null;
  /** The record's own time: ISO 8601, or the integer of a pack that counts in steps, as text. */
  readonly time: string | null;
  readonly score: number;
  readonly threshold: number;
  /** Of the most severe rule; null where no rule was met. */
  readonly severity: Severity | null;
  readonly severityRank: number;
  /** Ids of the rules met, the most severe first. */
  readonly rules: readonly string[];
  /** In words: the three sources that raised the score most. */
  readonly reasons: readonly string[];
  readonly model: string;
  /** Counts up with each review: who reviews names the version that he saw. */
  readonly version: number;
  readonly flagged_at: string;
}

export interface FlagItem extends FlagSummary {
  readonly base: number;
  readonly pack: string;
  /** The line of explanations.jsonl; null where it was too large for an item, and only the drop's results hold it. */
  readonly explanation: string | null;
  /** The record's typed values as JSON; null likewise. */
  readonly record: string | null;
  /** What it shares with others; absent: nothing. */
  readonly links?: readonly FlagLink[];
  /** Absent: no verdict waits for a second person. */
  readonly pending?: PendingVerdict;
}

export interface FlagSource {
  readonly explanation: Explanation;
  readonly domain: string;
  readonly drop: string;
  readonly entity: string | null;
  readonly time: string | null;
  /** The typed values by column, as JSON can hold them. */
  readonly record: Readonly<Record<string, unknown>>;
  readonly links?: readonly FlagLink[];
  /** ISO 8601. */
  readonly flaggedAt: string;
}

/** What is flagged for the first time: open, version 1. */
export function flagItem({
  explanation,
  domain,
  drop,
  entity,
  time,
  record,
  links = [],
  flaggedAt,
}: FlagSource): FlagItem {
  const grave = severityRank(explanation.rules);
  return {
    flag: explanation.decision_id,
    domain,
    status: 'open',
    drop,
    record_id: explanation.record_id,
    entity,
    time,
    score: explanation.score,
    threshold: explanation.threshold,
    base: explanation.base,
    severity: SEVERITIES[grave] ?? null,
    severityRank: grave,
    rules: explanation.rules.map((rule) => rule.id),
    reasons: topReasons(explanation.contributions),
    model: explanation.model,
    pack: explanation.pack,
    version: 1,
    flagged_at: flaggedAt,
    explanation: explanationLine(explanation),
    record: JSON.stringify(record),
    ...(links.length > 0 && { links }),
  };
}
