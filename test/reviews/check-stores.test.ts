/** What the log says of flags and reviews, against tables in which any one thing was changed. */
import { hash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  type AuditAct,
  type AuditEntry,
  GENESIS,
  parseEntry,
  writeEntry,
} from '../../lib/audit/audit-entry.ts';
import type { Explanation } from '../../lib/decisions/explanation.ts';
import type { FlagItem } from '../../lib/decisions/flag-item.ts';
import { topReasons } from '../../lib/decisions/top-reasons.ts';
import { reviewAct } from '../../lib/reviews/apply-review.ts';
import { checkFlag, checkFlagState, type FlagOfLog } from '../../lib/reviews/check-flag.ts';
import { checkReviews } from '../../lib/reviews/check-reviews.ts';
import { LoggedReviews } from '../../lib/reviews/logged-reviews.ts';
import { countedReviews, type Review, type Verdict } from '../../lib/reviews/review.ts';
import { reviewHash } from '../../lib/reviews/review-hash.ts';
import { withdrawFrom } from '../../lib/reviews/withdraw-review.ts';
import { flagOf } from '../helpers/flags.ts';

const flag = flagOf(1, { severity: 'high' });
const logged: FlagOfLog = {
  ...{ decision: flag.flag, recordId: flag.record_id, score: flag.score },
  sha256: hash('sha256', flag.explanation!),
};
const at = (n: number) => new Date(Date.UTC(2026, 2, 1) + n * 1_000).toISOString();

function logOf(acts: readonly AuditAct[]): AuditEntry[] {
  let prev = GENESIS;
  return acts.map((act, seq) => {
    const { line, hash: own } = writeEntry(act, seq, prev);
    prev = own;
    return parseEntry(line).entry!;
  });
}

const review = (version: number, verdict: Verdict, more: Partial<Review> = {}): Review => ({
  ...{ flag: flag.flag, version, kind: 'open', verdict, reason: 'As every month', note: null },
  ...{ by: 'ann', at: at(version), ...more },
});
const stored = (one: Review) => ({ ...one, recordId: flag.record_id });
const actOf = (one: Review) => reviewAct(one, flag.record_id);

describe('checkFlag', () => {
  test('finds nothing in a flag as it was raised, nor in one that was too large for the table', () => {
    expect(checkFlag(flag, logged)).toEqual([]);
    const line = flag.explanation!.replace('lies just below', 'x'.repeat(360_000));
    const large = { ...logged, sha256: hash('sha256', line) };
    const reasons = topReasons((JSON.parse(line) as Explanation).contributions);
    const stored = { ...flag, explanation: null, record: null, reasons };
    expect(checkFlag(stored, large, line)).toEqual([]);
    expect(checkFlag({ ...stored, severity: null }, large, line)).toHaveLength(1);
  });

  test('names an explanation that was taken out of the table, and what was changed with it', () => {
    const bare = { ...flag, explanation: null };
    const messages = (one: FlagItem, line: string | null) =>
      checkFlag(one, logged, line).map(({ kind, message }) => `${kind} ${message}`);
    const out = 'mismatch its explanation was taken out of the table';
    expect(messages(bare, flag.explanation)).toEqual([out]);
    expect(messages({ ...bare, severity: null }, flag.explanation)).toEqual([
      out,
      'mismatch severity null in the table; its explanation says high',
    ]);
    expect(messages(bare, null)).toEqual([
      "missing its explanation is neither in the table nor in the drop's explanations.jsonl",
    ]);
  });

  test('names whatever of a flag an officer would see and the log does not vouch for', () => {
    const changes: Partial<FlagItem> = {
      ...{ record_id: 'T9', score: 0.1, threshold: 0.9, base: 0.2, model: 'other', pack: 'other@1' },
      ...{ severity: null, severityRank: 0, rules: [], reasons: ['Nothing to see'] },
      explanation: flag.explanation!.replace('branch', 'web'),
    };
    for (const [name, value] of Object.entries(changes)) {
      const [first, ...others] = checkFlag({ ...flag, [name]: value }, logged);
      expect([name, first?.kind, first?.where, others]).toEqual([name, 'mismatch', `flag ${flag.flag}`, []]);
      expect(first!.message).toContain(name);
    }
  });

  test('names an explanation that was exchanged for a sound one of another flag', () => {
    const other = flagOf(2, { severity: 'high' });
    const [problem] = checkFlag({ ...other, flag: flag.flag, record_id: flag.record_id }, logged);
    expect(problem!.message).toContain('is not the one that the log of its drop has the hash of');
  });
});

