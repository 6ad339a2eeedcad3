/** What flags do to their case: the case before (null: there is none) and what happened to its flags make the case after. Pure. */
import type { FlagItem } from '../decisions/flag-item.ts';
import { type Case, caseIdOf, type TopFlag } from './case.ts';
import { topFlagOf } from './top-flag.ts';

const MAX_RULES = 50;

/** Of the open flags that are left: the most urgent one, and the rules that they meet. */
export interface OpenRest {
  readonly top: TopFlag;
  readonly rules: readonly string[];
}

/** New flags, at least one, of the same entity. A closed case opens again, a snoozed one wakes: there is something new to see. */
export function joinFlags(before: Case | null, flags: readonly FlagItem[]): Case {
  const [first] = flags;
  if (first === undefined) throw new Error('a case is opened by a flag');
  const tops = flags.map(topFlagOf);
  const rules = flags.flatMap((flag) => flag.rules);
  const at = flags.reduce(
    (last, { flagged_at }) => (flagged_at > last ? flagged_at : last),
    first.flagged_at,
  );
  if (before === null) {
    return {
      id: caseIdOf(first.domain, first.entity, first.flag),
      domain: first.domain,
      entity: first.entity,
      ...opened(at, 1),
      assignee: null,
      hold: null,
      snoozedUntil: null,
      lastFlagAt: at,
      openFlags: flags.length,
      flags: flags.length,
      rules: distinctRules(rules),
      top: mostUrgent(tops),
      version: 1,
    };
  }
  const isClosed = before.status === 'closed';
  return {
    ...before,
    ...(isClosed && opened(at, before.opening + 1)),
    ...(before.status === 'snoozed' && { status: 'open' as const }),
    snoozedUntil: null,
    lastFlagAt: at > before.lastFlagAt ? at : before.lastFlagAt,
    openFlags: before.openFlags + flags.length,
    flags: before.flags + flags.length,
    rules: distinctRules(isClosed ? rules : [...before.rules, ...rules]),
    top: mostUrgent(isClosed ? tops : [before.top, ...tops]),
    version: before.version + 1,
  };
}

/** `count` open flags were decided at that moment; `rest` is null where none is left, and the case closes. */
export function decideFlags(before: Case, count: number, rest: OpenRest | null, at: string): Case {
  const openFlags = before.openFlags - count;
  if (openFlags < 0 || (openFlags === 0) !== (rest === null)) {
    throw new Error(`the case ${before.id} has ${before.openFlags} open flags, ${count} were decided`);
  }
  const version = before.version + 1;
  if (rest !== null) return { ...before, ...rest, openFlags, version };
  return {
    ...before,
    ...{ status: 'closed', assignee: null, hold: null, snoozedUntil: null, closedAt: at },
    ...{ rules: [], openFlags, version },
  };
}

/** Reviews were withdrawn, and these flags are open again. */
export function reopenFlags(before: Case, flags: readonly FlagItem[]): Case {
  const isClosed = before.status === 'closed';
  const tops = flags.map(topFlagOf);
  const rules = flags.flatMap((flag) => flag.rules);
  return {
    ...before,
    // The case is as old as it was: its time to be decided by does not begin anew.
    ...(isClosed && { status: 'open' as const, closedAt: null }),
    openFlags: before.openFlags + flags.length,
    rules: distinctRules(isClosed ? rules : [...before.rules, ...rules]),
    top: mostUrgent(isClosed ? tops : [before.top, ...tops]),
    version: before.version + 1,
  };
}

/** Verdicts that wait, or wait no more: the one who gave it is not offered the case for it again. */
export function withPending(
  one: Case,
  changed: readonly {
    readonly flag: { readonly flag: string };
    readonly pending: { readonly by: string } | null;
  }[],
): Case {
  const top = changed.find(({ flag }) => flag.flag === one.top.id);
  if (top === undefined) return one;
  const { pendingBy: _, ...rest } = one.top;
  return { ...one, top: { ...rest, ...(top.pending !== null && { pendingBy: top.pending.by }) } };
}

function opened(at: string, opening: number) {
  return { status: 'open', opening, openedAt: at, closedAt: null } as const;
}

/** The most severe rule, then the score, then the id: the order of lists of flags. */
function mostUrgent(flags: readonly TopFlag[]): TopFlag {
  return flags.reduce((best, flag) => (isMoreUrgent(flag, best) ? flag : best));
}

type Urgency = Pick<TopFlag, 'severityRank' | 'score' | 'id'>;

export function isMoreUrgent(one: Urgency, other: Urgency): boolean {
  if (one.severityRank !== other.severityRank) return one.severityRank > other.severityRank;
  return one.score !== other.score ? one.score > other.score : one.id > other.id;
}

function distinctRules(rules: readonly string[]): string[] {
  return [...new Set(rules)].slice(0, MAX_RULES);
}
