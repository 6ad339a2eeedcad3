/** A case as its table has it, against what people did with it and what its flags have. */
import { describe, expect, test } from 'vitest';
import { type AuditEntry, GENESIS, parseEntry, writeEntry } from '../../lib/audit/audit-entry.ts';
import type { Case } from '../../lib/cases/case.ts';
import { CASE_EVENTS, type CaseActName } from '../../lib/cases/case-acts.ts';
import { joinFlags } from '../../lib/cases/case-flags.ts';
import { checkCase, shownOf } from '../../lib/cases/check-case.ts';
import { flagOf } from '../helpers/flags.ts';

const until = '2026-04-01T00:00:00.000Z';
const flag = flagOf(1, { severity: 'high' });
const { flag: id, severityRank, score } = flag;
const flags = [{ id, severityRank, score, isOpen: true, shown: shownOf(flag) }];
const opened = joinFlags(null, [flag]);

function actsOf(...acts: readonly CaseActName[]): AuditEntry[] {
  let prev = GENESIS;
  return acts.map((act, seq) => {
    const data = {
      ...{ case: opened.id, version: seq + 2 },
      ...((act === 'claim' || act === 'snooze') && { until }),
      ...(act === 'assign' && { assignee: 'ann' }),
    };
    const entry = { event: CASE_EVENTS[act], actor: 'ann', subject: opened.id, at: until, data };
    const { line, hash } = writeEntry(entry, seq, prev);
    prev = hash;
    return parseEntry(line).entry!;
  });
}

describe('what people did with a case', () => {
  const held: Partial<Case> = { hold: { by: 'ann', until } };
  const snoozed: Partial<Case> = { status: 'snoozed', snoozedUntil: until };
  test.each<[Partial<Case>, CaseActName, readonly CaseActName[]]>([
    [snoozed, 'snooze', ['reopen']],
    [{ status: 'escalated' }, 'escalate', ['reopen', 'snooze']],
    [held, 'claim', ['release', 'snooze', 'escalate']],
  ])('stands in the table (%j) only until a later act undoes it', (change, does, undoes) => {
    const one = { ...opened, ...change };
    expect(checkCase(one, flags, actsOf(does))).toEqual([]);
    expect(checkCase(one, flags, actsOf(does, 'assign'))).toEqual([]);
    expect(checkCase(one, flags, [])).not.toEqual([]);
    for (const act of undoes)
      expect([act, checkCase(one, flags, actsOf(does, act)).length]).not.toEqual([act, 0]);
  });

  test('names whoever was given a case that was escalated since', () => {
    const one = { ...opened, assignee: 'ann' };
    expect(checkCase(one, flags, actsOf('assign'))).toEqual([]);
    expect(checkCase(one, flags, [])).toEqual(['assignee ann in the table; the logs say no one']);
    expect(checkCase(one, flags, actsOf('assign', 'escalate'))).toEqual([
      'assignee ann in the table; the logs say no one',
    ]);
  });
});

describe('what a case shows of its most urgent flag', () => {
  test('is what the flag has, whatever was changed of it', () => {
    expect(checkCase(opened, flags, [])).toEqual([]);
    const pending = { ...opened, top: { ...opened.top, pendingBy: 'ann' } };
    expect(checkCase(pending, flags, [])).toEqual([]);
    const changes = {
      ...{ recordId: 'T9', time: until, threshold: 0.99, tier: 'act', model: 'other' },
      ...{ rules: [], groups: [], record: '{}' },
    };
    for (const [name, value] of Object.entries(changes)) {
      const one = { ...opened, top: { ...opened.top, [name]: value } } as Case;
      const message = 'what it shows of its most urgent flag is not what the flag has';
      expect([name, checkCase(one, flags, [])]).toEqual([name, [message]]);
    }
  });

  test('may be more than the flag has, where the flag was too large for an item', () => {
    const stored = { ...flag, explanation: null, record: null };
    const large = [{ ...flags[0]!, shown: shownOf(stored, flag.explanation) }];
    expect(checkCase(opened, large, [])).toEqual([]);
    expect(checkCase(joinFlags(null, [stored]), large, [])).toEqual([]);
    const one = { ...opened, top: { ...opened.top, rules: [] } };
    expect(checkCase(one, large, [])).toHaveLength(1);
  });
});