describe('the state of a flag', () => {
  const verdict = fc.constantFrom<Verdict>('true_positive', 'false_positive', 'inconclusive');
  const step = fc.oneof(
    fc.record({ does: fc.constant('review' as const), verdict, unconfirmed: fc.boolean() }),
    fc.constant({ does: 'withdraw' as const }),
  );

  test('follows from the log as the table has it, whatever is reviewed and withdrawn', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 12 }), (steps) => {
        let now: FlagItem = flag;
        let reviews: Review[] = [];
        const acts: AuditAct[] = [];
        for (const [n, one] of steps.entries()) {
          if (one.does === 'review') {
            const made = review(now.version, one.verdict, {
              ...{ at: at(n), by: `p${n}`, ...(one.unconfirmed && { unconfirmed: true as const }) },
            });
            reviews = [...reviews, made];
            acts.push(actOf(made));
            const status = one.unconfirmed ? now.status : one.verdict;
            const { pending: _, ...rest } = now;
            const waits = { verdict: one.verdict, by: made.by, at: made.at };
            now = { ...rest, status, version: now.version + 1, ...(one.unconfirmed && { pending: waits }) };
            continue;
          }
          const last = reviews.at(-1);
          // Only what nothing followed is withdrawn.
          if (last === undefined || last.version !== now.version - 1 || last.withdrawnAt !== undefined)
            continue;
          const after = withdrawFrom(now, reviews, last);
          reviews = [...reviews.slice(0, -1), { ...last, withdrawnAt: at(n) }];
          const data = { review: `${flag.flag}-${last.version}`, decisions: [flag.flag] };
          acts.push({ event: 'review_withdrawn', actor: last.by, subject: data.review, at: at(n), data });
          const { pending: _, ...rest } = now;
          const { status, pending } = after;
          now = { ...rest, status, version: now.version + 1, ...(pending !== null && { pending }) };
        }
        const found = new LoggedReviews(logOf(acts));
        expect(checkFlagState(now, found.stateOf(flag.flag))).toEqual([]);
        expect(checkReviews(reviews.map(stored), found.all())).toEqual([]);
        expect(now.status).toBe(countedReviews(reviews).at(-1)?.verdict ?? 'open');
      }),
    );
  });

  test('names a flag that was closed, opened, moved on or put before a second person by no one', () => {
    const state = new LoggedReviews(logOf([actOf(review(1, 'true_positive'))])).stateOf(flag.flag);
    const sound: FlagItem = { ...flag, status: 'true_positive', version: 2 };
    expect(checkFlagState(sound, state)).toEqual([]);
    const pending = { verdict: 'false_positive', by: 'eve', at: at(9) } as const;
    for (const change of [{ status: 'false_positive' }, { status: 'open' }, { version: 3 }, { pending }])
      expect(checkFlagState({ ...sound, ...change } as FlagItem, state)).toHaveLength(1);
    const [problem] = checkFlagState(
      { ...flag, status: 'false_positive' },
      new LoggedReviews([]).stateOf('x'),
    );
    expect(problem!.message).toBe('status false_positive in the table; the log of the domain says open');
  });
});

