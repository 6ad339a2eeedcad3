/**
 * The registry of a domain's models as a value: which versions there are, what became of each, and which one decides. Computes the
 * registry after an act, with what the audit log is to say, or refuses in words.
 *
 *     candidate ──two approvals──► approved ──promote──► champion ──next promotion, rollback──► retired
 *         └──── reject, expire ────────┴───► rejected                  ▲──────── rollback ─────────┘
 *
 * `revision` counts the acts: the next registry is stored on condition that the stored one still has the
 * revision that the act began with, so that of two acts at once one is done and the other refused.
 */
import type { AuditAct } from '../audit/audit-entry.ts';

export type ModelState = 'candidate' | 'approved' | 'champion' | 'retired' | 'rejected';

export interface Approval {
  readonly by: string;
  /** ISO 8601. */
  readonly at: string;
  readonly comment: string | null;
}

/** What a version is known by in lists; everything else is in its card. */
export interface ModelMetrics {
  readonly rocAuc: number;
  readonly prAuc: number;
  readonly precision: number;
  readonly recall: number;
  readonly threshold: number;
}

export interface ModelEntry {
  readonly version: string;
  readonly state: ModelState;
  /** The hash of its card (`hashCard`); absent: registered by an earlier version. */
  readonly card?: string;
  /** Of the dataset that it was trained on. */
  readonly dataset: string;
  readonly metrics: ModelMetrics | null;
  /** The retraining that made it; null: it came with the installation. */
  readonly retraining: string | null;
  readonly startedBy: string;
  /** The champion that it was measured against; null: there was none. */
  readonly comparedWith: string | null;
  /** ISO 8601; an approval must come before. Null: it needs none. */
  readonly expiresAt: string | null;
  readonly approvals: readonly Approval[];
  /** What became of it, in order. */
  readonly history: readonly StateChange[];
  /** The last one is in force, in place of the card's threshold. Absent: there was none. */
  readonly thresholds?: readonly ThresholdChange[];
  /** Waits for the approval of a second person. */
  readonly thresholdProposal?: ThresholdProposal;
}

export interface ThresholdProposal {
  readonly to: number;
  readonly reason: string;
  readonly by: string;
  /** ISO 8601. */
  readonly at: string;
}

export interface ThresholdChange {
  readonly from: number;
  readonly to: number;
  /** Of the proposal. */
  readonly reason: string;
  readonly proposedBy: string;
  readonly approvedBy: string;
  /** ISO 8601; of the approval. */
  readonly at: string;
}

export interface StateChange {
  readonly state: ModelState;
  readonly at: string;
  readonly by: string;
  readonly reason: string | null;
}

export interface ModelRegistry {
  readonly domain: string;
  readonly revision: number;
  readonly models: Readonly<Record<string, ModelEntry>>;
  /** The champions that a rollback would go back through, the present one last. */
  readonly lineage: readonly string[];
}

export type RefusalCode =
  | 'unknown_model'
  | 'wrong_state'
  | 'own_retraining'
  | 'other_identity'
  | 'approved_already'
  | 'expired'
  | 'not_expired'
  | 'champion_changed'
  | 'same_as_champion'
  | 'no_earlier_champion'
  | 'own_proposal'
  | 'same_threshold'
  | 'unsigned'
  | 'no_reason';

export interface Refusal {
  readonly code: RefusalCode;
  readonly message: string;
}

export type Transition =
  | { readonly done: true; readonly registry: ModelRegistry; readonly acts: readonly AuditAct[] }
  | { readonly done: false; readonly refusal: Refusal };

/** Who does something (lib/actor.ts), and when (ISO 8601). */
export interface Act {
  readonly by: string;
  readonly at: string;
  /** Where the domain asks for one: it goes into the log with the act. */
  readonly signature?: ActSignature;
}

/** What makes an act as good as one signed by hand (21 CFR 11.50). */
export interface ActSignature {
  /** The printed name. */
  readonly name: string;
  readonly meaning: string;
  /** ISO 8601: when the person signed in for it. */
  readonly signedInAt: string;
}

export function emptyRegistry(domain: string): ModelRegistry {
  return { domain, revision: 0, models: {}, lineage: [] };
}

/** The version that decides; null: none does yet. */
export function championOf({ lineage }: ModelRegistry): string | null {
  return lineage.at(-1) ?? null;
}

/** What scoring reads of a registry: which model decides, and by which threshold. Null: none is registered. */
export interface ChampionPointer {
  readonly model: string;
  /** The hash of its card; absent: registered by an earlier version. */
  readonly card?: string;
  /** In place of the card's. */
  readonly threshold?: number;
}

/** What scoring goes by: the champion, its card's hash, and the threshold that people set, where they did; null without a champion. */
export function pointerOf(registry: ModelRegistry): ChampionPointer | null {
  const model = championOf(registry);
  if (model === null) return null;
  const entry = registry.models[model];
  const threshold = entry?.thresholds?.at(-1)?.to;
  return {
    model,
    ...(entry?.card !== undefined && { card: entry.card }),
    ...(threshold !== undefined && { threshold }),
  };
}

/** The version that decided at the end of a day (YYYY-MM-DD, UTC); null: nothing is registered of that day. */
export function championOn({ models }: ModelRegistry, day: string): string | null {
  const crowned = Object.values(models).flatMap(({ version, history }) =>
    history
      .filter(({ state, at }) => state === 'champion' && at.slice(0, 10) <= day)
      .map(({ at }) => ({ version, at })),
  );
  return crowned.toSorted((a, b) => Date.parse(a.at) - Date.parse(b.at)).at(-1)?.version ?? null;
}

/** The version that a rollback goes back to; null: there is none. */
export function rollbackTarget({ lineage }: ModelRegistry): string | null {
  return lineage.at(-2) ?? null;
}

export function refuse(code: RefusalCode, message: string): Transition {
  return { done: false, refusal: { code, message } };
}

/** The registry with these entries changed, one revision on. */
export function change(
  registry: ModelRegistry,
  entries: readonly ModelEntry[],
  acts: readonly AuditAct[],
  lineage = registry.lineage,
): Transition {
  const models = { ...registry.models };
  for (const entry of entries) models[entry.version] = entry;
  return { done: true, registry: { ...registry, revision: registry.revision + 1, models, lineage }, acts };
}

/** An entry in its next state. */
export function become(
  entry: ModelEntry,
  state: ModelState,
  { by, at }: Act,
  reason: string | null = null,
): ModelEntry {
  return { ...entry, state, history: [...entry.history, { state, at, by, reason }] };
}

/** The entry of a version that must be in one of `states`; a refusal otherwise. */
export function entryIn(
  registry: ModelRegistry,
  version: string,
  states: readonly ModelState[],
  act: string,
): ModelEntry | Refusal {
  const entry = Object.hasOwn(registry.models, version) ? registry.models[version] : undefined;
  if (entry === undefined) {
    return { code: 'unknown_model', message: `the domain ${registry.domain} has no model ${version}` };
  }
  if (states.includes(entry.state)) return entry;
  const message = `model ${version} is ${inWords(entry.state)}; only one that is ${states.map(inWords).join(' or ')} can be ${act}`;
  return { code: 'wrong_state', message };
}

function inWords(state: ModelState): string {
  return state === 'candidate' || state === 'champion' ? `a ${state}` : state;
}

export function isRefusal(value: ModelEntry | Refusal): value is Refusal {
  return 'code' in value;
}
