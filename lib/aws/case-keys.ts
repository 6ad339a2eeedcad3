/**
 * The keys of cases, beside the flags in their table.
 *
 *     flag = case id, item 'case'                    the case; index `cases`: case_queue = domain#case#view#shard, case_rank
 *     flag = case id, item 'act#<at>#<version>'      what was done with it
 *     flag = 'case-open#<case id>', item = urgency   each of its open flags; the most urgent is the last
 *     flag = 'mine#<domain>#<person>', item = case id
 *     flag = 'mentioned#<person>', item = '<domain>#<case id>'    by, at: of the last mention that the person is not done with
 *     flag = 'case-count#<domain>', item = shard     how many cases stand in each view
 *
 * What is deleted again has keys of its own kind: no function has the right to delete a flag, a review or a case.
 * A case with what became of it is one transaction, so all of these agree at any moment; only the index follows a little later.
 */
import { createHash } from 'node:crypto';
import { type Case, type CaseView, viewOf } from '../cases/case.ts';
import { billionths, LAST } from './flag-keys.ts';

export const CASE_VIEWS = ['act', 'look', 'snoozed', 'decided'] as const satisfies readonly CaseView[];

/** A key of an index takes about 1,000 writes a second: see flag-keys.ts. Snoozing is done by hand. */
const SHARDS: Readonly<Record<CaseView, number>> = { act: 8, look: 8, snoozed: 1, decided: 8 };
/** Two transactions that write one item at once are one too many: the more counters, the fewer meet. */
const COUNT_SHARDS = 64;
/** The year 2286: the older a case, the higher its rank. */
const END_OF_TIME_MS = 9_999_999_999_999;

export interface CaseKeys {
  readonly flag: string;
  readonly item: 'case';
  readonly case_queue: string;
  readonly case_rank: string;
}

export function caseKeys(one: Case): CaseKeys {
  const view = viewOf(one);
  return {
    flag: one.id,
    item: 'case',
    case_queue: `${queueOf(one.domain, view)}#${shardOf(one.id, SHARDS[view])}`,
    case_rank: `${rankOf(one, view)}#${one.id}`,
  };
}

/** The most severe rule, then the score, then the age; a snoozed one by when it wakes, a decided one by when it closed. */
function rankOf({ top, openedAt, snoozedUntil, closedAt }: Case, view: CaseView): string {
  if (view === 'snoozed') return snoozedUntil ?? '';
  if (view === 'decided') return closedAt ?? '';
  const age = String(END_OF_TIME_MS - Date.parse(openedAt)).padStart(13, '0');
  return `${top.severityRank}${billionths(top.score)}#${age}`;
}

function queueOf(domain: string, view: CaseView): string {
  return `${domain}#case#${view}`;
}

/** Each partition that cases of the view stand in. */
export function caseQueues(domain: string, view: CaseView): string[] {
  return Array.from({ length: SHARDS[view] }, (_, shard) => `${queueOf(domain, view)}#${shard}`);
}

/** Bounds of the ranks of cases of this severity; null: of any. */
export function rankBounds(severityRank: number | null): { readonly low: string; readonly high: string } {
  return severityRank === null
    ? { low: '0', high: LAST }
    : { low: String(severityRank), high: `${severityRank}${LAST}` };
}

export function openFlagKey(caseId: string, severityRank: number, score: number, flag: string) {
  return { flag: openFlagsKey(caseId), item: `${severityRank}${billionths(score)}#${flag}` };
}

export function openFlagsKey(caseId: string): string {
  return `case-open#${caseId}`;
}

export const ACT = 'act#';

export function flagOfOpenKey(item: string): string {
  return item.split('#')[1]!;
}

export function actKey(caseId: string, at: string, version: number) {
  return { flag: caseId, item: `${ACT}${at}#${String(version).padStart(8, '0')}` };
}

export function mineKey(domain: string, person: string): string {
  return `mine#${domain}#${person}`;
}

/** Of all domains in one place: every list of cases reads it. */
export function mentionsKey(person: string): string {
  return `mentioned#${person}`;
}

export function mentionKey(person: string, domain: string, caseId: string) {
  return { flag: mentionsKey(person), item: `${domain}#${caseId}` };
}

export function countsKey(domain: string): string {
  return `case-count#${domain}`;
}

export function countKey({ id, domain }: Pick<Case, 'id' | 'domain'>): { flag: string; item: string } {
  return { flag: countsKey(domain), item: String(shardOf(id, COUNT_SHARDS)).padStart(2, '0') };
}

function shardOf(id: string, shards: number): number {
  return createHash('sha256').update(id).digest()[0]! % shards;
}
