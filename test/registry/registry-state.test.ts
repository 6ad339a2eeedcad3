import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  approveModel,
  expireModel,
  proposeModel,
  rejectModel,
} from '../../lib/registry/registry-approval.ts';
import { promoteModel, rollBack } from '../../lib/registry/registry-promotion.ts';
import {
  championOf,
  championOn,
  type ModelRegistry,
  rollbackTarget,
  type Transition,
} from '../../lib/registry/registry-state.ts';
import { done, on, proposal, wayOfAModel } from './way-of-a-model.ts';

const refusal = (transition: Transition) => (transition.done ? null : transition.refusal);

test('a model is a candidate, approved by two, then champion; the one before can be gone back to', () => {
  const { candidate, once, approved, promoted } = wayOfAModel();
  expect([candidate, once, approved].map(({ models }) => models.m1!.state)).toEqual([
    ...['candidate', 'candidate', 'approved'],
  ]);
  expect([championOf(approved), championOf(promoted)]).toEqual(['m0', 'm1']);
  expect(promoted.models.m0!.state).toBe('retired');
  expect(rollbackTarget(promoted)).toBe('m0');
});

test('the champion of a day is the last one crowned by its end, by promotion or rollback', () => {
  const promoted = done(promoteModel(wayOfAModel().approved, 'm1', { by: 'assay', at: on(6) }));
  const back = done(rollBack(promoted, { by: 'eve', at: on(9), reason: 'too many flags' }));
  const days = ['2026-02-28', '2026-03-01', '2026-03-05', '2026-03-06', '2026-03-08', '2026-03-09'];
  expect(days.map((day) => championOn(back, day))).toEqual([null, 'm0', 'm0', 'm1', 'm1', 'm0']);
});

describe('an approval is refused', () => {
  test.each([
    ['of the one who started the retraining, in any spelling', 'candidate', ' Ann', 3, 'own_retraining'],
    ['of the same person twice', 'once', 'BEN', 4, 'approved_already'],
    ['at the moment it expires', 'once', 'eve', 20, 'expired'],
    ['of a model that is approved already', 'approved', 'dan', 5, 'wrong_state'],
  ] as const)('%s', (_, after, by, day, code) => {
    expect(refusal(approveModel(wayOfAModel()[after], 'm1', { by, at: on(day) }))?.code).toBe(code);
  });

  const user = (name: string) => `arn:aws:iam::123456789012:user/${name}`;
  const startedBy = (by: string) =>
    done(
      proposeModel(wayOfAModel().installed, proposal('m1', { startedBy: by }), { by: 'assay', at: on(2) }),
    );
  const approvedBy = (registry: ModelRegistry, by: string) => approveModel(registry, 'm1', { by, at: on(3) });

  test.each<[how: string, registry: () => ModelRegistry, by: string]>([
    ['a token’s after an AWS identity started it', () => startedBy(user('ann')), 'ben'],
    ['an AWS identity’s after a token started it', () => startedBy('ann'), user('ben')],
    [
      'an AWS identity’s after a token approved',
      () => done(approvedBy(startedBy('assay schedule'), 'ben')),
      user('eve'),
    ],
    [
      'a token’s after an AWS identity approved',
      () => done(approvedBy(startedBy('assay'), user('ben'))),
      'eve',
    ],
  ])('where one person could count as two: %s', (_, make, by) => {
    const registry = make();
    expect(refusal(approvedBy(registry, by))?.code).toBe('other_identity');
    // Stopping takes only one.
    expect(rejectModel(registry, 'm1', { by, at: on(4), reason: 'odd' }).done).toBe(true);
  });

  test('in words that say how to do it instead', () => {
    expect(refusal(approvedBy(startedBy('ann'), user('ben')))?.message).toBe(
      `ann started the retraining that made it by the API, signed in; whether ${user('ben')} is someone else is not known. Approve model m1 in the same way: by the API, signed in`,
    );
  });

  test('by no one where all act the same way, anyone who or whatever started it', () => {
    for (const [starter, one, other] of [
      ['assay schedule', 'ben', 'eve'],
      ['assay monitor', user('ben'), user('eve')],
      [user('ann'), user('ben'), user('eve')],
    ] as const) {
      const approved = done(approvedBy(done(approvedBy(startedBy(starter), one)), other));
      expect(approved.models.m1!.state).toBe('approved');
    }
  });

  test('of a model that no one knows, also one named like a property of objects', () => {
    expect(refusal(approveModel(wayOfAModel().candidate, 'constructor', { by: 'ben', at: on(3) }))).toEqual({
      code: 'unknown_model',
      message: 'the domain shop has no model constructor',
    });
  });
});

