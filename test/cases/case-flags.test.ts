/** What flags do to their case, as a model of it does: the flags of an entity, each open or decided. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Case, caseIdOf, viewOf } from '../../lib/cases/case.ts';
import { isFree } from '../../lib/cases/case-acts.ts';
import { decideFlags, joinFlags, reopenFlags, withPending } from '../../lib/cases/case-flags.ts';
import { topFlagOf } from '../../lib/cases/top-flag.ts';
import type { FlagItem } from '../../lib/decisions/flag-item.ts';
import { flagOf } from '../helpers/flags.ts';

const SEVERITIES = [null, 'low', 'medium', 'high', 'critical'] as const;
const flagAt = (n: number, severityRank: number, score: number) =>
  flagOf(n, { entity: 'A1', severity: SEVERITIES[severityRank]!, score });

const byUrgency = (a: FlagItem, b: FlagItem) =>
  b.severityRank - a.severityRank || b.score - a.score || (a.flag < b.flag ? 1 : -1);

const at = '2026-02-03T00:00:00.000Z';
const restOf = (flags: readonly FlagItem[]) => {
  const [best] = flags.toSorted(byUrgency);
  const rules = flags.flatMap((flag) => flag.rules);
  return best === undefined ? null : { top: topFlagOf(best), rules };
};

describe('a case', () => {
  it('has the id of its entity, or of the flag where there is none, and no two are alike', () => {
    expect(caseIdOf('a', 'x', 'f1')).toBe(caseIdOf('a', 'x', 'f2'));
    const ids = [
      caseIdOf('a', 'x', 'f'),
      caseIdOf('b', 'x', 'f'),
      caseIdOf('a', null, 'f'),
      caseIdOf('a', null, 'g'),
    ];
    expect(new Set([...ids, caseIdOf('a', 'f', 'f')]).size).toBe(5);
  });

  it('counts its flags and shows the most urgent open one, whatever is raised, decided and withdrawn', () => {
    const step = fc.record({
      what: fc.constantFrom('join', 'decide', 'withdraw'),
      severityRank: fc.integer({ min: 0, max: 4 }),
      score: fc.constantFrom(0.5, 0.6, 0.7),
      which: fc.nat(20),
    });
    fc.assert(
      fc.property(fc.array(step, { minLength: 1, maxLength: 25 }), (steps) => {
        const open: FlagItem[] = [flagAt(0, 1, 0.6)];
        const decided: FlagItem[] = [];
        let one: Case = joinFlags(null, open);
        for (const [n, { what, severityRank, score, which }] of steps.entries()) {
          const { version } = one;
          if (what === 'join') {
            const flag = flagAt(n + 1, severityRank, score);
            open.push(flag);
            one = joinFlags(one, [flag]);
          } else if (what === 'decide' && open.length > 0) {
            decided.push(...open.splice(which % open.length, 1));
            one = decideFlags(one, 1, restOf(open), at);
          } else if (what === 'withdraw' && decided.length > 0) {
            const back = decided.splice(which % decided.length, 1);
            open.push(...back);
            one = reopenFlags(one, back);
          } else continue;
          const [best] = open.toSorted(byUrgency);
          expect(one.version).toBe(version + 1);
          expect([one.openFlags, one.flags]).toEqual([open.length, open.length + decided.length]);
          expect(one.status).toBe(open.length === 0 ? 'closed' : 'open');
          if (best !== undefined) expect(one.top).toEqual(topFlagOf(best));
          expect(viewOf(one)).toBe(best === undefined ? 'decided' : best.severityRank >= 2 ? 'act' : 'look');
        }
      }),
    );
  });

  it('refuses to close while flags are open, or to decide more than are', () => {
    const one = joinFlags(null, [flagAt(0, 1, 0.6), flagAt(1, 1, 0.7)]);
    expect(() => decideFlags(one, 1, null, at)).toThrow('2 open flags, 1 were decided');
    expect(() => decideFlags(one, 3, null, at)).toThrow('2 open flags, 3 were decided');
  });

  it('wakes from a snooze when a flag joins it, and keeps who it is assigned to', () => {
    const asleep: Case = {
      ...joinFlags(null, [flagAt(0, 1, 0.6)]),
      ...{ status: 'snoozed', snoozedUntil: '2027-01-01T00:00:00.000Z', assignee: 'ann' },
    };
    expect(joinFlags(asleep, [flagAt(1, 4, 0.9)])).toMatchObject({
      ...{ status: 'open', snoozedUntil: null, assignee: 'ann', opening: 1, openFlags: 2 },
    });
  });

  it('is one to act on where the card says so of its score, without any rule', () => {
    const { explanation, ...flag } = flagAt(0, 0, 0.9);
    const standing = { tier: 'act', confirmed: 0.8, low: null, high: null, records: 20, words: '' };
    const scored = { ...flag, explanation: JSON.stringify({ ...JSON.parse(explanation!), standing }) };
    expect(viewOf(joinFlags(null, [scored]))).toBe('act');
  });
});

describe('a verdict that waits for a second person', () => {
  it('takes the case from what is offered to the first one, and to no one else', () => {
    const flag = flagOf(1, { severity: 'critical' });
    const one = joinFlags(null, [flag]);
    const at = '2026-03-01T00:00:00.000Z';
    const waiting = withPending(one, [{ flag, pending: { by: 'ann' } }]);
    expect(isFree(waiting, { by: 'ann', at })).toBe(false);
    expect(isFree(waiting, { by: 'ben', at })).toBe(true);
    expect(isFree(withPending(waiting, [{ flag, pending: null }]), { by: 'ann', at })).toBe(true);
    expect(withPending(one, [{ flag: flagOf(2), pending: { by: 'ann' } }])).toBe(one);
  });
});
