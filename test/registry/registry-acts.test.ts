/** Each act on a registry as a whole: the next registry, what the log is to say of it, or why it is refused. */
import { describe, expect, test } from 'vitest';
import {
  approveModel,
  expireModel,
  proposeModel,
  rejectModel,
} from '../../lib/registry/registry-approval.ts';
import { installModel, promoteModel, rollBack } from '../../lib/registry/registry-promotion.ts';
import {
  emptyRegistry,
  type ModelEntry,
  type ModelRegistry,
  pointerOf,
  type StateChange,
  type Transition,
} from '../../lib/registry/registry-state.ts';
import { changeThreshold, waitingProposal } from '../../lib/registry/registry-threshold.ts';
import {
  done,
  m0Installed as installed,
  metrics,
  on,
  proposal,
  type WayOfAModel,
  wayOfAModel,
} from './way-of-a-model.ts';

const past = (state: StateChange['state'], day: number, by: string, reason: string | null = null) => ({
  ...{ state, at: on(day), by, reason },
});

const m0: ModelEntry = {
  ...{ version: 'm0', card: 'c0', state: 'champion', dataset: 'd0', metrics: null, retraining: null },
  ...{ startedBy: 'assay', comparedWith: null, expiresAt: null, approvals: [] },
  history: [past('champion', 1, 'assay')],
};
const m1: ModelEntry = {
  ...{ version: 'm1', card: 'c1', state: 'candidate', dataset: 'd1', metrics, retraining: 'r1' },
  ...{ startedBy: 'ann', comparedWith: 'm0', expiresAt: on(20), approvals: [] },
  history: [past('candidate', 2, 'assay')],
};
const ben = { by: 'ben', at: on(3), comment: null };
const m0Retired: ModelEntry = {
  ...{ ...m0, state: 'retired' },
  history: [...m0.history, past('retired', 5, 'assay', 'replaced by m1')],
};
const m1Approved: ModelEntry = {
  ...{ ...m1, state: 'approved', approvals: [ben, { by: 'eve', at: on(4), comment: 'fine' }] },
  history: [...m1.history, past('approved', 4, 'eve')],
};
const m1Champion: ModelEntry = {
  ...{ ...m1Approved, state: 'champion' },
  history: [...m1Approved.history, past('champion', 5, 'assay')],
};

/** A transition to these models, by an act that is one entry of the log. */
function step(
  revision: number,
  models: Readonly<Record<string, ModelEntry>>,
  lineage: readonly string[],
  ...act: [event: string, actor: string, subject: string, at: string, data: object]
) {
  const [event, actor, subject, at, data] = act;
  return {
    done: true,
    registry: { domain: 'shop', revision, models, lineage },
    acts: [{ event, actor, subject, at, data }],
  };
}