describe('a promotion is refused', () => {
  test('before two have approved', () => {
    expect(refusal(promoteModel(wayOfAModel().once, 'm1', { by: 'assay', at: on(4) }))).toEqual({
      code: 'wrong_state',
      message: 'model m1 is a candidate; only one that is approved can be promoted',
    });
  });

  test('of a model that was measured against another champion', () => {
    const both = done(proposeModel(wayOfAModel().approved, proposal('m2'), { by: 'assay', at: on(4) }));
    const one = done(approveModel(both, 'm2', { by: 'ben', at: on(4) }));
    const approved = done(approveModel(one, 'm2', { by: 'eve', at: on(4) }));
    const first = done(promoteModel(approved, 'm1', { by: 'assay', at: on(5) }));
    expect(refusal(promoteModel(first, 'm2', { by: 'assay', at: on(5) }))?.message).toBe(
      'model m2 was measured against m0, but the champion is now m1; start a new retraining',
    );
  });
});

describe('a proposal', () => {
  test('of the present champion is refused: nothing new came of the retraining', () => {
    const { promoted } = wayOfAModel();
    expect(refusal(proposeModel(promoted, proposal('m1'), { by: 'assay', at: on(6) }))?.code).toBe(
      'same_as_champion',
    );
  });

  test('of one that is put forward already is refused', () => {
    const { once } = wayOfAModel();
    expect(refusal(proposeModel(once, proposal('m1'), { by: 'assay', at: on(6) }))?.code).toBe('wrong_state');
  });

  test('of a rejected model begins anew, without its approvals and with its history', () => {
    const rejected = done(
      rejectModel(wayOfAModel().once, 'm1', { by: 'ann', at: on(4), reason: 'withdrawn' }),
    );
    const again = done(proposeModel(rejected, proposal('m1'), { by: 'assay', at: on(5) })).models.m1!;
    expect(again.approvals).toEqual([]);
    expect(again.history.map(({ state }) => state)).toEqual(['candidate', 'rejected', 'candidate']);
  });
});

describe('a rollback', () => {
  const back = (registry: ModelRegistry, to?: string) =>
    rollBack(registry, { by: 'eve', at: on(9), reason: 'worse', ...(to === undefined ? {} : { to }) });

  test('goes back champion by champion', () => {
    const next = done(proposeModel(wayOfAModel().promoted, proposal('m2'), { by: 'assay', at: on(6) }));
    const two = done(
      approveModel(done(approveModel(next, 'm2', { by: 'ben', at: on(6) })), 'm2', { by: 'eve', at: on(6) }),
    );
    const third = done(promoteModel(two, 'm2', { by: 'assay', at: on(7) }));
    const one = done(back(third));
    expect([championOf(one), rollbackTarget(one)]).toEqual(['m1', 'm0']);
    expect(championOf(done(back(one)))).toBe('m0');
    expect(done(back(one)).models.m2?.state).toBe('retired');
    expect(championOf(done(back(third, 'm0')))).toBe('m0');
    expect(championOf(done(back(done(back(third, 'm0')), 'm2')))).toBe('m2');
  });

  test('is refused where there is no earlier champion, no reason, or the target never decided', () => {
    const { installed, promoted } = wayOfAModel();
    expect(refusal(back(installed))?.code).toBe('no_earlier_champion');
    expect(refusal(rollBack(promoted, { by: 'eve', at: on(9), reason: ' ' }))?.code).toBe('no_reason');
    const other = done(proposeModel(promoted, proposal('m2'), { by: 'assay', at: on(6) }));
    const rejected = done(rejectModel(other, 'm2', { by: 'ben', at: on(6), reason: 'odd' }));
    expect(refusal(back(rejected, 'm2'))?.code).toBe('wrong_state');
  });
});

test('whatever happens, there is at most one champion, it is the last of the lineage, and no one approved their own', () => {
  const person = fc.constantFrom('ann', 'ben', 'eve', 'dan');
  const version = fc.constantFrom('m0', 'm1', 'm2', 'm3');
  const step = fc.tuple(
    fc.constantFrom('propose', 'approve', 'approve', 'promote', 'reject', 'expire', 'back'),
    version,
    person,
  );
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      let registry = wayOfAModel().installed;
      for (const [index, [name, v, by]] of steps.entries()) {
        const act = { by, at: on(2 + (index % 25)) };
        const transition = {
          propose: () => proposeModel(registry, proposal(v, { startedBy: by }), act),
          approve: () => approveModel(registry, v, act),
          promote: () => promoteModel(registry, v, act),
          reject: () => rejectModel(registry, v, { ...act, reason: 'r' }),
          expire: () => expireModel(registry, v, act),
          back: () => rollBack(registry, { ...act, reason: 'r' }),
        }[name]();
        if (!transition.done) continue;
        expect(transition.registry.revision).toBe(registry.revision + 1);
        registry = transition.registry;
        const champions = Object.values(registry.models).filter(({ state }) => state === 'champion');
        expect(champions.map((entry) => entry.version)).toEqual([championOf(registry)]);
        for (const { state, approvals, startedBy, retraining } of Object.values(registry.models)) {
          expect(approvals.every((approval) => approval.by !== startedBy)).toBe(true);
          expect(new Set(approvals.map((approval) => approval.by)).size).toBe(approvals.length);
          if ((state === 'champion' || state === 'approved') && retraining !== null)
            expect(approvals).toHaveLength(2);
        }
      }
    }),
  );
});
