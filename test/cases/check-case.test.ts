/** A case as its table has it, against what people did with it and what its flags have. */
import { describe, expect, test } from 'vitest';
import { type AuditEntry, GENESIS, parseEntry, writeEntry } from '../../lib/audit/audit-entry.ts';
import type { Case } from '../../lib/cases/case.ts';
import { CASE_EVENTS, type CaseActName } from '../../lib/cases/case-acts.ts';
import { caseFacts } from '../../lib/cases/case-entries.ts';
import { joinFlags } from '../../lib/cases/case-flags.ts';
import { checkCase, shownOf } from '../../lib/cases/check-case.ts';
import { checkHistory } from '../../lib/cases/check-history.ts';
import { flagOf } from '../helpers/flags.ts';

const until = '2026-04-01T00:00:00.000Z';
const flag = flagOf(1, { severity: 'high' });
const { flag: id, severityRank, score } = flag;
const sealedAt = '2026-03-01T00:00:00.000Z';
const flags = [{ id, severityRank, score, isOpen: true, shown: shownOf(flag), sealedAt }];
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

  test('names the person who was given a case that was escalated since', () => {
    const one = { ...opened, assignee: 'ann' };
    expect(checkCase(one, flags, actsOf('assign'))).toEqual([]);
    expect(checkCase(one, flags, [])).toEqual(['assignee ann in the table; the logs say no one']);
    expect(checkCase(one, flags, actsOf('assign', 'escalate'))).toEqual([
      'assignee ann in the table; the logs say no one',
    ]);
  });
});

describe('what was done with a case before', () => {
  const snoozed: Case = { ...opened, status: 'snoozed', snoozedUntil: until };
  const closing = (): AuditEntry[] => {
    const [entry] = actsOf('snooze');
    const facts = caseFacts({ ...opened, status: 'closed', version: 3 }, {});
    return [entry!, { ...entry!, event: 'reviewed', data: { decision_id: id, ...facts } }];
  };

  test.each<[string, Partial<Case>, CaseActName]>([
    ['snoozed', snoozed, 'snooze'],
    ['escalated', { status: 'escalated' }, 'escalate'],
    ['held', { hold: { by: 'ann', until } }, 'claim'],
    ['assigned', { assignee: 'ann' }, 'assign'],
  ])('counts no more once all its flags were decided: %s', (_, change, act) => {
    const one = { ...opened, ...change };
    const acts = [...actsOf(act), closing()[1]!];
    expect(checkCase(one, flags, acts.slice(0, 1))).toEqual([]);
    expect(checkCase(one, flags, acts)).not.toEqual([]);
  });

  test('does not count either, of a sleep, once a flag came; a minute is left to clocks', () => {
    const came = (seconds: number) => {
      const time = new Date(Date.parse(until) + seconds * 1_000).toISOString();
      return checkCase(snoozed, [{ ...flags[0]!, sealedAt: time }], actsOf('snooze')).length;
    };
    expect([came(-5), came(59), came(61)]).toEqual([0, 0, 1]);
    expect(checkCase(snoozed, [{ ...flags[0]!, sealedAt: null }], actsOf('snooze'))).toEqual([]);
  });
});

describe('what the history of a case has', () => {
  const rows = [2, 3].map((version) => ({
    ...{ act: 'escalate', by: 'ann', at: until, version, reason: `Reason ${version}`, salt: `s${version}` },
  }));
  const [first] = actsOf('escalate');
  const entries = rows.map((row, seq) => ({
    ...first!,
    seq,
    data: { case: opened.id, ...caseFacts({ ...opened, version: row.version }, row) },
  }));

  test('is what its entries have the hashes of, in whatever order a table gives it', () => {
    expect(checkHistory(rows, entries)).toEqual([]);
    expect(checkHistory(rows.toReversed(), entries)).toEqual([]);
  });

  test('names a reason, or anything else, that was changed', () => {
    for (const [name, value] of Object.entries({ reason: 'Another', by: 'eve', act: 'snooze', salt: 's9' }))
      expect([name, checkHistory([{ ...rows[0]!, [name]: value }, rows[1]!], entries)]).toEqual([
        name,
        ['what its history says of the act of entry 0, or the reason, was changed'],
      ]);
  });

  test('says nothing of acts before the first entry that has a hash: an earlier version wrote those', () => {
    const early = { act: 'review', by: 'ann', at: until, version: 1 };
    expect(checkHistory([early, ...rows], entries)).toEqual([]);
    expect(checkHistory([early], actsOf('escalate'))).toEqual([]);
    expect(checkHistory([...rows, { ...early, version: 4 }], entries)).toHaveLength(1);
    expect(checkHistory([...rows, { ...rows[0]!, at: sealedAt }], entries)).toEqual([
      'its history has 2 acts where entry 0 is one',
    ]);
  });

  test('may be of an entry of an earlier version that still ran: one row for each, of its person and time', () => {
    const row = { act: 'escalate', by: 'ann', at: until, version: 2 };
    const rows = [row, { ...row, version: 3, at: sealedAt, act: 'review' }];
    const [first] = actsOf('escalate');
    const known = { ...first!, data: { case: opened.id, ...caseFacts({ ...opened, version: 2 }, row) } };
    const early = { ...first!, seq: 1, event: 'reviewed', at: sealedAt, data: { decision_id: id } };
    expect(checkHistory(rows, [known])).toHaveLength(1);
    expect(checkHistory(rows, [known, early])).toEqual([]);
    expect(checkHistory([...rows, { ...rows[1]!, version: 4 }], [known, early])).toHaveLength(1);
    for (const other of [{ at: until }, { actor: 'eve' }])
      expect(checkHistory(rows, [known, { ...early, ...other }])).toHaveLength(1);
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
