/** How the deciding model changes: the first one is installed, an approved one promoted, a champion rolled back. */
import {
  type Act,
  become,
  championOf,
  change,
  entryIn,
  isRefusal,
  type ModelEntry,
  type ModelMetrics,
  type ModelRegistry,
  refuse,
  rollbackTarget,
  type Transition,
} from './registry-state.ts';

export interface Installed {
  readonly version: string;
  /** The hash of its card. */
  readonly card?: string;
  readonly dataset: string;
  readonly metrics: ModelMetrics | null;
}

/** The model that a domain begins with: nothing is there to compare it with. */
export function installModel(registry: ModelRegistry, installed: Installed, act: Act): Transition {
  const { version, card, dataset, metrics } = installed;
  const champion = championOf(registry);
  if (champion !== null) {
    return refuse(
      'champion_changed',
      `the domain ${registry.domain} has the champion ${champion}; a new model uses a retraining`,
    );
  }
  const entry: ModelEntry = {
    version,
    ...(card !== undefined && { card }),
    state: 'candidate',
    dataset,
    metrics,
    retraining: null,
    startedBy: act.by,
    comparedWith: null,
    expiresAt: null,
    approvals: [],
    history: [],
  };
  return enthrone(registry, entry, act);
}

/** An approved model becomes champion, unless it was measured against another champion than the present one. */
export function promoteModel(registry: ModelRegistry, version: string, act: Act): Transition {
  const entry = entryIn(registry, version, ['approved'], 'promoted');
  if (isRefusal(entry)) return { done: false, refusal: entry };
  const champion = championOf(registry);
  if (entry.comparedWith !== champion) {
    return refuse(
      'champion_changed',
      `model ${version} was measured against ${entry.comparedWith ?? 'no champion'}, but the champion is now ${champion ?? 'none'}; start a new retraining`,
    );
  }
  return enthrone(registry, entry, act);
}

function enthrone(registry: ModelRegistry, entry: ModelEntry, act: Act): Transition {
  const champion = championOf(registry);
  const { version } = entry;
  const before =
    champion === null ? [] : [become(registry.models[champion]!, 'retired', act, `replaced by ${version}`)];
  return change(
    registry,
    [...before, become(entry, 'champion', act)],
    [
      {
        event: 'promoted',
        actor: act.by,
        subject: version,
        at: act.at,
        data: { model: version, from: champion, ...(entry.card !== undefined && { card: entry.card }) },
      },
    ],
    [...registry.lineage, version],
  );
}

/** Back to the champion before, or to any former champion named by `to`. */
export function rollBack(
  registry: ModelRegistry,
  act: Act & { readonly reason: string; readonly to?: string },
): Transition {
  const champion = championOf(registry);
  const target = act.to ?? rollbackTarget(registry);
  const reason = act.reason.trim();
  if (champion === null || target === null) {
    return refuse(
      'no_earlier_champion',
      `the domain ${registry.domain} has no earlier champion to go back to`,
    );
  }
  if (reason === '') return refuse('no_reason', 'a rollback needs a reason');
  const entry = entryIn(registry, target, ['retired'], 'gone back to');
  if (isRefusal(entry)) return { done: false, refusal: entry };
  const place = registry.lineage.lastIndexOf(target);
  return change(
    registry,
    [become(registry.models[champion]!, 'retired', act, reason), become(entry, 'champion', act, reason)],
    [
      {
        event: 'rolled_back',
        actor: act.by,
        subject: target,
        at: act.at,
        data: { model: target, from: champion, reason },
      },
    ],
    place < 0 ? [...registry.lineage, target] : registry.lineage.slice(0, place + 1),
  );
}
