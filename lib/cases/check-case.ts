/**
 * A case as its table has it, against its flags and what the log says that people did with it: one that was closed, put to sleep, held
 * or given to someone by no one is named.
 */
import type { AuditEntry } from '../audit/audit-entry.ts';
import type { Case } from './case.ts';
import { isMoreUrgent } from './case-flags.ts';

/** Of a flag of the case, as the logs have it. */
export interface CaseFlag {
  readonly id: string;
  readonly severityRank: number;
  readonly score: number;
  readonly isOpen: boolean;
}

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
    }
  }
  const last = (event: string) => acts.findLast((entry) => entry.event === event);
  if (status === 'snoozed') expect('snoozed until', snoozedUntil, last('case_snoozed')?.data.until);
  if (status === 'escalated' && last('case_escalated') === undefined)
    problems.push('it is escalated in the table; no entry says so');
  if (assignee !== null) expect('assignee', assignee, last('case_assigned')?.data.assignee);
  if (hold !== null) {
    const claim = last('case_claimed');
    expect('held by', hold.by, claim?.actor);
    expect('held until', hold.until, claim?.data.until);
  }
  return problems;
}
