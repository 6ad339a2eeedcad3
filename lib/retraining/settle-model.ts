/**
 * What a retraining asks of the registry: its challenger put forward, and, once people have decided or the time for it is over,
 * the challenger promoted or not. The registry itself says what was decided; whoever woke the machine is not asked.
 */
import { type AssayEvent, makeEvent } from '../events/event-schemas.ts';
import { hashCard } from '../models/card-schema.ts';
import type { Model } from '../models/model-folder.ts';
import { formatPerson, type NameOf } from '../person.ts';
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

export interface SettleTools {
  readonly registry: RegistryStore;
  /** The model that decides, whether the registry knows it or not; null: none does. */
  readonly champion: (domain: string) => Promise<Model | null>;
  readonly loadModel: (domain: string, version: string) => Promise<Model>;
  /** Null: no retraining left such a one. */
  readonly readChallenger: (domain: string, version: string) => Promise<Challenger | null>;
  readonly keepChangeRecord: (record: ChangeRecord) => Promise<void>;
  readonly namesOf: (ids: readonly string[]) => Promise<NameOf>;
  readonly announce: (event: AssayEvent) => Promise<void>;
  /** ISO 8601. */
  readonly now: () => string;
}

export async function propose(
  { retraining, challenger, approvalSeconds }: Extract<StepInput, { readonly step: 'propose' }>,
  tools: SettleTools,
): Promise<StepOutcome> {
  const { domain, startedBy } = planOf(retraining);
  const { model, dataset, compared } = await needChallenger(domain, challenger, tools);
  const at = tools.now();
  await installPresent(tools, domain, at);
  const proposal = {
    version: model.card.version,
    card: hashCard(model.card),
    dataset: dataset.version,
    metrics: metricsOf(compared.figures.challenger),
    retraining: retraining.id,
    startedBy,
    expiresAt: new Date(Date.parse(at) + approvalSeconds * 1000).toISOString(),
  };
  const done = await changeRegistry(tools.registry, domain, (registry) => {
    // Put forward already, by this very retraining, before its answer was lost.
    if (registry.models[proposal.version]?.retraining === retraining.id) return null;
    return proposeModel(registry, proposal, { by: SYSTEM, at });
  });
  if (done.refusal !== null) return { end: { outcome: 'failed', reason: done.refusal.message } };
  const { version, expiresAt, comparedWith } = done.after.models[proposal.version]!;
  await tools.announce(
    makeEvent('ModelProposed', {
      ...{ at, domain, model: version, retraining: retraining.id },
      ...{ compared_with: comparedWith, expires_at: expiresAt ?? proposal.expiresAt },
    }),
  );
  return {};
}

/** Null: nobody has decided yet, and there is time left. */
export async function settle(
  { retraining, challenger: version }: Extract<StepInput, { readonly step: 'settle' }>,
  tools: SettleTools,
): Promise<StepOutcome | null> {
  const { domain } = planOf(retraining);
  const challenger = await needChallenger(domain, version, tools);
  const act: Act = { by: SYSTEM, at: tools.now() };
  const entry = (await tools.registry.read(domain)).models[version];
  if (entry?.retraining !== retraining.id) {
    return { end: { outcome: 'failed', reason: `model ${version} is no longer this retraining's` } };
  }
  if (entry.state === 'candidate') {
    const { refusal } = await changeRegistry(tools.registry, domain, (registry) =>
      expireModel(registry, version, act),
    );
    if (refusal !== null) return null;
    const reason = `Model ${version} was not approved by two people until ${entry.expiresAt}.`;
    return { end: { outcome: 'expired', reason } };
  }
  if (entry.state === 'rejected') {
    const { by, reason } = entry.history.at(-1)!;
    const nameOf = await tools.namesOf([by]);
    return { end: { outcome: 'rejected', reason: `${formatPerson(by, nameOf(by))}: ${reason}` } };
  }
  return promote(retraining, challenger, tools);
}

/** Whether nobody has decided yet about what the retraining put forward. */
export async function isUndecided(retraining: RetrainingRef, { registry }: SettleTools): Promise<boolean> {
  const { models } = await registry.read(planOf(retraining).domain);
  return Object.values(models).some(
    (entry) => entry.retraining === retraining.id && entry.state === 'candidate',
  );
}

async function promote(
  retraining: RetrainingRef,
  { model, dataset, compared }: Challenger,
  tools: SettleTools,
): Promise<StepOutcome> {
  const { domain } = planOf(retraining);
  const { version } = model.card;
  const act: Act = { by: SYSTEM, at: tools.now() };
  const done = await changeRegistry(tools.registry, domain, (registry) =>
    // Promoted already, before the answer was lost.
    championOf(registry) === version ? null : promoteModel(registry, version, act),
  );
  if (done.refusal !== null) return { end: { outcome: 'champion_changed', reason: done.refusal.message } };
  const entry = done.after.models[version]!;
  await keepRecord({ model, dataset, compared }, entry, tools);
  const { at } = entry.history.at(-1)!;
  await tools.announce(
    makeEvent('ModelPromoted', {
      ...{ at, domain, model: version, from: entry.comparedWith, retraining: retraining.id },
    }),
  );
  const approvers = entry.approvals.map(({ by }) => by);
  const nameOf = await tools.namesOf(approvers);
  const names = approvers.map((by) => formatPerson(by, nameOf(by))).join(' and ');
  return {
    end: { outcome: 'promoted', reason: `Model ${version} decides from now on; approved by ${names}.` },
  };
}

async function keepRecord(
  { model, dataset, compared }: Challenger,
  entry: ModelEntry,
  tools: SettleTools,
): Promise<void> {
  const { domain } = dataset;
  const before = entry.comparedWith === null ? null : await tools.loadModel(domain, entry.comparedWith);
  const nameOf = await tools.namesOf([entry.startedBy, ...entry.approvals.map(({ by }) => by)]);
  await tools.keepChangeRecord(
    makeChangeRecord({
      ...{ title: model.pack.title, dataset, entry, nameOf },
      ...{ before: before?.card ?? null, after: model.card, comparison: compared },
    }),
  );
}

async function needChallenger(domain: string, version: string, tools: SettleTools): Promise<Challenger> {
  const challenger = await tools.readChallenger(domain, version);
  if (challenger === null) throw new Error(`nothing was kept of model ${version} of ${domain}`);
  return challenger;
}
