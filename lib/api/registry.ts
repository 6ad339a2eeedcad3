/** What answers for models' versions: shown, approved or rejected, rolled back. */
import { InputError } from '../errors.ts';
import type { ModelCard } from '../models/card.ts';
import type { Model } from '../models/model-folder.ts';
import {
  changeModelThreshold,
  type Decision,
  type DecisionDeps,
  DecisionRefused,
  decideOnModel,
  rollBackModel,
  type ThresholdDeps,
} from '../registry/decide-model.ts';
import {
  type Act,
  championOf,
  type ModelEntry,
  type RefusalCode,
  rollbackTarget,
} from '../registry/registry-state.ts';
import { waitingProposal } from '../registry/registry-threshold.ts';
import type { Call, Handlers, Reply } from './endpoints.ts';
import { findChampion, type ModelReader } from './models.ts';
import { asSentence, Problem, type ProblemStatus } from './problem.ts';
import { readSignature } from './read-verdict.ts';
import type { Caller } from './roles.ts';
import type { ReviewRulesOf } from './show-case.ts';

export interface RegistryServices {
  readonly decisions: DecisionDeps & ThresholdDeps;
  readonly models: ModelReader & { loadUnsigned(domain: string, version: string): Promise<Model> };
  /** What is stored beside a version; null: nothing under this name. */
  readonly readBeside: (domain: string, version: string, file: string) => Promise<string | null>;
  /** What it did beside the champion while it waited for approval; null: nothing. */
  readonly readShadow: (domain: string, version: string) => Promise<object | null>;
  readonly reviewRules: (domain: string) => Promise<ReviewRulesOf>;
  /** How long ago a person may have signed in who signs. */
  readonly signInSeconds: number;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

type Names = 'listModelVersions' | 'getModelVersion' | 'decideOnModel' | 'changeThreshold' | 'rollBackModel';

export function registryHandlers(services: RegistryServices): Required<Pick<Handlers, Names>> {
  return {
    listModelVersions: ({ params }) => listVersions(services, params.domain),
    getModelVersion: ({ params }) => getVersion(services, params),
    decideOnModel: (call) => decide(services, call),
    changeThreshold: (call) => changeThreshold(services, call),
    rollBackModel: (call) => goBack(services, call),
  };
}

async function listVersions(
  { decisions, models, now }: RegistryServices,
  domain: string,
): Promise<Reply<'listModelVersions'>> {
  const registry = await decisions.registry.read(domain);
  const at = new Date(now()).toISOString();
  const items = Object.values(registry.models)
    .map((entry) => shownEntry(entry, at))
    .sort(latestFirst);
  if (items.length > 0) {
    const [champion, rollback_to] = [championOf(registry), rollbackTarget(registry)];
    return { body: { domain, champion, rollback_to, items } };
  }
  const { card } = await findChampion(models, domain);
  return { body: { domain, champion: card.version, rollback_to: null, items: [installed(card)] } };
}

/** By the last thing that happened to each. */
function latestFirst(one: ShownEntry, other: ShownEntry): number {
  const last = ({ history }: ShownEntry) => history.at(-1)?.at ?? '';
  return last(one) < last(other) ? 1 : -1;
}

async function getVersion(
  { decisions, models, readBeside, readShadow, now }: RegistryServices,
  { domain, version }: Call<'getModelVersion'>['params'],
): Promise<Reply<'getModelVersion'>> {
  const { card, pack } = await models.loadUnsigned(domain, version).catch((error: unknown) => {
    if (error instanceof InputError) throw new Problem(404, `The domain ${domain} has no model ${version}.`);
    throw error;
  });
  const entry = (await decisions.registry.read(domain)).models[version];
  const [comparison, change] = await Promise.all(
    ['comparison.json', 'change-record.json'].map(async (file) => {
      const text = await readBeside(domain, version, file);
      return text === null ? null : (JSON.parse(text) as Record<string, unknown>);
    }),
  );
  const shadow = await readShadow(domain, version);
  const { evaluation, dataset } = card;
  return {
    body: {
      ...{ domain, version, title: pack.title, algorithm: card.algorithm, pack_version: pack.version },
      ...{
        threshold: entry?.thresholds?.at(-1)?.to ?? card.threshold.value,
        inputs: card.fitted.inputs.length,
      },
      ...{ labelled: dataset.labelled, positives: dataset.positives },
      roc_auc: evaluation?.rocAuc ?? null,
      pr_auc: evaluation?.prAuc ?? null,
      precision: evaluation?.atThreshold.precision ?? null,
      recall: evaluation?.atThreshold.recall ?? null,
      registered: entry === undefined ? null : shownEntry(entry, new Date(now()).toISOString()),
      ...{ comparison: comparison ?? null, change_record: change ?? null },
      shadow: shadow === null ? null : { ...shadow },
    },
  };
}

/** Who acts, when, and signed where the domain asks for it. Throws a Problem. */
async function actOf(
  { reviewRules, signInSeconds, now }: RegistryServices,
  domain: string,
  sent: Parameters<typeof readSignature>[0],
  caller: Caller,
): Promise<Act> {
  const { policy } = await reviewRules(domain);
  const signature = readSignature(sent, { policy, caller, now: now(), signInSeconds });
  return {
    ...{ by: caller.sub, at: new Date(now()).toISOString() },
    ...(signature !== null && { signature }),
  };
}

async function decide(
  services: RegistryServices,
  { params, body, caller }: Call<'decideOnModel'>,
): Promise<Reply<'decideOnModel'>> {
  const { decisions } = services;
  const { signature: _, ...sent } = body;
  const act = await actOf(services, params.domain, body, caller);
  const decision: Decision = { ...params, ...sent, ...act };
  const entry = await orProblem(decideOnModel(decisions, decision));
  return { body: { domain: params.domain, version: shownEntry(entry, decision.at) } };
}

async function changeThreshold(
  services: RegistryServices,
  { params, body, caller }: Call<'changeThreshold'>,
): Promise<Reply<'changeThreshold'>> {
  const { decisions } = services;
  const { signature: _, ...sent } = body;
  const act = { ...params, ...sent, ...(await actOf(services, params.domain, body, caller)) };
  const entry = await orProblem(changeModelThreshold(decisions, act));
  return { body: { domain: params.domain, version: shownEntry(entry, act.at) } };
}

async function goBack(
  services: RegistryServices,
  { params, body, caller }: Call<'rollBackModel'>,
): Promise<Reply<'rollBackModel'>> {
  const { reason, to } = body;
  const act = { domain: params.domain, reason, ...(await actOf(services, params.domain, body, caller)) };
  return {
    body: await orProblem(rollBackModel(services.decisions, { ...act, ...(to !== undefined && { to }) })),
  };
}

/** Who it is that asks is what these refuse; the others refuse what is asked. */
const STATUS: Partial<Record<RefusalCode, ProblemStatus>> = {
  unknown_model: 404,
  own_retraining: 403,
  own_proposal: 403,
  approved_already: 403,
  other_identity: 403,
  no_reason: 422,
};

async function orProblem<Result>(work: Promise<Result>): Promise<Result> {
  try {
    return await work;
  } catch (error) {
    if (!(error instanceof DecisionRefused)) throw error;
    throw new Problem(STATUS[error.code] ?? 409, asSentence(error.message));
  }
}

type ShownEntry = Reply<'listModelVersions'>['body']['items'][number];

/** `at`: now, ISO 8601. */
function shownEntry(entry: ModelEntry, at: string): ShownEntry {
  const { version, state, dataset, metrics, retraining, startedBy, comparedWith, expiresAt } = entry;
  return {
    ...{ version, state, dataset, retraining },
    metrics: metrics && {
      ...{ roc_auc: metrics.rocAuc, pr_auc: metrics.prAuc, precision: metrics.precision },
      ...{ recall: metrics.recall, threshold: metrics.threshold },
    },
    ...{ started_by: startedBy, compared_with: comparedWith, expires_at: expiresAt },
    approvals: entry.approvals.map((approval) => ({ ...approval })),
    history: entry.history.map((change) => ({ ...change })),
    thresholds: (entry.thresholds ?? []).map(({ from, to, reason, proposedBy, approvedBy, at: since }) => ({
      ...{ from, to, reason, proposed_by: proposedBy, approved_by: approvedBy, at: since },
    })),
    threshold_proposal: waitingProposal(entry, at),
  };
}

/** A champion that came with the installation, and that no retraining has met yet. */
function installed({ version, dataset, evaluation, threshold }: ModelCard): ShownEntry {
  return {
    ...{ version, state: 'champion', dataset: dataset.hash.slice(0, 16), retraining: null },
    metrics: evaluation && {
      roc_auc: evaluation.rocAuc.value,
      pr_auc: evaluation.prAuc.value,
      precision: evaluation.atThreshold.precision.value,
      recall: evaluation.atThreshold.recall.value,
      threshold: threshold.value,
    },
    ...{ started_by: 'assay', compared_with: null, expires_at: null, approvals: [], history: [] },
    ...{ thresholds: [], threshold_proposal: null },
  };
}
