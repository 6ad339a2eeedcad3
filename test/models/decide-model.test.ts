import { describe, expect, it } from 'vitest';
import type { AssayEvent } from '../../lib/events/event-schemas.ts';
import { DecisionRefused, decideOnModel, rollBackModel } from '../../lib/models/decide-model.ts';
import { proposeModel } from '../../lib/models/registry-approval.ts';
import { installModel, promoteModel } from '../../lib/models/registry-promotion.ts';
import { emptyRegistry, type ModelRegistry, type Transition } from '../../lib/models/registry-state.ts';

const at = '2026-03-01T00:00:00.000Z';
const metrics = { rocAuc: 0.9, prAuc: 0.5, precision: 0.6, recall: 0.7, threshold: 0.4 };

function next(transition: Transition): ModelRegistry {
  if (!transition.done) throw new Error(transition.refusal.message);
  return transition.registry;
}

/** A registry in memory with a champion and a candidate; `slow` writes find somebody faster so many times. */
function desk({ slow = 0 } = {}) {
  const act = { by: 'assay', at };
  const installed = { version: 'one', dataset: 'd', metrics: null };
  let registry = next(installModel(emptyRegistry('finance'), installed, act));
  const proposal = { version: 'two', dataset: 'd', metrics, retraining: 'r-1', startedBy: 'ann' };
  registry = next(proposeModel(registry, { ...proposal, expiresAt: '2026-03-15T00:00:00.000Z' }, act));
  const woken: string[] = [];
  const events: AssayEvent[] = [];
  const kept: AssayEvent[] = [];
  let left = slow;
  return {
    woken,
    events,
    kept,
    state: (version: string) => registry.models[version]!.state,
    promote: () => {
      registry = next(promoteModel(registry, 'two', act));
    },
    tools: {
      registry: {
        read: async () => registry,
        write: async (
          _: string,
          before: ModelRegistry,
          after: { readonly registry: ModelRegistry },
          also: { readonly events: readonly AssayEvent[] },
        ) => {
          if (left-- > 0 || before.revision !== registry.revision) return false;
          registry = after.registry;
          kept.push(...also.events);
          return true;
        },
      },
      wake: async (retraining: string) => void woken.push(retraining),
      tell: async (event: AssayEvent) => void events.push(event),
    },
  };
}

const decision = (by: string, kind: 'approve' | 'reject' = 'approve', version = 'two') => ({
  ...{ domain: 'finance', version, decision: kind, reason: 'Looked at it', by, at },
});

describe('decideOnModel', () => {
  it('wakes the retraining at the second approval, and not at the first', async () => {
    const { tools, woken } = desk();
    expect((await decideOnModel(tools, decision('ben'))).state).toBe('candidate');
    expect(woken).toEqual([]);
    const entry = await decideOnModel(tools, decision('eve'));
    expect([entry.state, entry.approvals.map(({ by }) => by)]).toEqual(['approved', ['ben', 'eve']]);
    expect(woken).toEqual(['r-1']);
  });

  it('wakes it at a rejection, with the reason kept', async () => {
    const { tools, woken, state } = desk();
    const entry = await decideOnModel(tools, decision('ann', 'reject'));
    expect([state('two'), woken, entry.history.at(-1)?.reason]).toEqual([
      'rejected',
      ['r-1'],
      'Looked at it',
    ]);
  });

  it('lets nobody approve twice, nor what they started themselves', async () => {
    const { tools, state } = desk();
    await decideOnModel(tools, decision('ben'));
    for (const [by, code] of [
      ['ben', 'approved_already'],
      ['BEN ', 'approved_already'],
      ['ann', 'own_retraining'],
    ] as const) {
      await expect(decideOnModel(tools, decision(by))).rejects.toMatchObject({
        name: 'DecisionRefused',
        code,
      });
    }
    await expect(decideOnModel(tools, decision('eve', 'approve', 'none'))).rejects.toThrow(DecisionRefused);
    expect(state('two')).toBe('candidate');
  });

  it('wakes a retraining again that did not hear of its decision', async () => {
    const { tools, woken } = desk();
    for (const by of ['ben', 'eve']) await decideOnModel(tools, decision(by));
    await expect(decideOnModel(tools, decision('fay'))).rejects.toMatchObject({ code: 'wrong_state' });
    expect(woken).toEqual(['r-1', 'r-1']);
  });

  it('tries again where somebody was faster, on what stands then', async () => {
    const { tools, state } = desk({ slow: 3 });
    await decideOnModel(tools, decision('ben'));
    await decideOnModel(tools, decision('eve'));
    expect(state('two')).toBe('approved');
    await expect(decideOnModel(desk({ slow: 99 }).tools, decision('ben'))).rejects.toThrow(
      /changed 20 times/,
    );
  });
});

describe('rollBackModel', () => {
  const request = { domain: 'finance', reason: 'Too many flags', by: 'eve', at };

  it('goes back to the champion before, and tells others', async () => {
    const { tools, events, kept, promote, state } = desk();
    for (const by of ['ben', 'eve']) await decideOnModel(tools, decision(by));
    promote();
    expect(await rollBackModel(tools, request)).toEqual({ domain: 'finance', champion: 'one', from: 'two' });
    expect([state('one'), state('two')]).toEqual(['champion', 'retired']);
    expect(events).toMatchObject([
      { type: 'ModelRolledBack', detail: { domain: 'finance', model: 'one', from: 'two', at } },
    ]);
    expect(JSON.stringify(events)).not.toContain('eve');
    // Kept by the same write, so that it is told even if this process ends here.
    expect(kept).toEqual(events);
  });

  it('refuses where there is nothing to go back to', async () => {
    const { tools, events } = desk();
    await expect(rollBackModel(tools, request)).rejects.toMatchObject({ code: 'no_earlier_champion' });
    await expect(rollBackModel(tools, { ...request, to: 'none' })).rejects.toMatchObject({
      code: 'unknown_model',
    });
    expect(events).toEqual([]);
  });
});
