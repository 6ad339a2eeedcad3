/**
 * What a retraining asks of the registry: its challenger put forward, and, once people have decided or the time for it is over,
 * the challenger promoted or not. The registry itself says what was decided; the caller that woke the machine is not asked.
 */

import { formatPerson, type NameOf } from '../actor.ts';
import { InputError } from '../errors.ts';
import { type AssayEvent, makeEvent } from '../events/event-schemas.ts';
import { hashCard } from '../models/card-schema.ts';
import type { Model } from '../models/model-folder.ts';
import { changeRegistry, type RegistryStore } from '../registry/change-registry.ts';
import { installPresent, metricsOf, SYSTEM } from '../registry/install-present.ts';
import { expireModel, proposeModel } from '../registry/registry-approval.ts';
import { promoteModel } from '../registry/registry-promotion.ts';
import { type Act, championOf, type ModelEntry } from '../registry/registry-state.ts';
import { type ChangeRecord, makeChangeRecord } from './change-record.ts';
import type { Compared } from './compare-models.ts';
import type { DatasetVersion } from './dataset-version.ts';
import { planOf, type RetrainingRef, type StepInput, type StepOutcome } from './flow.ts';

/** What a retraining left of its challenger. */
export interface Challenger {
  readonly model: Model;
  readonly dataset: DatasetVersion;
  readonly compared: Compared;
}

export interface FinalizeDeps {
  readonly registry: RegistryStore;
  /** The model that decides, whether the registry knows it or not; null: none does. */
  readonly champion: (domain: string) => Promise<Model | null>;
  readonly loadModel: (domain: string, version: string) => Promise<Model>;
  /** Throws an InputError where the stage takes signed models only and this one is not. */
  readonly expectSigned: (domain: string, version: string) => Promise<void>;
  /** Null: no retraining left such a one. */
  readonly readChallenger: (domain: string, version: string) => Promise<Challenger | null>;
  readonly saveChangeRecord: (record: ChangeRecord) => Promise<void>;
  readonly namesOf: (ids: readonly string[]) => Promise<NameOf>;
  readonly announce: (event: AssayEvent) => Promise<void>;
  /** ISO 8601. */
  readonly now: () => string;
}

export async function propose(
  { retraining, challenger, approvalSeconds }: Extract<StepInput, { readonly step: 'propose' }>,
  deps: FinalizeDeps,
): Promise<StepOutcome> {
  const { domain, startedBy } = planOf(retraining);
  const { model, dataset, compared } = await needChallenger(domain, challenger, deps);
  const at = deps.now();
  await installPresent(deps, domain, at);
  const proposal = {
    version: model.card.version,
    card: hashCard(model.card),
    dataset: dataset.version,
    metrics: metricsOf(compared.figures.challenger),
    retraining: retraining.id,
    startedBy,
    expiresAt: new Date(Date.parse(at) + approvalSeconds * 1000).toISOString(),
  };
  const done = await changeRegistry(deps.registry, domain, (registry) => {
    // Put forward already, by this very retraining, before its answer was lost.
    if (registry.models[proposal.version]?.retraining === retraining.id) return null;
    return proposeModel(registry, proposal, { by: SYSTEM, at });
  });
  if (done.refusal !== null) return { end: { outcome: 'failed', reason: done.refusal.message } };
  const { version, expiresAt, comparedWith } = done.after.models[proposal.version]!;
  await deps.announce(
    makeEvent('ModelProposed', {
      ...{ at, domain, model: version, retraining: retraining.id },
      ...{ compared_with: comparedWith, expires_at: expiresAt ?? proposal.expiresAt },
    }),
  );
  return {};
}