describe('an act is the next registry and one entry of the log', () => {
  test('of an installation', () => {
    const data = { model: 'm0', from: null, card: 'c0' };
    expect(wayOfAModel().installation).toStrictEqual(
      step(1, { m0 }, ['m0'], 'promoted', 'assay', 'm0', on(1), data),
    );
  });

  test('of a proposal', () => {
    const data = { model: 'm1', dataset: 'd1', card: 'c1' };
    expect(wayOfAModel().put).toStrictEqual(
      step(2, { m0, m1 }, ['m0'], 'proposed', 'assay', 'm1', on(2), data),
    );
  });

  test('of the first approval and of the second', () => {
    const m1Once = { ...m1, approvals: [ben] };
    const { firstApproval, secondApproval } = wayOfAModel();
    expect(firstApproval).toStrictEqual(
      step(3, { m0, m1: m1Once }, ['m0'], 'approved', 'ben', 'm1', on(3), { model: 'm1', approvals: 1 }),
    );
    expect(secondApproval).toStrictEqual(
      step(4, { m0, m1: m1Approved }, ['m0'], 'approved', 'eve', 'm1', on(4), { model: 'm1', approvals: 2 }),
    );
  });

  test('of a promotion', () => {
    const data = { model: 'm1', from: 'm0', card: 'c1' };
    expect(wayOfAModel().promotion).toStrictEqual(
      step(5, { m0: m0Retired, m1: m1Champion }, ['m0', 'm1'], 'promoted', 'assay', 'm1', on(5), data),
    );
  });

  test('of a rollback, and of one to a model that it left behind', () => {
    const back = rollBack(wayOfAModel().promoted, { by: 'eve', at: on(6), reason: ' odd ' });
    const gone = {
      m0: {
        ...{ ...m0Retired, state: 'champion' as const },
        history: [...m0Retired.history, past('champion', 6, 'eve', 'odd')],
      },
      m1: {
        ...{ ...m1Champion, state: 'retired' as const },
        history: [...m1Champion.history, past('retired', 6, 'eve', 'odd')],
      },
    };
    expect(back).toStrictEqual(
      step(6, gone, ['m0'], 'rolled_back', 'eve', 'm0', on(6), { model: 'm0', from: 'm1', reason: 'odd' }),
    );
    const forth = done(rollBack(done(back), { by: 'eve', at: on(7), reason: 'fine', to: 'm1' }));
    expect(forth.lineage).toEqual(['m0', 'm1']);
  });

  test('of a rejection and of an expiry', () => {
    const rejected = (entry: ModelEntry, ...how: [day: number, by: string, reason: string]): ModelEntry => ({
      ...{ ...entry, state: 'rejected' },
      history: [...entry.history, past('rejected', ...how)],
    });
    const { approved, candidate } = wayOfAModel();
    expect(rejectModel(approved, 'm1', { by: 'ann', at: on(5), reason: ' odd ' })).toStrictEqual(
      step(
        ...([5, { m0, m1: rejected(m1Approved, 5, 'ann', 'odd') }, ['m0'], 'model_rejected'] as const),
        ...(['ann', 'm1', on(5), { model: 'm1', reason: 'odd' }] as const),
      ),
    );
    const late = rejected(m1, 20, 'assay', `not approved by 2 people until ${on(20)}`);
    expect(expireModel(candidate, 'm1', { by: 'assay', at: on(20) })).toStrictEqual(
      step(3, { m0, m1: late }, ['m0'], 'approval_expired', 'assay', 'm1', on(20), { model: 'm1' }),
    );
  });

  test('without a card’s hash where none is known', () => {
    const { card: _, ...plain } = installed;
    const { card: _card, ...plainProposal } = proposal('m1');
    const start = installModel(emptyRegistry('shop'), plain, { by: 'assay', at: on(1) });
    const { card: _0, ...own } = m0;
    expect(start).toStrictEqual(
      step(1, { m0: own }, ['m0'], 'promoted', 'assay', 'm0', on(1), { model: 'm0', from: null }),
    );
    const { card: _1, ...other } = m1;
    expect(proposeModel(done(start), plainProposal, { by: 'assay', at: on(2) })).toStrictEqual(
      step(2, { m0: own, m1: other }, ['m0'], 'proposed', 'assay', 'm1', on(2), {
        model: 'm1',
        dataset: 'd1',
      }),
    );
  });
});

