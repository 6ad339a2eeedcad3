/**
 * How the threshold of the model in force changes: one person proposes it with a reason, a second one approves by asking for the
 * same. A higher threshold hides flags as surely as a worse model does, so it takes the same two people.
 */
import { isSamePerson } from '../actor.ts';
import { DAY_MS } from '../days.ts';
import { otherKindOfIdentity } from './registry-approval.ts';
import {
  type Act,
  change,
  entryIn,
  isRefusal,
  type ModelEntry,
  type ModelRegistry,
  type Refusal,
  refuse,
  type ThresholdProposal,
  type Transition,
} from './registry-state.ts';

/** A proposal that no one approved by then has lapsed. */
export const PROPOSAL_DAYS = 7;

export interface ThresholdRequest extends Act {
  readonly version: string;
  /** What the model's card says. */
  readonly cardThreshold: number;
  /** Above 0, up to 1. */
  readonly to: number;
  readonly reason: string;
}

export function changeThreshold(registry: ModelRegistry, request: ThresholdRequest): Transition {
  const { version, to, by, at } = request;
  const entry = entryToChange(registry, version);
  if (isRefusal(entry)) return { done: false, refusal: entry };
  const reason = request.reason.trim();
  if (reason === '') return refuse('no_reason', 'a change of the threshold needs a reason');
  const from = entry.thresholds?.at(-1)?.to ?? request.cardThreshold;
  if (to === from)
    return refuse('same_threshold', `model ${version} decides by the threshold ${from} already`);
  const proposal = waitingProposal(entry, at);
  if (proposal?.to !== to) return propose(registry, entry, { from, proposal: { to, reason, by, at } });
  if (isSamePerson(by, proposal.by)) {
    return refuse(
      'own_proposal',
      `${by} proposed the threshold ${to} for model ${version}; another person must approve it`,
    );
  }
  const other = otherKindOfIdentity([{ by: proposal.by, did: 'proposed it' }], by, `the threshold ${to}`);
  if (other !== null) return refuse('other_identity', other);
  return approve(registry, entry, proposal, { from, by, at });
}

/** Only the model in force has a threshold to change. */
export function entryToChange(registry: ModelRegistry, version: string): ModelEntry | Refusal {
  return entryIn(registry, version, ['champion'], 'given another threshold');
}

/** Null: none waits, or it has lapsed. */
export function waitingProposal(
  { thresholdProposal: proposal }: ModelEntry,
  at: string,
): ThresholdProposal | null {
  if (proposal === undefined) return null;
  return Date.parse(at) - Date.parse(proposal.at) < PROPOSAL_DAYS * DAY_MS ? proposal : null;
}

/** In place of one that waits: the latest proposal is the one to approve. */
function propose(
  registry: ModelRegistry,
  entry: ModelEntry,
  { from, proposal }: { readonly from: number; readonly proposal: ThresholdProposal },
): Transition {
  const { to, reason, by, at } = proposal;
  return change(
    registry,
    [{ ...entry, thresholdProposal: proposal }],
    [
      {
        event: 'threshold_proposed',
        actor: by,
        subject: entry.version,
        at,
        data: { model: entry.version, from, to, reason },
      },
    ],
  );
}

function approve(
  registry: ModelRegistry,
  { thresholdProposal: _, ...entry }: ModelEntry,
  { to, reason, by: proposedBy }: ThresholdProposal,
  { from, by, at }: Act & { readonly from: number },
): Transition {
  const changed = { from, to, reason, proposedBy, approvedBy: by, at };
  return change(
    registry,
    [{ ...entry, thresholds: [...(entry.thresholds ?? []), changed] }],
    [
      {
        event: 'threshold_changed',
        actor: by,
        subject: entry.version,
        at,
        data: { model: entry.version, from, to, reason },
      },
    ],
  );
}
