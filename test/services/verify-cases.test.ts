/** Cases of the table against the log, where a function of an earlier version still ran after the first act of this one. */
import { expect, test } from 'vitest';
import type { AuditEntry } from '../../lib/audit/audit-entry.ts';
import { caseFacts } from '../../lib/cases/case-entries.ts';
import { joinFlags } from '../../lib/cases/case-flags.ts';
import { shownOf } from '../../lib/cases/check-case.ts';
import { CaseCheck, type CaseSource } from '../../lib/services/verify-cases.ts';
import { flagOf } from '../helpers/flags.ts';

const flag = flagOf(1, { severity: 'high' });
const { flag: id, severityRank, score } = flag;
const one = joinFlags(null, [flag]);
const at = (minute: number) => `2026-03-01T00:0${minute}:00.000Z`;
const rows = ['release', 'withdraw', 'review'].map((act, n) => ({
  act,
  by: 'ann',
  at: at(n),
  version: n + 2,
}));
const entry = { actor: 'ann', subject: one.id, prev: '', hash: '' };
const known = {
  ...{ ...entry, seq: 0, event: 'case_released', at: at(0) },
  data: { case: one.id, version: 2, ...caseFacts({ ...one, version: 2 }, rows[0]!) },
};
const early = [
  { ...entry, seq: 1, event: 'review_withdrawn', at: at(1), data: { review: 'r', decisions: [id] } },
  { ...entry, seq: 2, event: 'reviewed', at: at(2), data: { decision_id: id, kind: 'open' } },
];
const source = {
  listed: async () => [{ case: one, isInPlace: true }],
  openFlags: async () => [id],
  history: async () => rows,
  get: async () => one,
} as unknown as CaseSource;

async function problems(entries: readonly AuditEntry[]): Promise<number> {
  const check = await CaseCheck.begin(source, flag.domain);
  const own = { id, severityRank, score, isOpen: true, sealedAt: null, shown: shownOf(flag) };
  return (await check.end(new Map([[one.id, [own]]]), entries)).problems.length;
}

test('its reviews and withdrawals, which name no case, stand for their rows of the case of their flags', async () => {
  expect(await problems([known, ...early])).toBe(0);
  expect(await problems([known])).toBe(2);
  const ofOthers = early.map((one) => ({ ...one, data: { decision_id: 'other', decisions: ['other'] } }));
  expect(await problems([known, ...ofOthers])).toBe(2);
  expect(await problems([known, early[0]!, { ...early[1]!, data: { decision_id: id, kind: 'blind' } }])).toBe(
    1,
  );
});
