/**
 * How a new model comes to be approved: put forward by a retraining, approved by two different people neither of whom started
 * it, before it expires; or turned down. All of them act by the same kind of identity: two kinds may be one person's.
 */
import { identityKind, isSamePerson, WAYS } from '../actor.ts';
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
  type Transition,
} from './registry-state.ts';

const APPROVALS_NEEDED = 2;

export interface Proposal {
  readonly version: string;
  /** The hash of its card. */
  readonly card?: string;
  readonly dataset: string;
  readonly metrics: ModelMetrics;
  readonly retraining: string;
  /** Who started the retraining: a person, or the schedule. */
  readonly startedBy: string;
  /** ISO 8601. */
  readonly expiresAt: string;
}

/** A version that was retired or rejected may be put forward again; what became of it before stays in its history. */
export function proposeModel(registry: ModelRegistry, proposal: Proposal, act: Act): Transition {
  const { version, card, dataset, metrics, retraining, startedBy, expiresAt } = proposal;
  const known = registry.models[version];
  if (known?.state === 'champion') {
    return refuse(
      'same_as_champion',
      `the retraining led to model ${version}, which is the champion already`,
    );
  }
  if (known?.state === 'candidate' || known?.state === 'approved') {
    return refuse(
      'wrong_state',
      `model ${version} has been put forward already, by retraining ${known.retraining}`,
    );
  }
  const entry: ModelEntry = {
    version,
    ...(card !== undefined && { card }),
    state: 'candidate',
    dataset,
    metrics,
    retraining,
    startedBy,
    comparedWith: championOf(registry),
    expiresAt,
    approvals: [],
    history: known?.history ?? [],
  };
  return change(
    registry,
    [become(entry, 'candidate', act)],
    [
      {
        event: 'proposed',
        actor: act.by,
        subject: version,
        at: act.at,
        data: { model: version, dataset, ...(card !== undefined && { card }) },
      },
    ],
  );
}

/** The second approval makes the model approved. */
export function approveModel(
  registry: ModelRegistry,
  version: string,
  act: Act & { readonly comment?: string | null },
): Transition {
  const entry = entryIn(registry, version, ['candidate'], 'approved');
  if (isRefusal(entry)) return { done: false, refusal: entry };
  const { by, at, comment = null } = act;
  if (isSamePerson(by, entry.startedBy)) {
    return refuse(
      'own_retraining',
      `${by} started the retraining that made model ${version}, and cannot approve it`,
    );
  }
  if (entry.approvals.some((approval) => isSamePerson(approval.by, by))) {
    return refuse(
      'approved_already',
      `${by} has approved model ${version} already; it takes two different people`,
    );
  }
  const other = otherIdentity(entry, by);
  if (other !== null) return refuse('other_identity', other);
  if (hasExpired(entry, at)) {
    return refuse(
      'expired',
      `model ${version} could be approved until ${entry.expiresAt}; start a new retraining`,
    );
  }
  const approvals = [...entry.approvals, { by, at, comment }];
  const approved = { ...entry, approvals };
  return change(
    registry,
    [approvals.length < APPROVALS_NEEDED ? approved : become(approved, 'approved', { by, at })],
    [
      {
        event: 'approved',
        actor: by,
        subject: version,
        at,
        data: { model: version, approvals: approvals.length },
      },
    ],
  );
}

/** Anyone who started the retraining may withdraw its model: it takes two to promote and one to stop. */
export function rejectModel(
  registry: ModelRegistry,
  version: string,
  act: Act & { readonly reason: string },
): Transition {
  const entry = entryIn(registry, version, ['candidate', 'approved'], 'rejected');
  if (isRefusal(entry)) return { done: false, refusal: entry };
  const reason = act.reason.trim();
  if (reason === '') return refuse('no_reason', `model ${version} can only be rejected with a reason`);
  return change(
    registry,
    [become(entry, 'rejected', act, reason)],
    [
      {
        event: 'model_rejected',
        actor: act.by,
        subject: version,
        at: act.at,
        data: { model: version, reason },
      },
    ],
  );
}

/** No one, or only one, approved in time. */
export function expireModel(registry: ModelRegistry, version: string, act: Act): Transition {
  const entry = entryIn(registry, version, ['candidate'], 'expired');
  if (isRefusal(entry)) return { done: false, refusal: entry };
  if (!hasExpired(entry, act.at)) {
    return refuse('not_expired', `model ${version} can be approved until ${entry.expiresAt}`);
  }
  const reason = `not approved by ${APPROVALS_NEEDED} people until ${entry.expiresAt}`;
  return change(
    registry,
    [become(entry, 'rejected', act, reason)],
    [{ event: 'approval_expired', actor: act.by, subject: version, at: act.at, data: { model: version } }],
  );
}

function otherIdentity({ version, startedBy, approvals }: ModelEntry, by: string): string | null {
  const acts = [
    { by: startedBy, did: 'started the retraining that made it' },
    ...approvals.map((approval) => ({ by: approval.by, did: 'approved it' })),
  ];
  return otherKindOfIdentity(acts, by, `model ${version}`);
}

/** In words, where a person has acted before by a kind of identity that cannot be compared with this one; null: no one has. */
export function otherKindOfIdentity(
  acts: readonly { readonly by: string; readonly did: string }[],
  by: string,
  subject: string,
): string | null {
  const kind = identityKind(by);
  for (const act of acts) {
    const before = identityKind(act.by);
    if (before === 'system' || before === kind) continue;
    return `${act.by} ${act.did} ${WAYS[before]}; whether ${by} is someone else is not known. Approve ${subject} in the same way: ${WAYS[before]}`;
  }
  return null;
}

function hasExpired({ expiresAt }: ModelEntry, at: string): boolean {
  return expiresAt !== null && Date.parse(at) >= Date.parse(expiresAt);
}