describe('a threshold', () => {
  const ask = (registry: ModelRegistry, by: string, day: number, to = 0.25, version = 'm0') =>
    changeThreshold(registry, { version, cardThreshold: 0.4, to, reason: ' few flags ', by, at: on(day) });
  const wish = { to: 0.25, reason: 'few flags', by: 'ben', at: on(3) };
  const propose = () => ask(wayOfAModel().installed, 'ben', 3);
  const approve = () => ask(done(propose()), 'eve', 4);
  const change = {
    ...{ from: 0.4, to: 0.25, reason: 'few flags', proposedBy: 'ben', approvedBy: 'eve', at: on(4) },
  };

  test('is proposed by one and put in force by another', () => {
    const data = { model: 'm0', from: 0.4, to: 0.25, reason: 'few flags' };
    expect(propose()).toStrictEqual(
      step(
        ...([2, { m0: { ...m0, thresholdProposal: wish } }, ['m0'], 'threshold_proposed'] as const),
        ...(['ben', 'm0', on(3), data] as const),
      ),
    );
    expect(approve()).toStrictEqual(
      step(
        ...([3, { m0: { ...m0, thresholds: [change] } }, ['m0'], 'threshold_changed'] as const),
        ...(['eve', 'm0', on(4), data] as const),
      ),
    );
  });

  test('changes from the last one in force, whose number the pointer has', () => {
    const again = done(ask(done(ask(done(approve()), 'ben', 5, 0.3)), 'eve', 6, 0.3));
    expect(again.models.m0!.thresholds).toEqual([change, { ...change, from: 0.25, to: 0.3, at: on(6) }]);
    expect(pointerOf(again)).toStrictEqual({ model: 'm0', card: 'c0', threshold: 0.3 });
  });

  test('waits seven days for its second person', () => {
    const waiting = done(propose()).models.m0!;
    expect(waitingProposal(waiting, '2026-03-09T23:59:59.999Z')).toEqual(wish);
    expect(waitingProposal(waiting, on(10))).toBeNull();
    expect(waitingProposal(m0, on(3))).toBeNull();
  });

  const user = 'arn:aws:iam::123456789012:user/eve';
  test.each<[code: string, message: string, act: (way: WayOfAModel) => Transition]>([
    [
      'unknown_model',
      'the domain shop has no model m9',
      ({ installed }) => ask(installed, 'ben', 3, 0.25, 'm9'),
    ],
    [
      'wrong_state',
      'model m1 is a candidate; only one that is a champion can be given another threshold',
      ({ candidate }) => ask(candidate, 'ben', 3, 0.25, 'm1'),
    ],
    [
      'no_reason',
      'a change of the threshold needs a reason',
      ({ installed }) =>
        changeThreshold(installed, {
          version: 'm0',
          cardThreshold: 0.4,
          to: 0.2,
          reason: ' ',
          by: 'ben',
          at: on(3),
        }),
    ],
    [
      'same_threshold',
      'model m0 decides by the threshold 0.4 already',
      ({ installed }) => ask(installed, 'ben', 3, 0.4),
    ],
    [
      'same_threshold',
      'model m0 decides by the threshold 0.25 already',
      () => ask(done(approve()), 'ben', 5),
    ],
    [
      'own_proposal',
      'Ben proposed the threshold 0.25 for model m0; another person must approve it',
      () => ask(done(propose()), 'Ben', 4),
    ],
    [
      'other_identity',
      `ben proposed it by the API, signed in; whether ${user} is someone else is not known. Approve the threshold 0.25 in the same way: by the API, signed in`,
      () => ask(done(propose()), user, 4),
    ],
  ])('is refused: %s, %s', (code, message, act) => {
    expect(act(wayOfAModel())).toStrictEqual({ done: false, refusal: { code, message } });
  });
});

describe('the pointer', () => {
  test('has what is known of the champion, and no key for what is not', () => {
    expect(pointerOf(emptyRegistry('shop'))).toBeNull();
    expect(pointerOf(wayOfAModel().promoted)).toStrictEqual({ model: 'm1', card: 'c1' });
    const { card: _, ...plain } = installed;
    const bare = done(installModel(emptyRegistry('shop'), plain, { by: 'assay', at: on(1) }));
    expect(pointerOf(bare)).toStrictEqual({ model: 'm0' });
  });
});

