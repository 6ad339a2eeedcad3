import { describe, expect, it } from 'vitest';
import type { AuditAct } from '../../lib/audit/audit-entry.ts';
import { InputError } from '../../lib/errors.ts';
import type { AssayEvent } from '../../lib/events/event-schemas.ts';
import type { Model } from '../../lib/models/model-folder.ts';
import {
  changeModelThreshold,
  DecisionRefused,
  decideOnModel,
  rollBackModel,
} from '../../lib/registry/decide-model.ts';
import { proposeModel } from '../../lib/registry/registry-approval.ts';
import { installModel, promoteModel } from '../../lib/registry/registry-promotion.ts';
import {
  emptyRegistry,
  type ModelRegistry,
  pointerOf,
  type Transition,
} from '../../lib/registry/registry-state.ts';

const at = '2026-03-01T00:00:00.000Z';
const metrics = { rocAuc: 0.9, prAuc: 0.5, precision: 0.6, recall: 0.7, threshold: 0.4 };

function next(transition: Transition): ModelRegistry {
  if (!transition.done) throw new Error(transition.refusal.message);
  return transition.registry;
}

/** A registry in memory with a champion and a candidate; `slow` writes find someone faster so many times. */
function desk({ slow = 0, unsigned = '', broken = '' } = {}) {
  const act = { by: 'assay', at };
  const installed = { version: 'one', dataset: 'd', metrics: null };
  let registry = next(installModel(emptyRegistry('finance'), installed, act));
  const proposal = { version: 'two', dataset: 'd', metrics, retraining: 'r-1', startedBy: 'ann' };
  registry = next(proposeModel(registry, { ...proposal, expiresAt: '2026-03-15T00:00:00.000Z' }, act));
  const woken: string[] = [];
  const events: AssayEvent[] = [];
  const kept: AssayEvent[] = [];
  const acts: AuditAct[] = [];
  let left = slow;
  return {
    acts,
    woken,
    events,
    kept,
    state: (version: string) => registry.models[version]!.state,
    promote: () => {
      registry = next(promoteModel(registry, 'two', act));
    },
    deps: {
      registry: {
        read: async () => registry,
        write: async (
          _: string,
          before: ModelRegistry,
          after: { readonly registry: ModelRegistry; readonly acts: readonly AuditAct[] },
          also: { readonly events: readonly AssayEvent[] },
        ) => {
          if (left-- > 0 || before.revision !== registry.revision) return false;
          registry = after.registry;
          kept.push(...also.events);
          acts.push(...after.acts);
          return true;
        },
      },
      expectSigned: async (_: string, version: string) => {
        if (version === broken) throw new Error('no connection');
        if (version === unsigned) throw new InputError(`models/finance/${version}/model.sig: missing`);
      },
      wake: async (retraining: string) => void woken.push(retraining),
      publish: async (event: AssayEvent) => void events.push(event),
    },
  };
}

const decision = (by: string, kind: 'approve' | 'reject' = 'approve', version = 'two') => ({
  ...{ domain: 'finance', version, decision: kind, reason: 'Looked at it', by, at },
});

