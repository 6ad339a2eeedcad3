/**
 * A case: the flags of one entity in a domain, worked as one. An entity has one case for good: the first flag opens it, later ones
 * join it, it closes when all its flags are decided, and a flag after that opens it again (docs/decisions/0007).
 */
import { createHash } from 'node:crypto';
import type { RuleHit } from '../decisions/explanation.ts';

/** As it is stored. A held case is `in_review` while its hold lasts, a snoozed one is open again after its time: see `statusAt`. */
export type StoredStatus = 'open' | 'escalated' | 'snoozed' | 'closed';
export const CASE_STATUSES = ['open', 'in_review', 'escalated', 'snoozed', 'closed'] as const;
export type CaseStatus = (typeof CASE_STATUSES)[number];
export type Tier = 'act' | 'look';

/** Who works on a case right now, and until when (ISO 8601) no one else takes it. */
export interface Hold {
  readonly by: string;
  readonly until: string;
}

/** The reasons of one group, added up. */
export interface ReasonSum {
  /** As the pack calls it; null: one reason that belongs to no group. */
  readonly group: string | null;
  readonly words: string;
  readonly contribution: number;
  readonly context: boolean;
}

/** What a queue shows of the most urgent flag of a case. */
export interface TopFlag {
  readonly id: string;
  readonly recordId: string;
  /** The record's own time. */
  readonly time: string | null;
  readonly score: number;
  readonly threshold: number;
  readonly severityRank: number;
  readonly tier: Tier;
  readonly model: string;
  readonly rules: readonly RuleHit[];
  readonly groups: readonly ReasonSum[];
  /** Whose verdict on it waits for a second person; absent: none waits. */
  readonly pendingBy?: string;
  /** The record as JSON; null where it is too large for a list. */
  readonly record: string | null;
}

export interface Case {
  readonly id: string;
  readonly domain: string;
  /** Null: the domain has no entities, and each flag is a case of its own. */
  readonly entity: string | null;
  readonly status: StoredStatus;
  readonly assignee: string | null;
  readonly hold: Hold | null;
  /** ISO 8601: until when it is snoozed. */
  readonly snoozedUntil: string | null;
  /** How often it was opened. */
  readonly opening: number;
  readonly openedAt: string;
  readonly lastFlagAt: string;
  readonly closedAt: string | null;
  readonly openFlags: number;
  readonly flags: number;
  /** Rules that its open flags meet, of the hundred most urgent. */
  readonly rules: readonly string[];
  /** The most urgent open flag; of a closed case the last one that was. */
  readonly top: TopFlag;
  /** Counts up with each change. */
  readonly version: number;
}

/** Hex, 32 digits: of an entity, or of a flag whose domain has no entities. */
export function caseIdOf(domain: string, entity: string | null, flag: string): string {
  const parts = entity === null ? ['case', domain, 'flag', flag] : ['case', domain, 'entity', entity];
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex').slice(0, 32);
}

/** Null once it has expired. */
export function holdAt({ hold }: Pick<Case, 'hold'>, now: string): Hold | null {
  return hold !== null && hold.until > now ? hold : null;
}

/** `now` is ISO 8601 in UTC with milliseconds, as all times that are stored here. */
export function statusAt(one: Case, now: string): CaseStatus {
  if (one.status === 'snoozed' && (one.snoozedUntil ?? '') <= now) return 'open';
  return one.status === 'open' && holdAt(one, now) !== null ? 'in_review' : one.status;
}

/** Which list a case stands in. A flag with a rule of medium or above, or of the card's upper tier, is one to act on. */
export type CaseView = 'act' | 'look' | 'snoozed' | 'decided';

/** Which of the queue's lists an open, sleeping or closed case stands in, by its most urgent flag. */
export function viewOf({ status, top }: Pick<Case, 'status' | 'top'>): CaseView {
  if (status === 'closed') return 'decided';
  if (status === 'snoozed') return 'snoozed';
  return top.severityRank >= MEDIUM || top.tier === 'act' ? 'act' : 'look';
}

const MEDIUM = 2;
