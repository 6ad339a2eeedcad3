/**
 * Carries out what people decide about models: changes the registry and publishes it, or refuses. Two people approve, one may
 * reject, one may roll back; the registry says who may.
 */
import { roundToBillionths } from '../decisions/nine-decimals.ts';
import { InputError } from '../errors.ts';
import { type AssayEvent, makeEvent } from '../events/event-schemas.ts';
import type { Model } from '../models/model-folder.ts';
import { changeRegistry, type RegistryChange, type RegistryStore } from './change-registry.ts';
import { installPresent, type PresentModel } from './install-present.ts';
import { approveModel, rejectModel } from './registry-approval.ts';
import { rollBack } from './registry-promotion.ts';
import {
  type Act,
  type ActSignature,
  championOf,
  isRefusal,
  type ModelEntry,
  type ModelRegistry,
  type Refusal,
  type RefusalCode,
  type Transition,
} from './registry-state.ts';
import { changeThreshold, entryToChange } from './registry-threshold.ts';

export interface DecisionDeps {
  readonly registry: RegistryStore;
  /** Lets a retraining go on that waits for a decision; one that doesn't wait is left alone. */
  readonly wake: (retraining: string) => Promise<void>;
  /** Throws an InputError where the stage takes signed models only and this one is not. */
  readonly expectSigned: (domain: string, version: string) => Promise<void>;
  /** Publishes what was written with the registry; what the bus refuses now is published later. */
  readonly publish: (event: AssayEvent) => Promise<unknown>;
}

export interface ThresholdDeps extends PresentModel {
  readonly load: (domain: string, version: string) => Promise<Model>;
  /** Stores the files of a version, unless they are stored. */
  readonly saveModel: (domain: string, model: Model) => Promise<void>;
}

export interface Decision extends Act {
  readonly domain: string;
  readonly version: string;
  readonly decision: 'approve' | 'reject';
  readonly reason: string;
}

/** The registry does not let this person do this now. */
export class DecisionRefused extends Error {
  override readonly name = 'DecisionRefused';
  readonly code: RefusalCode;

  constructor({ code, message }: Refusal) {
    super(message);
    this.code = code;
  }
}

/** The entry as it stands then. Throws a DecisionRefused. */
export async function decideOnModel(deps: DecisionDeps, decision: Decision): Promise<ModelEntry> {
  const { domain, version, by, at, reason, signature } = decision;
  if (decision.decision === 'approve') await expectSigned(deps, domain, version);
  try {
    const { after } = await change(deps, domain, (registry) =>
      signActs(
        decision.decision === 'approve'
          ? approveModel(registry, version, { by, at, comment: reason })
          : rejectModel(registry, version, { by, at, reason }),
        signature,
      ),
    );
    const entry = after.models[version]!;
    await wakeIfDecided(deps, entry);
    return entry;
  } catch (error) {
    if (error instanceof DecisionRefused && error.code === 'wrong_state') {
      // Decided before: should the retraining not have heard of it, it does now.
      const entry = (await deps.registry.read(domain)).models[version];
      if (entry !== undefined) await wakeIfDecided(deps, entry);
    }
    throw error;
  }
}

export interface RolledBack {
  readonly domain: string;
  readonly champion: string;
  readonly from: string;
}

/** Throws a DecisionRefused. */
export async function rollBackModel(
  deps: DecisionDeps,
  request: Act & { readonly domain: string; readonly reason: string; readonly to?: string },
): Promise<RolledBack> {
  const { domain, ...act } = request;
  const planned = rollBack(await deps.registry.read(domain), act);
  if (planned.done) await expectSigned(deps, domain, championOf(planned.registry)!);
  const rolledBack = (before: ModelRegistry, after: ModelRegistry) => ({
    ...{ domain, champion: championOf(after)!, from: championOf(before)! },
  });
  const { before, after } = await change(
    deps,
    domain,
    (registry) => signActs(rollBack(registry, act), act.signature),
    (...states) => {
      const { champion: model, from } = rolledBack(...states);
      return [makeEvent('ModelRolledBack', { at: act.at, domain, model, from })];
    },
  );
  return rolledBack(before, after);
}

export interface ThresholdAct extends Act {
  readonly domain: string;
  readonly version: string;
  readonly threshold: number;
  readonly reason: string;
}

/** Proposed by the first person, in force when a second one asks for the same. Throws a DecisionRefused. */
export async function changeModelThreshold(
  deps: DecisionDeps & ThresholdDeps,
  { domain, version, threshold, ...act }: ThresholdAct,
): Promise<ModelEntry> {
  await installPresent(deps, domain, act.at);
  const entry = entryToChange(await deps.registry.read(domain), version);
  if (isRefusal(entry)) throw new DecisionRefused(entry);
  const model = await deps.load(domain, version);
  const [to, cardThreshold] = [threshold, model.card.threshold.value].map(roundToBillionths) as [
    number,
    number,
  ];
  // The next deployment may ship another model: this one must be found by its version from now on.
  await deps.saveModel(domain, model);
  const { after } = await change(
    deps,
    domain,
    (registry) => signActs(changeThreshold(registry, { ...act, version, to, cardThreshold }), act.signature),
    (...states) => {
      const [from, now] = states.map((one) => one.models[version]!.thresholds?.at(-1)?.to ?? cardThreshold);
      const type = from === now ? 'ThresholdProposed' : 'ThresholdChanged';
      return [makeEvent(type, { at: act.at, domain, model: version, from: from!, to })];
    },
  );
  return after.models[version]!;
}

/** The signature stands in the log with what the person did, and its entry's hash binds the two. */
function signActs(transition: Transition, signature: ActSignature | undefined): Transition {
  if (!transition.done || signature === undefined) return transition;
  const { name, meaning, signedInAt } = signature;
  const printed = { name, meaning, signed_in_at: signedInAt };
  const acts = transition.acts.map(
    (act) => ({ ...act, data: { ...act.data, signature: printed } }) as typeof act,
  );
  return { ...transition, acts };
}

/** Scoring would refuse it: no one is to put it in force. */
async function expectSigned(deps: DecisionDeps, domain: string, version: string): Promise<void> {
  try {
    await deps.expectSigned(domain, version);
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    const message = `model ${version} would not be loaded: ${error.message}`;
    throw new DecisionRefused({ code: 'unsigned', message });
  }
}

async function wakeIfDecided({ wake }: DecisionDeps, { state, retraining }: ModelEntry): Promise<void> {
  if (retraining !== null && (state === 'approved' || state === 'rejected')) await wake(retraining);
}

/** What was written with the registry is published at once. */
async function change(
  { registry, publish }: DecisionDeps,
  domain: string,
  ...how: [act: (registry: ModelRegistry) => Transition, eventsOf?: EventsOf]
): Promise<Pick<RegistryChange, 'before' | 'after'>> {
  const { refusal, events, ...changed } = await changeRegistry(registry, domain, ...how);
  if (refusal !== null) throw new DecisionRefused(refusal);
  for (const event of events) await publish(event);
  return changed;
}

type EventsOf = (before: ModelRegistry, after: ModelRegistry) => readonly AssayEvent[];