describe('checkReviews', () => {
  const given = [
    review(1, 'true_positive', { unconfirmed: true, reasonCode: 'shell' }),
    review(2, 'true_positive', { by: 'ben', reasonCode: 'shell' }),
    review(1, 'false_positive', { kind: 'blind', by: 'cyn' }),
  ];
  const log = logOf([
    ...given.map(actOf),
    {
      ...{ event: 'review_withdrawn', actor: 'ben', subject: 'r', at: at(8) },
      data: { review: 'r', decisions: [flag.flag] },
    },
  ]);
  const table = given.map((one, n) => stored(n === 1 ? { ...one, withdrawnAt: at(8) } : one));

  test('finds each review of the log in the table, open and blind, and no other', () => {
    expect(checkReviews(table, new LoggedReviews(log).all())).toEqual([]);
  });

  test('names whatever was changed of one, one that is gone and one that no one gave', () => {
    const changed = {
      ...{ verdict: 'inconclusive', by: 'eve', at: at(99), reasonCode: 'other', unconfirmed: true },
      ...{ withdrawnAt: at(99), recordId: 'T9' },
    };
    for (const [name, value] of Object.entries(changed))
      for (const n of table.keys()) {
        const before = table[n] as unknown as Record<string, unknown>;
        if (before[name] === value) continue;
        const tampered = table.with(n, { ...table[n]!, [name]: value });
        const problems = checkReviews(tampered, new LoggedReviews(log).all());
        expect(problems).toMatchObject([{ kind: 'mismatch', message: expect.stringContaining(name) }]);
      }
    const { withdrawnAt: _, ...counting } = table[1]!;
    for (const [tampered, kind] of [
      [table.toSpliced(0, 1), 'missing'],
      [[...table, stored(review(3, 'false_positive'))], 'inserted'],
      [table.with(1, counting), 'mismatch'],
    ] as const)
      expect(checkReviews(tampered, new LoggedReviews(log).all())).toMatchObject([{ kind }]);
  });

  test('names a reason, a note or a chance that was changed, where the entry has the hash of the whole review', () => {
    const row = { ...stored(review(1, 'true_positive')), ...{ chance: 0.25, salt: 's1', caseId: 'c' } };
    const entries = logOf([reviewAct(row, flag.record_id, { row: reviewHash(row) })]);
    const found = (one: typeof row) => checkReviews([one], new LoggedReviews(entries).all());
    expect(found(row)).toEqual([]);
    for (const [name, value] of Object.entries({ reason: 'Other', note: 'x', chance: 0.5, salt: 's2' }))
      expect([name, found({ ...row, [name]: value })]).toMatchObject([name, [{ kind: 'mismatch' }]]);
    // What the entry says in words is named by its name alone.
    expect(found({ ...row, by: 'eve' })).toMatchObject([{ message: expect.stringMatching(/^by eve/) }]);
    const early = new LoggedReviews(logOf([actOf(row)])).all();
    expect(checkReviews([{ ...row, reason: 'Other' }], early)).toEqual([]);
  });

  test('knows each flag of a verdict on many', () => {
    const flags = [
      { decision_id: 'a', record_id: 'T1', version: 1, unconfirmed: true },
      { decision_id: 'b', record_id: 'T2', version: 4 },
    ];
    const entries = logOf([
      {
        ...{ event: 'case_reviewed', actor: 'ann', subject: 'c', at: at(1) },
        data: { case: 'c', version: 2, verdict: 'false_positive', reason_code: 'salary', flags },
      },
    ]);
    const common = {
      kind: 'open',
      verdict: 'false_positive',
      reason: 'x',
      note: null,
      by: 'ann',
      at: at(1),
      reasonCode: 'salary',
    } as const;
    const rows = [
      { ...common, flag: 'a', recordId: 'T1', version: 1, unconfirmed: true as const },
      { ...common, flag: 'b', recordId: 'T2', version: 4 },
    ];
    expect(checkReviews(rows, new LoggedReviews(entries).all())).toEqual([]);
    expect(checkReviews(rows.slice(1), new LoggedReviews(entries).all())).toMatchObject([
      { kind: 'missing' },
    ]);
  });
});
