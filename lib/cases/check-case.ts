/**
 * A case as its table has it, against its flags and what the log says that people did with it: one that was closed, put to sleep, held
 * or given to someone by no one is named.
 */
import { hash } from 'node:crypto';
import type { AuditEntry } from '../audit/audit-entry.ts';
import { canonicalJson, type JsonObject } from '../audit/canonical-json.ts';
import type { FlagItem } from '../decisions/flag-item.ts';
import type { Case, TopFlag } from './case.ts';
import type { CASE_EVENTS } from './case-acts.ts';
import { entryOfCase } from './case-entries.ts';
import { isMoreUrgent } from './case-flags.ts';
import { topFlagOf } from './top-flag.ts';

/** Of a flag of the case, as the logs have it. */
export interface CaseFlag {
  readonly id: string;
  readonly severityRank: number;
  readonly score: number;
  readonly isOpen: boolean;
  /** ISO 8601: when the log of its drop was sealed, before the flag joined the case; null: not known. */
  readonly sealedAt: string | null;
  /** What a case shows of it; null: it is decided, or is not itself as the logs have it. */
  readonly shown: ShownFlag | null;
}

/** Hashes, for a domain may have very many flags. */
export interface ShownFlag {
  /** One of them: of a flag too large for an item, the case may have more than the flag. */
  readonly hashes: readonly string[];
  readonly hasRecord: boolean;
}

/** `explanation`: its line, where the flag has none because it is too large. */
export function shownOf(flag: FlagItem, explanation: string | null = null): ShownFlag {
  const ways = explanation === null ? [flag] : [flag, { ...flag, explanation }];
  return { hashes: ways.map((one) => hashOf(topFlagOf(one))), hasRecord: flag.record !== null };
}

function isShown(top: TopFlag, { hashes, hasRecord }: ShownFlag): boolean {
  return hashes.includes(hashOf(hasRecord ? top : { ...top, record: null }));
}

/** The verdict that waits is the flag's own state, which is checked with it. */
function hashOf({ pendingBy: _, ...top }: TopFlag): string {
  return hash('sha256', canonicalJson({ ...top, time: top.time ?? null } as unknown as JsonObject));
}

type CaseEvent = (typeof CASE_EVENTS)[keyof typeof CASE_EVENTS];

/** `acts`: the entries about the case, in their order. A sentence for each thing that is not so. */
export function checkCase(one: Case, flags: readonly CaseFlag[], acts: readonly AuditEntry[]): string[] {
  const open = flags.filter(({ isOpen }) => isOpen);
  const [first] = open;
  const most = open.reduce((best, flag) => (isMoreUrgent(flag, best) ? flag : best), first!);
  const { status, top, openFlags, snoozedUntil, assignee, hold } = one;
  const problems: string[] = [];
  const expect = (name: string, found: unknown, expected: unknown) => {
    if (found !== expected) problems.push(`${name} ${found} in the table; the logs say ${expected}`);
  };
  expect('open flags', openFlags, open.length);
  if ((status === 'closed') !== (open.length === 0))
    problems.push(`it is ${status} in the table; of its flags ${open.length} are open`);
  if (first !== undefined) {
    expect('most urgent flag', top.id, most.id);
    if (top.id === most.id) {
      expect('severity of its most urgent flag', top.severityRank, most.severityRank);
      expect('score of its most urgent flag', top.score, most.score);
      if (problems.length === 0 && most.shown !== null && !isShown(top, most.shown))
        problems.push('what it shows of its most urgent flag is not what the flag has');
    }
  }
  // Of acts that undo each other the last one counts; of a closed case none that was before.
  const lastOf = (...events: readonly CaseEvent[]) =>
    acts.findLast(
      (entry) => events.some((one) => one === entry.event) || entryOfCase(entry)?.closes === true,
    );
  const state = lastOf('case_snoozed', 'case_escalated', 'case_reopened');
  if (status === 'snoozed') {
    expect('snoozed until', snoozedUntil, state?.event === 'case_snoozed' ? state.data.until : 'nothing');
    const woke = flags.find(({ sealedAt }) => isLater(sealedAt, state?.at));
    if (woke !== undefined)
      problems.push(`it is snoozed in the table; flag ${woke.id} came since and woke it`);
  }
  if (status === 'escalated' && state?.event !== 'case_escalated')
    problems.push('it is escalated in the table; no entry says so, or a later one ends it');
  if (assignee !== null)
    expect('assignee', assignee, lastOf('case_assigned', 'case_escalated')?.data.assignee ?? 'no one');
  if (hold !== null) {
    const last = lastOf('case_claimed', 'case_released', 'case_escalated', 'case_snoozed');
    const claim = last?.event === 'case_claimed' ? last : undefined;
    expect('held by', hold.by, claim?.actor ?? 'no one');
    expect('held until', hold.until, claim?.data.until ?? 'nothing');
  }
  return problems;
}

/** The two times are of two clocks. */
const MAX_CLOCK_SKEW_MS = 60_000;

function isLater(at: string | null, than: string | undefined): boolean {
  return at !== null && than !== undefined && Date.parse(at) > Date.parse(than) + MAX_CLOCK_SKEW_MS;
}