/** Null: no one has decided yet, and there is time left. */
export async function finalize(
  { retraining, challenger: version }: Extract<StepInput, { readonly step: 'finalize' }>,
  deps: FinalizeDeps,
): Promise<StepOutcome | null> {
  const { domain } = planOf(retraining);
  const challenger = await needChallenger(domain, version, deps);
  const act: Act = { by: SYSTEM, at: deps.now() };
  const entry = (await deps.registry.read(domain)).models[version];
  if (entry?.retraining !== retraining.id) {
    return { end: { outcome: 'failed', reason: `model ${version} is no longer this retraining's` } };
  }
  if (entry.state === 'candidate') {
    const { refusal } = await changeRegistry(deps.registry, domain, (registry) =>
      expireModel(registry, version, act),
    );
    if (refusal !== null) return null;
    const reason = `Model ${version} was not approved by two people until ${entry.expiresAt}.`;
    return { end: { outcome: 'expired', reason } };
  }
  if (entry.state === 'rejected') {
    const { by, reason } = entry.history.at(-1)!;
    const nameOf = await deps.namesOf([by]);
    return { end: { outcome: 'rejected', reason: `${formatPerson(by, nameOf(by))}: ${reason}` } };
  }
  return promote(retraining, challenger, deps);
}

/** Whether no one has decided yet about what the retraining put forward. */
export async function isUndecided(retraining: RetrainingRef, { registry }: FinalizeDeps): Promise<boolean> {
  const { models } = await registry.read(planOf(retraining).domain);
  return Object.values(models).some(
    (entry) => entry.retraining === retraining.id && entry.state === 'candidate',
  );
}

async function promote(
  retraining: RetrainingRef,
  { model, dataset, compared }: Challenger,
  deps: FinalizeDeps,
): Promise<StepOutcome> {
  const { domain } = planOf(retraining);
  const { version } = model.card;
  const unsigned = await whyUnsigned(deps, domain, version);
  if (unsigned !== null) return { end: { outcome: 'failed', reason: unsigned } };
  const act: Act = { by: SYSTEM, at: deps.now() };
  const done = await changeRegistry(deps.registry, domain, (registry) =>
    // Promoted already, before the answer was lost.
    championOf(registry) === version ? null : promoteModel(registry, version, act),
  );
  if (done.refusal !== null) return { end: { outcome: 'champion_changed', reason: done.refusal.message } };
  const entry = done.after.models[version]!;
  await saveRecord({ model, dataset, compared }, entry, deps);
  const { at } = entry.history.at(-1)!;
  await deps.announce(
    makeEvent('ModelPromoted', {
      ...{ at, domain, model: version, from: entry.comparedWith, retraining: retraining.id },
    }),
  );
  const approvers = entry.approvals.map(({ by }) => by);
  const nameOf = await deps.namesOf(approvers);
  const names = approvers.map((by) => formatPerson(by, nameOf(by))).join(' and ');
  return {
    end: { outcome: 'promoted', reason: `Model ${version} decides from now on; approved by ${names}.` },
  };
}

/** It was signed when it was approved; one whose signature was taken away since must not be put in force. */
async function whyUnsigned(deps: FinalizeDeps, domain: string, version: string): Promise<string | null> {
  try {
    await deps.expectSigned(domain, version);
    return null;
  } catch (error) {
    if (error instanceof InputError) return `Model ${version} would not be loaded: ${error.message}.`;
    throw error;
  }
}

async function saveRecord(
  { model, dataset, compared }: Challenger,
  entry: ModelEntry,
  deps: FinalizeDeps,
): Promise<void> {
  const { domain } = dataset;
  const before = entry.comparedWith === null ? null : await deps.loadModel(domain, entry.comparedWith);
  const nameOf = await deps.namesOf([entry.startedBy, ...entry.approvals.map(({ by }) => by)]);
  await deps.saveChangeRecord(
    makeChangeRecord({
      ...{ title: model.pack.title, dataset, entry, nameOf },
      ...{ before: before?.card ?? null, after: model.card, comparison: compared },
    }),
  );
}

async function needChallenger(domain: string, version: string, deps: FinalizeDeps): Promise<Challenger> {
  const challenger = await deps.readChallenger(domain, version);
  if (challenger === null) throw new Error(`nothing is stored of model ${version} of ${domain}`);
  return challenger;
}
