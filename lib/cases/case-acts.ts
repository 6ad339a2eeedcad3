/** What people do with a case as a whole: the case before and the act make the case after, or a CaseRefused says why not. Pure. */
import { isSamePerson } from '../actor.ts';
import { type Case, holdAt, statusAt } from './case.ts';

/** The case is not as the act needs it to be: it is held by another, or closed. */
export class CaseRefused extends Error {
  override readonly name = 'CaseRefused';
}

/** The case has changed since it was looked at. */
export class StaleCase extends Error {
  override readonly name = 'StaleCase';

  constructor(id: string, seen: number, current: number) {
    super(
      `case ${id} has changed: you looked at version ${seen}, it is at version ${current}; read it again`,
    );
  }
}

export type CaseAct =
  | { readonly act: 'claim'; readonly holdSeconds: number }
  | { readonly act: 'release' }
  /** Null: to no one. */
  | { readonly act: 'assign'; readonly assignee: string | null }
  | { readonly act: 'escalate'; readonly reason: string }
  | { readonly act: 'snooze'; readonly until: string; readonly reason: string }
  | { readonly act: 'reopen'; readonly reason: string };

export type CaseActName = CaseAct['act'];

/** How the act stands in the audit log. */
export const CASE_EVENTS = {
  claim: 'case_claimed',
  release: 'case_released',
  assign: 'case_assigned',
  escalate: 'case_escalated',
  snooze: 'case_snoozed',
  reopen: 'case_reopened',
} as const satisfies Record<CaseActName, string>;

export interface CaseActor {
  readonly by: string;
  /** ISO 8601 in UTC with milliseconds. */
  readonly at: string;
}

const MAX_SNOOZE_DAYS = 366;

/** The case after an act. Throws CaseRefused where its state, or the person who holds it, does not allow the act. */
export function actOnCase(before: Case, act: CaseAct, { by, at }: CaseActor): Case {
  const status = statusAt(before, at);
  if (status === 'closed')
    throw new CaseRefused(
      `case ${before.id} is closed: all its flags are decided (a withdrawn review opens it again)`,
    );
  const hold = holdAt(before, at);
  const isHeldByOther = hold !== null && !isSamePerson(hold.by, by);
  if (isHeldByOther && act.act !== 'release') {
    throw new CaseRefused(`case ${before.id} is held by another person until ${hold.until}`);
  }
  const awake = status === 'open' ? ({ status: 'open', snoozedUntil: null } as const) : {};
  const after = { ...before, ...awake, version: before.version + 1 };
  switch (act.act) {
    case 'claim':
      return { ...after, hold: { by, until: later(at, act.holdSeconds) } };
    case 'release':
      if (hold === null || isHeldByOther)
        throw new CaseRefused(
          isHeldByOther ? `case ${before.id} is held by another person` : `no one holds case ${before.id}`,
        );
      return { ...after, hold: null };
    case 'assign':
      return { ...after, assignee: act.assignee };
    case 'escalate':
      return { ...after, status: 'escalated', snoozedUntil: null, hold: null, assignee: null };
    case 'snooze':
      return { ...after, status: 'snoozed', snoozedUntil: snoozeEnd(act.until, at), hold: null };
    case 'reopen':
      if (status !== 'escalated' && status !== 'snoozed')
        throw new CaseRefused(`case ${before.id} is open: only an escalated or snoozed one is reopened`);
      return { ...after, status: 'open', snoozedUntil: null };
  }
}

/** Whether it is offered to this person as the next to work on: not where that person's own verdict waits for a second one. */
export function isFree(one: Case, { by, at }: CaseActor): boolean {
  if (statusAt(one, at) !== 'open') return false;
  const { pendingBy } = one.top;
  if (pendingBy !== undefined && isSamePerson(pendingBy, by)) return false;
  return one.assignee === null || isSamePerson(one.assignee, by);
}

/** Persons in whose list of own cases it stands: the assignee, and who holds it or did last. */
export function ownersOf({ assignee, hold }: Pick<Case, 'assignee' | 'hold'>): readonly string[] {
  return [...new Set([assignee, hold?.by ?? null])].filter((one) => one !== null);
}

/** Whether it is this person's right now. */
export function isOwn(one: Case, { by, at }: CaseActor): boolean {
  return one.assignee === by || holdAt(one, at)?.by === by;
}

function snoozeEnd(until: string, at: string): string {
  const end = Date.parse(until);
  const days = (end - Date.parse(at)) / 86_400_000;
  if (!(days > 0 && days <= MAX_SNOOZE_DAYS))
    throw new CaseRefused(`a case is snoozed until a time within ${MAX_SNOOZE_DAYS} days, found ${until}`);
  return new Date(end).toISOString();
}

function later(at: string, seconds: number): string {
  return new Date(Date.parse(at) + seconds * 1_000).toISOString();
}