describe('decideOnModel', () => {
  it('wakes the retraining at the second approval, and not at the first', async () => {
    const { deps, woken } = desk();
    expect((await decideOnModel(deps, decision('ben'))).state).toBe('candidate');
    expect(woken).toEqual([]);
    const entry = await decideOnModel(deps, decision('eve'));
    expect([entry.state, entry.approvals.map(({ by }) => by)]).toEqual(['approved', ['ben', 'eve']]);
    expect(woken).toEqual(['r-1']);
  });

  it('approves no model that is not signed where models must be, and rejects it', async () => {
    const { deps, state } = desk({ unsigned: 'two' });
    await expect(decideOnModel(deps, decision('ben'))).rejects.toMatchObject({
      code: 'unsigned',
      message: 'model two would not be loaded: models/finance/two/model.sig: missing',
    });
    expect(state('two')).toBe('candidate');
    expect((await decideOnModel(deps, decision('ben', 'reject'))).state).toBe('rejected');
  });

  it('wakes it at a rejection, with the reason kept', async () => {
    const { deps, woken, state } = desk();
    const entry = await decideOnModel(deps, decision('ann', 'reject'));
    expect([state('two'), woken, entry.history.at(-1)?.reason]).toEqual([
      'rejected',
      ['r-1'],
      'Looked at it',
    ]);
  });

  it('lets no one approve twice, nor what they started themselves', async () => {
    const { deps, state } = desk();
    await decideOnModel(deps, decision('ben'));
    for (const [by, code] of [
      ['ben', 'approved_already'],
      ['BEN ', 'approved_already'],
      ['ann', 'own_retraining'],
    ] as const) {
      await expect(decideOnModel(deps, decision(by))).rejects.toMatchObject({
        name: 'DecisionRefused',
        code,
      });
    }
    await expect(decideOnModel(deps, decision('eve', 'approve', 'none'))).rejects.toThrow(DecisionRefused);
    expect(state('two')).toBe('candidate');
  });

  it('wakes a retraining again that did not hear of its decision', async () => {
    const { deps, woken } = desk();
    for (const by of ['ben', 'eve']) await decideOnModel(deps, decision(by));
    await expect(decideOnModel(deps, decision('fay'))).rejects.toMatchObject({ code: 'wrong_state' });
    expect(woken).toEqual(['r-1', 'r-1']);
  });

  it('has a signature stand in the log with the act that it is of, and none where none was given', async () => {
    const { deps, acts, promote } = desk();
    const signature = { name: 'Ben Lee', meaning: 'approval', signedInAt: '2026-02-28T23:59:00.000Z' };
    const printed = { name: 'Ben Lee', meaning: 'approval', signed_in_at: '2026-02-28T23:59:00.000Z' };
    await decideOnModel(deps, { ...decision('ben'), signature });
    await decideOnModel(deps, decision('eve'));
    promote();
    await rollBackModel(deps, { domain: 'finance', reason: 'odd', by: 'ben', at, signature });
    expect(acts.map(({ event, actor, data }) => [event, actor, data])).toEqual([
      ['approved', 'ben', { model: 'two', approvals: 1, signature: printed }],
      ['approved', 'eve', { model: 'two', approvals: 2 }],
      ['rolled_back', 'ben', { model: 'one', from: 'two', reason: 'odd', signature: printed }],
    ]);
  });

  it('fails where the signature cannot be looked at, and leaves the model alone', async () => {
    const { deps, state, woken } = desk({ broken: 'two' });
    await expect(decideOnModel(deps, decision('ben'))).rejects.toThrow(/^no connection$/);
    expect([state('two'), woken]).toEqual(['candidate', []]);
  });

  it('wakes nothing at a refusal of another kind, nor where no retraining waits', async () => {
    const { deps, woken } = desk();
    for (const by of ['ben', 'eve']) await decideOnModel(deps, decision(by));
    await expect(decideOnModel(deps, { ...decision('ann', 'reject'), reason: ' ' })).rejects.toMatchObject({
      code: 'no_reason',
    });
    expect(woken).toEqual(['r-1']);
    await expect(decideOnModel(deps, decision('ben', 'approve', 'one'))).rejects.toMatchObject({
      code: 'wrong_state',
    });
    await expect(decideOnModel(deps, decision('ben', 'approve', 'none'))).rejects.toMatchObject({
      ...{ code: 'unknown_model', message: 'the domain finance has no model none' },
    });
    expect(woken).toEqual(['r-1']);
  });

  it('passes on what fails in the registry itself, without waking anything', async () => {
    const { deps, woken } = desk();
    for (const by of ['ben', 'eve']) await decideOnModel(deps, decision(by));
    const write = async () => {
      throw Object.assign(new Error('throttled'), { code: 'wrong_state' });
    };
    const failing = { ...deps, registry: { ...deps.registry, write } };
    await expect(decideOnModel(failing, decision('ann', 'reject'))).rejects.toThrow('throttled');
    expect(woken).toEqual(['r-1']);
  });

  it('tries again where someone was faster, on what stands then', async () => {
    const { deps, state } = desk({ slow: 3 });
    await decideOnModel(deps, decision('ben'));
    await decideOnModel(deps, decision('eve'));
    expect(state('two')).toBe('approved');
    await expect(decideOnModel(desk({ slow: 99 }).deps, decision('ben'))).rejects.toThrow(/changed 20 times/);
  });
});

describe('rollBackModel', () => {
  const request = { domain: 'finance', reason: 'Too many flags', by: 'eve', at };

  it('goes back to the champion before, and publishes it', async () => {
    const { deps, events, kept, promote, state } = desk();
    for (const by of ['ben', 'eve']) await decideOnModel(deps, decision(by));
    promote();
    expect(await rollBackModel(deps, request)).toEqual({ domain: 'finance', champion: 'one', from: 'two' });
    expect([state('one'), state('two')]).toEqual(['champion', 'retired']);
    expect(events).toMatchObject([
      { type: 'ModelRolledBack', detail: { domain: 'finance', model: 'one', from: 'two', at } },
    ]);
    expect(JSON.stringify(events)).not.toContain('eve');
    // Kept by the same write, so that it is reported even if this process ends here.
    expect(kept).toEqual(events);
  });

  it('does not go back to a champion that is not signed where models must be', async () => {
    const { deps, promote, state } = desk({ unsigned: 'one' });
    for (const by of ['ben', 'eve']) await decideOnModel(deps, decision(by));
    promote();
    await expect(rollBackModel(deps, request)).rejects.toMatchObject({ code: 'unsigned' });
    expect(state('two')).toBe('champion');
  });

  it('refuses where there is nothing to go back to', async () => {
    const { deps, events } = desk();
    await expect(rollBackModel(deps, request)).rejects.toMatchObject({ code: 'no_earlier_champion' });
    await expect(rollBackModel(deps, { ...request, to: 'none' })).rejects.toMatchObject({
      code: 'unknown_model',
    });
    expect(events).toEqual([]);
  });
});

