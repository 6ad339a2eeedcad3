/** The way of a model through a registry, act by act: m0 is installed, m1 put forward, approved by two and promoted. */
import { approveModel, type Proposal, proposeModel } from '../../lib/registry/registry-approval.ts';
import { type Installed, installModel, promoteModel } from '../../lib/registry/registry-promotion.ts';
import { emptyRegistry, type ModelRegistry, type Transition } from '../../lib/registry/registry-state.ts';

export const on = (day: number) => `2026-03-${String(day).padStart(2, '0')}T00:00:00.000Z`;
export const metrics = { rocAuc: 0.9, prAuc: 0.7, precision: 0.8, recall: 0.6, threshold: 0.4 };
export const m0Installed: Installed = { version: 'm0', card: 'c0', dataset: 'd0', metrics: null };

export const proposal = (version: string, changes: Partial<Proposal> = {}): Proposal => ({
  ...{ version, card: 'c1', dataset: 'd1', metrics, retraining: 'r1', startedBy: 'ann' },
  expiresAt: on(20),
  ...changes,
});

export function done(transition: Transition): ModelRegistry {
  if (!transition.done) throw new Error(transition.refusal.message);
  return transition.registry;
}

/** What each act gave, and the registry after it. A test takes the way itself: Stryker knows then whose it is. */
export function wayOfAModel() {
  const installation = installModel(emptyRegistry('shop'), m0Installed, { by: 'assay', at: on(1) });
  const installed = done(installation);
  const put = proposeModel(installed, proposal('m1'), { by: 'assay', at: on(2) });
  const candidate = done(put);
  const firstApproval = approveModel(candidate, 'm1', { by: 'ben', at: on(3) });
  const once = done(firstApproval);
  const secondApproval = approveModel(once, 'm1', { by: 'eve', at: on(4), comment: 'fine' });
  const approved = done(secondApproval);
  const promotion = promoteModel(approved, 'm1', { by: 'assay', at: on(5) });
  return {
    ...{ installation, put, firstApproval, secondApproval, promotion },
    ...{ installed, candidate, once, approved, promoted: done(promotion) },
  };
}

export type WayOfAModel = ReturnType<typeof wayOfAModel>;