describe('a refusal says why', () => {
  const act = { by: 'ben', at: on(5) };
  const reject = ({ candidate }: WayOfAModel) =>
    done(rejectModel(candidate, 'm1', { ...act, reason: 'odd' }));
  const empty = emptyRegistry('shop');
  const crownless: ModelRegistry = { ...empty, models: { m1: { ...m1Approved, comparedWith: 'm0' } } };
  const uncompared: ModelRegistry = {
    ...{ domain: 'shop', revision: 4, lineage: ['m0'] },
    models: { m0, m1: { ...m1Approved, comparedWith: null } },
  };

  test.each<[code: string, message: string, act: (way: WayOfAModel) => Transition]>([
    [
      'champion_changed',
      'the domain shop has the champion m0; a new model uses a retraining',
      (way) => installModel(way.installed, installed, act),
    ],
    [
      'same_as_champion',
      'the retraining led to model m1, which is the champion already',
      ({ promoted }) => proposeModel(promoted, proposal('m1'), act),
    ],
    [
      'wrong_state',
      'model m1 has been put forward already, by retraining r1',
      ({ candidate }) => proposeModel(candidate, proposal('m1', { retraining: 'r2' }), act),
    ],
    [
      'wrong_state',
      'model m1 has been put forward already, by retraining r1',
      ({ approved }) => proposeModel(approved, proposal('m1', { retraining: 'r2' }), act),
    ],
    [
      'wrong_state',
      'model m1 is rejected; only one that is a candidate can be approved',
      (way) => approveModel(reject(way), 'm1', act),
    ],
    [
      'own_retraining',
      'Ann started the retraining that made model m1, and cannot approve it',
      ({ candidate }) => approveModel(candidate, 'm1', { ...act, by: 'Ann' }),
    ],
    [
      'approved_already',
      'Ben has approved model m1 already; it takes two different people',
      ({ once }) => approveModel(once, 'm1', { ...act, by: 'Ben' }),
    ],
    [
      'other_identity',
      'arn:aws:iam::1:user/ben approved it on the command line, by an AWS identity; whether eve is someone else is not known. Approve model m1 in the same way: on the command line, by an AWS identity',
      ({ installed }) =>
        approveModel(
          done(
            approveModel(
              done(proposeModel(installed, proposal('m1', { startedBy: 'assay' }), act)),
              ...(['m1', { ...act, by: 'arn:aws:iam::1:user/ben' }] as const),
            ),
          ),
          ...(['m1', { ...act, by: 'eve' }] as const),
        ),
    ],
    [
      'expired',
      `model m1 could be approved until ${on(20)}; start a new retraining`,
      ({ candidate }) => approveModel(candidate, 'm1', { by: 'ben', at: on(20) }),
    ],
    [
      'wrong_state',
      'model m0 is a champion; only one that is a candidate or approved can be rejected',
      ({ installed }) => rejectModel(installed, 'm0', { ...act, reason: 'odd' }),
    ],
    [
      'no_reason',
      'model m1 can only be rejected with a reason',
      ({ candidate }) => rejectModel(candidate, 'm1', { ...act, reason: '\t' }),
    ],
    [
      'wrong_state',
      'model m1 is approved; only one that is a candidate can be expired',
      ({ approved }) => expireModel(approved, 'm1', { ...act, at: on(20) }),
    ],
    [
      'not_expired',
      `model m1 can be approved until ${on(20)}`,
      ({ candidate }) => expireModel(candidate, 'm1', { ...act, at: '2026-03-19T23:59:59.999Z' }),
    ],
    [
      'champion_changed',
      'model m1 was measured against no champion, but the champion is now m0; start a new retraining',
      () => promoteModel(uncompared, 'm1', act),
    ],
    [
      'champion_changed',
      'model m1 was measured against m0, but the champion is now none; start a new retraining',
      () => promoteModel(crownless, 'm1', act),
    ],
    [
      'no_earlier_champion',
      'the domain shop has no earlier champion to go back to',
      ({ installed }) => rollBack(installed, { ...act, reason: 'odd' }),
    ],
    [
      'no_earlier_champion',
      'the domain shop has no earlier champion to go back to',
      () => rollBack(empty, { ...act, reason: 'odd', to: 'm0' }),
    ],
    ['no_reason', 'a rollback needs a reason', ({ promoted }) => rollBack(promoted, { ...act, reason: ' ' })],
    [
      'wrong_state',
      'model m1 is rejected; only one that is retired can be gone back to',
      (way) => rollBack(reject(way), { ...act, reason: 'odd', to: 'm1' }),
    ],
  ])('%s: %s', (code, message, act) => {
    expect(act(wayOfAModel())).toStrictEqual({ done: false, refusal: { code, message } });
  });
});