describe('changeModelThreshold', () => {
  const act = (by: string, threshold = 0.25, day = 1) => ({
    ...{ domain: 'finance', version: 'one', threshold, reason: 'Too many flags', by },
    at: `2026-03-${String(day).padStart(2, '0')}T00:00:00.000Z`,
  });
  function office() {
    const { deps, events, kept, promote } = desk();
    const stored: string[] = [];
    const model = (version: string) =>
      ({
        card: { version, threshold: { value: 0.4 }, dataset: { hash: 'd' }, evaluation: null },
      }) as unknown as Model;
    return {
      ...{ events, kept, promote, stored, registry: deps.registry },
      deps: {
        ...deps,
        champion: async () => model('one'),
        load: async (_: string, version: string) => model(version),
        saveModel: async (_: string, { card }: Model) => void stored.push(card.version),
      },
    };
  }

  it('waits for a second person, stores the model, and publishes what was proposed and what is in force', async () => {
    const { deps, events, kept, stored, registry } = office();
    const proposed = await changeModelThreshold(deps, act('ben'));
    expect([proposed.thresholdProposal?.to, proposed.thresholds]).toEqual([0.25, undefined]);
    expect(pointerOf(await registry.read())).toEqual({ model: 'one' });
    const changed = await changeModelThreshold(deps, act('eve', 0.25, 2));
    expect([changed.thresholdProposal, changed.thresholds]).toEqual([
      undefined,
      [
        {
          ...{ from: 0.4, to: 0.25, reason: 'Too many flags', proposedBy: 'ben', approvedBy: 'eve' },
          at: '2026-03-02T00:00:00.000Z',
        },
      ],
    ]);
    expect(pointerOf(await registry.read())).toEqual({ model: 'one', threshold: 0.25 });
    expect(events.map(({ type, detail }) => [type, detail])).toMatchObject([
      ['ThresholdProposed', { model: 'one', from: 0.4, to: 0.25 }],
      ['ThresholdChanged', { model: 'one', from: 0.4, to: 0.25 }],
    ]);
    expect([kept, stored]).toEqual([events, ['one', 'one']]);
  });

  it.each([
    ['one person twice, under another spelling', ['ben', 'BEN '], 'own_proposal'],
    ['a token and an AWS identity', ['ben', 'arn:aws:iam::000000000000:user/eve'], 'other_identity'],
  ] as const)('refuses %s', async (_, [first, second], code) => {
    const { deps, registry } = office();
    await changeModelThreshold(deps, act(first));
    await expect(changeModelThreshold(deps, act(second))).rejects.toMatchObject({ code });
    expect(pointerOf(await registry.read())).toEqual({ model: 'one' });
  });

  it('takes another number for a new proposal, and one that has lapsed for none', async () => {
    const { deps, registry } = office();
    await changeModelThreshold(deps, act('ben', 0.25, 1));
    expect((await changeModelThreshold(deps, act('eve', 0.3, 2))).thresholdProposal?.by).toBe('eve');
    expect((await changeModelThreshold(deps, act('ben', 0.3, 9))).thresholdProposal?.by).toBe('ben');
    expect(pointerOf(await registry.read())).toEqual({ model: 'one' });
  });

  it('refuses what changes nothing, has no reason, or is of a model that does not decide', async () => {
    const { deps, promote, stored } = office();
    for (const [request, code] of [
      [act('ben', 0.4), 'same_threshold'],
      [{ ...act('ben'), reason: '  ' }, 'no_reason'],
      [{ ...act('ben'), version: 'two' }, 'wrong_state'],
      [{ ...act('ben'), version: 'none' }, 'unknown_model'],
    ] as const) {
      await expect(changeModelThreshold(deps, request)).rejects.toMatchObject({ code });
    }
    stored.length = 0;
    for (const by of ['ben', 'eve']) await decideOnModel(deps, decision(by));
    promote();
    await expect(changeModelThreshold(deps, act('ben'))).rejects.toMatchObject({ code: 'wrong_state' });
    // No file is kept for it.
    expect(stored).toEqual([]);
  });
});
